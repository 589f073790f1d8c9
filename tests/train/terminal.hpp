#pragma once

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace scanline::test {

/// What tmux would show, as far as the progress of a run needs it: text, carriage returns, line
/// feeds, cursor to the right (C), erasing of the screen (J) and of a row (K) behind the cursor,
/// and wrapping (?7), which can be turned off.
class Screen {
 public:
  Screen(std::size_t columns, std::size_t height)
      : columns_(columns), height_(height), rows_(height) {}

  void write(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\033') {
        const std::size_t end = text.find_first_of("CJKhl", i);
        control(text.at(end));
        i = end;
      } else if (text[i] == '\r') {
        x_ = 0;
      } else if (text[i] == '\n') {
        next_row();
      } else {
        put(text[i]);
      }
    }
  }

  /// Wraps all lines anew. The empty rows below the cursor stay, so the top may leave the screen.
  void resize(std::size_t columns) {
    const std::vector<Row> before = std::exchange(rows_, {});
    std::size_t cursor_row = 0, cursor_column = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      std::string line;
      std::size_t cursor = std::string::npos;  // in the line
      for (;; ++i) {
        if (i == y_) cursor = line.size() + x_;
        line += before[i].text;
        if (!before[i].is_wrapped) break;
      }
      if (cursor != std::string::npos) {
        cursor_row = rows_.size() + cursor / columns;
        cursor_column = cursor % columns;
      }
      std::size_t from = 0;
      for (; from + columns < line.size(); from += columns)
        rows_.push_back({line.substr(from, columns), true});
      rows_.push_back({line.substr(from), false});
    }
    columns_ = columns;
    x_ = cursor_column;
    y_ = std::max(cursor_row, top());
  }

  /// The rows that are not empty, those that have left the screen included.
  std::vector<std::string> text() const {
    std::vector<std::string> result;
    for (const Row& row : rows_)
      if (!row.text.empty()) result.push_back(row.text);
    return result;
  }

 private:
  struct Row {
    std::string text;
    bool is_wrapped = false;  // whether the line goes on in the next row
  };

  std::size_t top() const { return rows_.size() - height_; }

  void next_row() {
    if (++y_ == rows_.size()) rows_.emplace_back();
  }

  void put(char character) {
    if (x_ == columns_) {
      rows_[y_].is_wrapped = true;
      next_row();
      x_ = 0;
    }
    std::string& text = rows_[y_].text;
    text.resize(std::max(text.size(), x_ + 1), ' ');
    text[x_] = character;
    if (x_ + 1 < columns_ || wraps_) ++x_;
  }

  void control(char command) {
    if (command == 'C') x_ = std::min(x_ + 1, columns_ - 1);
    if (command == 'h' || command == 'l') wraps_ = command == 'h';
    if (command == 'J' && x_ == 0 && y_ == top()) {  // goes to the scrollback
      while (rows_.size() - y_ > 1 && rows_.back().text.empty()) rows_.pop_back();
      y_ = rows_.size();
      rows_.resize(rows_.size() + height_);
    } else if (command == 'J' || command == 'K') {
      std::string& text = rows_[y_].text;
      text.resize(std::min(text.size(), x_));
      rows_[y_].is_wrapped = false;
      if (command == 'J')
        std::fill(rows_.begin() + static_cast<std::ptrdiff_t>(y_) + 1, rows_.end(), Row());
    }
  }

  std::size_t columns_, height_;
  std::size_t x_ = 0, y_ = 0;  // of the cursor; y counts from the first row of all
  bool wraps_ = true;
  std::vector<Row> rows_;  // the last ones are on the screen
};

/// A terminal that is this process's standard error for a while.
class Terminal {
 public:
  explicit Terminal(std::size_t columns, std::size_t height)
      : screen(columns, height), height_(height) {
    int inner = -1;
    const winsize size = size_of(columns);
    if (openpty(&outer_, &inner, nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty");
    former_ = dup(STDERR_FILENO);
    dup2(inner, STDERR_FILENO);
    close(inner);
  }
  ~Terminal() {
    dup2(former_, STDERR_FILENO);
    close(former_);
    close(outer_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Shows what was written since.
  void update() {
    pollfd waiting{outer_, POLLIN, 0};
    while (poll(&waiting, 1, /*milliseconds=*/20) == 1) {
      char buffer[4096];
      const ssize_t count = read(outer_, buffer, sizeof buffer);
      screen.write(std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0))));
    }
  }
  /// Tells programs how wide the screen is.
  void announce(std::size_t columns) {
    const winsize size = size_of(columns);
    ioctl(outer_, TIOCSWINSZ, &size);
  }

  Screen screen;

 private:
  winsize size_of(std::size_t columns) const {
    return {static_cast<unsigned short>(height_), static_cast<unsigned short>(columns), 0, 0};
  }

  std::size_t height_;
  int outer_ = -1, former_ = -1;
};

/// What a shell command writes to a terminal of so many columns.
inline std::string run_in_terminal(std::size_t columns, const std::string& command) {
  const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
  int outer = -1;
  const pid_t child = forkpty(&outer, nullptr, nullptr, &size);
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(outer, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  close(outer);
  waitpid(child, nullptr, 0);
  return text;
}

}  // namespace scanline::test
