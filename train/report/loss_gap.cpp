#include "scanline/train/report/detail/loss_gap.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scanline::train {
namespace {

/// "a", "a and b", or "a, b and c".
std::string listed(const std::vector<std::string>& words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i)
    result += (i == 0 ? "" : i + 1 < words.size() ? ", " : " and ") + words[i];
  return result;
}

}  // namespace

std::string explain_loss_gap(const std::vector<EpochFigures>& epochs, const Settings& options) {
  if (epochs.empty() || !epochs.back().val_loss) return "";
  if (!(epochs.back().train_loss > *epochs.back().val_loss)) return "";
  const auto is_used = [&](const char* option) {
    const auto found = options.find(option);
    return found != options.end() && found->second != "0" && found->second != "none";
  };
  std::vector<std::string> in_training;
  if (is_used("augment")) in_training.emplace_back("augmentation");
  if (is_used("dropout")) in_training.emplace_back("dropout");
  if (is_used("label-smoothing")) in_training.emplace_back("label smoothing");
  std::vector<std::string> reasons;
  if (!in_training.empty()) reasons.push_back("only training uses " + listed(in_training));
  if (is_used("ema")) reasons.emplace_back("validation uses the averaged weights");
  if (reasons.empty()) reasons.emplace_back("it is the mean over an epoch in which the loss falls");
  return fmt::format("The training loss lies above the validation loss because {}.",
                     fmt::join(reasons, ", and "));
}

}  // namespace scanline::train
