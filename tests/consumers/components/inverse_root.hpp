#pragma once

#include <cmath>
#include <scanline/framework/core/fields.hpp>
#include <scanline/framework/optim/schedules.hpp>

/// The learning rate falls with the square root of the steps done, from the `hold`-th on.
// [schedule]
class InverseRoot : public scanline::optim::Schedule {
 public:
  struct Options {
    scanline::Index hold = 10;
    void declare(scanline::Fields& fields) {
      fields.add("hold", hold, {1, 1'000'000}, "Steps before the learning rate falls");
    }
  };
  InverseRoot(const scanline::optim::ScheduleInputs& inputs, const Options& options)
      : Schedule("inverse-root", inputs), hold_(static_cast<double>(options.hold)) {}

 private:
  double after_warmup(double step) const override {
    return inputs().learning_rate * std::sqrt(hold_ / std::max(hold_, step));
  }

  double hold_;
};
// [schedule]
