#include "scanline/train/setting.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/commands/command.hpp"

namespace scanline::train {

void read(const Field& field, const Setting& setting) {
  try {
    field.read(setting.text);
  } catch (const Error& error) {
    const std::string message = fmt::format("{}: {}", setting.where, error.what());
    if (setting.origin == Setting::Origin::argument) throw UsageError(message);
    throw Error(message);
  }
}

}  // namespace scanline::train
