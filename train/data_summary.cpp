#include "scanline/train/data_summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/text_table.hpp"

namespace scanline::train {
namespace {

constexpr std::size_t positions_listed = 5;

std::string count_of(Index count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// The positions, of which at most a few are listed.
std::vector<Index> first_of(const std::vector<Index>& positions) {
  return {positions.begin(), positions.begin() + static_cast<std::ptrdiff_t>(
                                                     std::min(positions.size(), positions_listed))};
}

std::string list(const std::vector<Index>& positions) {
  return fmt::format("at {}{}", fmt::join(first_of(positions), ", "),
                     positions.size() > positions_listed ? ", ..." : "");
}

std::string fact(const std::string& name, const std::string& text) {
  return fmt::format("  {:<11}{}\n", name, text);
}

/// A line about identical images. `verb` is what they do, in the singular and in the plural.
std::string identical(const datasets::Identical& images, const std::string& one,
                      const std::string& several) {
  const auto count = static_cast<Index>(images.positions.size());
  if (count == 0) return fact("identical", "no image " + one);
  std::string text = fmt::format("{} {}, ", count_of(count, "image"), count == 1 ? one : several);
  text += images.other_label == 0 ? "with the same label"
                                  : fmt::format("{} with ANOTHER LABEL", images.other_label);
  return fact("identical", text) + fact("", list(images.positions));
}

std::string classes(const DataSummary& summary, const datasets::PartSummary& part) {
  const std::vector<Index>& counts = part.class_counts;
  if (counts.empty()) return fact("classes", "no labels");
  const auto [smallest, largest] = std::minmax_element(counts.begin(), counts.end());
  if (*smallest == *largest)
    return fact("classes",
                fmt::format("{} with {} each", counts.size(), count_of(*largest, "image")));
  const auto describe = [&](auto count) {
    return fmt::format(
        "{} of class {}", count_of(*count, "image"),
        shortened(printable(summary.class_names[static_cast<std::size_t>(count - counts.begin())]),
                  20));
  };
  const std::string ratio =
      *smallest == 0 ? ""
                     : fmt::format(", {:.2f} times as many",
                                   static_cast<double>(*largest) / static_cast<double>(*smallest));
  return fact("classes", fmt::to_string(counts.size())) + fact("smallest", describe(smallest)) +
         fact("largest", describe(largest) + ratio);
}

Index total(const std::vector<Index>& counts) {
  return std::accumulate(counts.begin(), counts.end(), Index{0});
}

std::string part_text(const DataSummary& summary, std::size_t p) {
  const datasets::PartSummary& part = summary.facts.parts[p];
  std::string text = fmt::format("\n{}: {} of {}x{} pixels\n", summary.part_names[p],
                                 count_of(part.count, "image"), part.rows, part.columns);
  text += fact("pixels", fmt::format("mean {:.4f}, standard deviation {:.4f}", part.pixels.mean,
                                     part.pixels.standard_deviation));
  text += classes(summary, part);
  text += identical(part.repeated, "repeats an earlier one", "repeat earlier ones");
  for (const datasets::SharedImages& shared : summary.facts.shared) {
    if (shared.second != p) continue;
    const std::string& earlier = summary.part_names[shared.first];
    text += identical(shared.images, "is in " + earlier + " too", "are in " + earlier + " too");
  }
  const auto blank = static_cast<Index>(part.blank.size());
  text += blank == 0 ? fact("blank", "no image has only one grey level")
                     : fact("blank", fmt::format("{} only one grey level, {}",
                                                 blank == 1 ? "1 image has"
                                                            : fmt::format("{} images have", blank),
                                                 list(part.blank)));
  if (summary.part_names[p] != "train") return text;
  Index left = part.count;
  for (const HeldOutImages& images : summary.held_out) left -= total(images.class_counts);
  std::string split;
  for (const HeldOutImages& images : summary.held_out)
    split += fmt::format("{} for {}, ", total(images.class_counts), images.purpose);
  if (!split.empty()) text += fact("held out", fmt::format("{}{} left for training", split, left));
  return text;
}

/// A row for each class, with its images in each part.
std::string class_table(const DataSummary& summary) {
  std::vector<Column> columns{{.title = "class", .cells = {}}};
  for (const std::string& name : summary.class_names)
    columns.front().cells.push_back(shortened(printable(name), 32));
  const auto add = [&](const std::string& title, const std::vector<Index>& counts) {
    Column& column = columns.emplace_back(Column{.title = title, .cells = {}, .is_number = true});
    for (const Index count : counts) column.cells.push_back(fmt::to_string(count));
  };
  for (std::size_t p = 0; p < summary.part_names.size(); ++p) {
    if (summary.facts.parts[p].class_counts.empty()) continue;
    add(summary.part_names[p], summary.facts.parts[p].class_counts);
    if (summary.part_names[p] != "train") continue;
    for (const HeldOutImages& images : summary.held_out)
      add("for " + images.purpose, images.class_counts);
  }
  return columns.size() == 1 ? "" : "\n" + to_text_in_blocks(columns);
}

nlohmann::ordered_json to_json(const datasets::Identical& images) {
  return {{"images", images.positions.size()},
          {"other_label", images.other_label},
          {"first", first_of(images.positions)}};
}

nlohmann::ordered_json to_json(const datasets::PartSummary& part, const std::string& name,
                               const std::vector<std::string>& class_names) {
  nlohmann::ordered_json record{
      {"part", name},
      {"images", part.count},
      {"rows", part.rows},
      {"columns", part.columns},
      {"mean", part.pixels.mean},
      {"standard_deviation", part.pixels.standard_deviation},
      {"classes", nullptr},
      {"largest_to_smallest", nullptr},
      {"repeated", to_json(part.repeated)},
      {"blank", {{"images", part.blank.size()}, {"first", first_of(part.blank)}}}};
  if (part.class_counts.empty()) return record;
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  for (std::size_t c = 0; c < part.class_counts.size(); ++c)
    classes.push_back({{"class", class_names[c]}, {"images", part.class_counts[c]}});
  record["classes"] = classes;
  const auto [smallest, largest] =
      std::minmax_element(part.class_counts.begin(), part.class_counts.end());
  if (*smallest > 0)
    record["largest_to_smallest"] = static_cast<double>(*largest) / static_cast<double>(*smallest);
  return record;
}

}  // namespace

std::string to_text(const DataSummary& summary) {
  std::string text = summary.dataset;
  if (!summary.directory.empty()) text += " in " + printable(summary.directory);
  text += "\n";
  for (std::size_t p = 0; p < summary.part_names.size(); ++p) text += part_text(summary, p);
  return text + class_table(summary);
}

nlohmann::ordered_json to_json(const DataSummary& summary) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (std::size_t p = 0; p < summary.part_names.size(); ++p)
    parts.push_back(to_json(summary.facts.parts[p], summary.part_names[p], summary.class_names));
  nlohmann::ordered_json shared = nlohmann::ordered_json::array();
  for (const datasets::SharedImages& pair : summary.facts.shared) {
    nlohmann::ordered_json record{
        {"parts", {summary.part_names[pair.first], summary.part_names[pair.second]}}};
    record.update(to_json(pair.images));
    shared.push_back(record);
  }
  nlohmann::ordered_json held_out = nlohmann::ordered_json::array();
  for (const HeldOutImages& images : summary.held_out)
    held_out.push_back({{"for", images.purpose},
                        {"images", total(images.class_counts)},
                        {"class_counts", images.class_counts}});
  return {{"dataset", summary.dataset},
          {"data", summary.directory},
          {"class_names", summary.class_names},
          {"parts", parts},
          {"shared", shared},
          {"held_out", held_out}};
}

}  // namespace scanline::train
