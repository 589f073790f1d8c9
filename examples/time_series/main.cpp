// Forecasts a series with an LSTM and a GRU, side by side: the next value, and the next hundred.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "chart.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "scanline/framework/optim/clip.hpp"
#include "scanline/framework/optim/schedules.hpp"
#include "series.hpp"

namespace {

using namespace scanline;
using time_series::Series;

struct Options {
  std::string series = "sines", out;
  Index hidden_size = 32, window = 48, epochs = 20, batch_size = 64;
  double learning_rate = 0.01;
  std::uint64_t seed = 1;
};

/// Reads a window of values, (T, B, 1), and says which one comes next, (B, 1): Recurrent is
/// nn::LSTM or nn::GRU.
template <class Recurrent>
struct Forecaster : nn::Layer {
  explicit Forecaster(Index hidden_size)
      : recurrent(child<Recurrent>("recurrent", {.input_size = 1, .hidden_size = hidden_size})),
        fc(child<nn::Linear>("fc", hidden_size, 1)) {}
  Tensor forward(const Tensor& x) override {
    return fc(reshape(recurrent(x).h_n, {x.size(1), recurrent.hidden_size()}));
  }
  Recurrent& recurrent;
  nn::Linear& fc;
};

/// A series cut into windows, each with the value that follows it: the first 70 % of these to train
/// on, the next 10 % to validate on, and the last 20 % to test on. Scaled by mean and deviation of
/// the part to train on.
class Windows {
 public:
  Windows(const Series& series, Index length) : length_(length) {
    count = static_cast<Index>(series.values.size()) - length;
    train_count = count * 7 / 10;
    test_begin = count * 8 / 10;
    const auto end = series.values.begin() + train_count;
    const auto n = static_cast<double>(train_count);
    mean_ = std::accumulate(series.values.begin(), end, 0.0) / n;
    const double squares =
        std::inner_product(series.values.begin(), end, series.values.begin(), 0.0);
    deviation_ = std::sqrt(squares / n - mean_ * mean_);
    for (const double value : series.values)
      scaled_.push_back(static_cast<float>((value - mean_) / deviation_));
  }

  /// The windows that begin there, (T, B, 1).
  Tensor inputs(const std::vector<Index>& begins) const {
    const auto batch = static_cast<Index>(begins.size());
    const Array x({length_, batch, 1}, DType::float32);
    for (Index t = 0; t < length_; ++t)
      for (Index b = 0; b < batch; ++b)
        x.data<float>()[t * batch + b] = value(begins[static_cast<std::size_t>(b)] + t);
    return Tensor(x);
  }
  /// What follows them, (B, 1).
  Tensor targets(const std::vector<Index>& begins) const {
    const Array y({static_cast<Index>(begins.size()), 1}, DType::float32);
    for (std::size_t b = 0; b < begins.size(); ++b) y.data<float>()[b] = value(begins[b] + length_);
    return Tensor(y);
  }
  double unscaled(double value) const { return value * deviation_ + mean_; }

  Index count, train_count, test_begin;

 private:
  float value(Index t) const { return scaled_[static_cast<std::size_t>(t)]; }

  Index length_;
  std::vector<float> scaled_;
  double mean_, deviation_;
};

std::vector<Index> range(Index begin, Index end) {
  std::vector<Index> result(static_cast<std::size_t>(end - begin));
  std::iota(result.begin(), result.end(), begin);
  return result;
}

/// Trains, and leaves the network as it was after the epoch with the least loss on validation.
void train(nn::Layer& network, const Windows& windows, const Options& options) {
  std::vector<Index> order = range(0, windows.train_count);
  const auto per_epoch = (windows.train_count + options.batch_size - 1) / options.batch_size;
  optim::AdamW optimizer(network.parameters(), options.learning_rate);
  const optim::CosineSchedule schedule(
      {.learning_rate = options.learning_rate, .total_steps = options.epochs * per_epoch});
  const std::vector<Index> validation = range(windows.train_count, windows.test_begin);
  NamedArrays best;
  double least_loss = 0;
  Index step = 0;
  for (Index epoch = 1; epoch <= options.epochs; ++epoch) {
    Random random(options.seed, Purpose::shuffle, static_cast<std::uint32_t>(epoch));
    random.shuffle(order.data(), windows.train_count);
    for (Index begin = 0; begin < windows.train_count; begin += options.batch_size) {
      const Index end = std::min(begin + options.batch_size, windows.train_count);
      const std::vector<Index> batch(order.begin() + begin, order.begin() + end);
      const Tensor loss = mse_loss(network(windows.inputs(batch)), windows.targets(batch));
      optimizer.zero_grad();
      loss.backward();
      optim::clip_grad_norm(network.parameters(), 1);
      optimizer.set_learning_rate(schedule.at(step++));
      optimizer.step();
    }
    const NoGrad no_grad;
    const Tensor loss = mse_loss(network(windows.inputs(validation)), windows.targets(validation));
    if (epoch > 1 && !(loss.item() < least_loss)) continue;
    least_loss = loss.item();
    for (const auto& [name, array] : network.state_dict()) best[name] = array.copy();
  }
  network.load_state_dict(best);
}

/// The `horizon` values that follow each window: the first of all windows, the second of all ...
/// From the second on, the network reads its own forecasts in the place of the series.
std::vector<double> forecast(nn::Layer& network, const Windows& windows,
                             const std::vector<Index>& begins, Index horizon) {
  const NoGrad no_grad;
  std::vector<double> result;
  Tensor x = windows.inputs(begins);  // (T, B, 1)
  for (Index step = 0; step < horizon; ++step) {
    const Tensor next = network(x);  // (B, 1)
    for (Index b = 0; b < next.size(0); ++b) result.push_back(windows.unscaled(next.value().at(b)));
    x = concatenate({slice(x, 0, 1, x.size(0)), reshape(next, {1, -1, 1})}, 0);
  }
  return result;
}

void print_errors(const std::string& name, const std::vector<double>& truth,
                  const std::vector<double>& forecast) {
  double squares = 0, magnitudes = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    squares += (forecast[i] - truth[i]) * (forecast[i] - truth[i]);
    magnitudes += std::abs(forecast[i] - truth[i]);
  }
  const auto count = static_cast<double>(truth.size());
  fmt::print("{:22}  {:8.4f}  {:8.4f}\n", name, std::sqrt(squares / count), magnitudes / count);
}

