#include "scanline/train/run_identity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/crc32.hpp"

namespace scanline::train {
namespace {

/// Of the sizes, the pixels and the labels.
std::string checksum(const datasets::Dataset& images) {
  io::Crc32 crc;
  const auto add = [&](const auto& bytes) {
    crc.add({reinterpret_cast<const char*>(bytes.data()), bytes.size() * sizeof *bytes.data()});
  };
  add(fmt::format("{} {} {}", images.count, images.rows, images.columns));
  add(images.pixels);
  add(images.labels);
  for (const std::string& name : images.class_names) add(fmt::format("{} {}", name.size(), name));
  return crc.text();
}

}  // namespace

RunIdentity::RunIdentity(const Fields& options, std::string data,
                         const datasets::Dataset& train_images,
                         const datasets::Dataset& test_images)
    : data_(std::move(data)),
      checksums_{{"training", checksum(train_images)}, {"test", checksum(test_images)}} {
  for (const Field& field : options)
    if (field.is_stored && !field.may_change) options_.emplace(field.name, field.text());
}

std::string RunIdentity::to_text() const {
  return nlohmann::json{{"options", options_}, {"crc32", checksums_}}.dump(
      -1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

void RunIdentity::check(const std::string& text) const {
  const auto own = nlohmann::json::parse(to_text()), saved = nlohmann::json::parse(text);
  std::vector<std::string> differences;
  for (const auto& [name, ignored] : options_) {
    const std::string before = saved.at("options").value(name, "");
    const std::string now = own.at("options").at(name).get<std::string>();
    if (before != now) differences.push_back(fmt::format("{}={} (now {})", name, before, now));
  }
  if (!differences.empty())
    throw Error(fmt::format("it was saved with the options {}; is config.toml damaged?",
                            fmt::join(differences, ", ")));
  for (const auto& [part, crc] : checksums_)
    if (saved.at("crc32").value(part, "") != crc)
      throw Error(fmt::format("it was saved by a run on other {} images or labels than those in {}",
                              part, data_));
}

}  // namespace scanline::train