void run(const Options& options) {
  const Series series = options.series == "sines" ? time_series::noisy_sines(options.seed)
                                                  : time_series::sunspot_like(options.seed);
  const Windows windows(series, options.window);
  set_default_random_state({.seed = options.seed});
  Forecaster<nn::LSTM> lstm(options.hidden_size);
  Forecaster<nn::GRU> gru(options.hidden_size);
  train(lstm, windows, options);
  train(gru, windows, options);

  // The series at `offset(step)` from the end of each window, in the order of `forecast`.
  const auto values = [&](const std::vector<Index>& begins, Index horizon, const auto& offset) {
    std::vector<double> result;
    for (Index step = 0; step < horizon; ++step)
      for (const Index begin : begins)
        result.push_back(
            series.values[static_cast<std::size_t>(begin + options.window + offset(step))]);
    return result;
  };
  const auto truth = [](Index step) { return step; };
  const auto last = [](Index) { return Index{-1}; };
  const auto periodic = [&](Index step) { return step % series.period - series.period; };
  for (const Index horizon : {1, 100}) {
    const std::vector<Index> begins = range(windows.test_begin, windows.count - horizon + 1);
    const std::vector<double> truths = values(begins, horizon, truth);
    fmt::print("{:22}  {:>8}  {:>8}\n", fmt::format("{}, next {}", series.name, horizon), "RMSE",
               "MAE");
    print_errors("LSTM", truths, forecast(lstm, windows, begins, horizon));
    print_errors("GRU", truths, forecast(gru, windows, begins, horizon));
    print_errors("the last value", truths, values(begins, horizon, last));
    print_errors("that of a period ago", truths, values(begins, horizon, periodic));
  }

  if (options.out.empty()) return;
  const std::vector<Index> shown = range(windows.test_begin, windows.test_begin + 301);
  io::write_file_atomically(
      options.out,
      {time_series::chart(series.name + ": the next value, forecast step by step", series.quantity,
                          {{"truth", "#bbbbbb", values(shown, 1, truth)},
                           {"LSTM", "#0072b2", forecast(lstm, windows, shown, 1)},
                           {"GRU", "#d55e00", forecast(gru, windows, shown, 1)}})});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Forecasts a series with an LSTM and a GRU, side by side."};
  app.option_defaults()->always_capture_default();
  Options options;
  app.add_option("--series", options.series, "Which series")
      ->check(CLI::IsMember({"sines", "sunspots"}));
  app.add_option("--hidden-size", options.hidden_size, "Units of each network")
      ->check(CLI::Range(1, 4096));
  app.add_option("--window", options.window, "Values that are read before one is forecast")
      ->check(CLI::Range(1, 500));
  app.add_option("--epochs", options.epochs, "Passes over the windows")
      ->check(CLI::Range(1, 10000));
  app.add_option("--batch-size", options.batch_size, "Windows at once")
      ->check(CLI::Range(1, 10000));
  app.add_option("--lr", options.learning_rate, "Highest learning rate")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "Of the series, weights and order");
  app.add_option("--out", options.out, "SVG file to draw the forecasts into");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const Error& error) {
    fmt::print(stderr, "time_series: {}\n", error.what());
    return 1;
  }
}
