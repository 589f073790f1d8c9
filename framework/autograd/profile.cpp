#include "scanline/framework/autograd/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>

namespace scanline {
namespace {

/// What is neither an op nor has another name: reading of batches, the graph, code between the ops.
constexpr const char* between = "(between)";

/// Whether the elements of `result` lie within those of an input.
bool is_view(const Array& result, const std::vector<Tensor>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
    const std::byte* const first = input.value().raw();
    const std::less_equal<> not_after;
    return not_after(first, result.raw()) &&
           not_after(result.raw() + result.bytes(), first + input.value().bytes());
  });
}

/// `text` in at most `width` columns: the end of a longer one, after dots.
std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : ".." + text.substr(text.size() - (width - 2));
}

std::string line(const std::string& layer, const std::string& op, const Profile::Row& row,
                 double steps, double all) {
  const double seconds = row.forward + row.backward;
  return fmt::format(
      "{:<22} {:<16} {:>7.4g} {:>8.3f} {:>8.3f} {:>5.1f} {:>8.3f}\n", shortened(layer, 22),
      shortened(op, 16), static_cast<double>(row.calls) / steps, row.forward / steps * 1e3,
      row.backward / steps * 1e3, all > 0 ? 100 * seconds / all : 0, row.bytes / steps * 1e-6);
}

Profile::Row operator+(const Profile::Row& a, const Profile::Row& b) {
  return {a.calls + b.calls, a.forward + b.forward, a.backward + b.backward, a.bytes + b.bytes};
}

}  // namespace

Profile::Profile() : last_(Clock::now()) {}

double Profile::lap() {
  const Clock::time_point now = Clock::now();
  return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
}

void Profile::add_time(const std::string& name) { rows_[{"", name}].forward += lap(); }

void Profile::after_op(const char* op, const std::vector<Tensor>& inputs,
                       std::span<const Array> results, const Node* node) {
  if (in_backward_) return;
  Row& row = rows_[{LayerScope::path(), op}];
  ++row.calls;
  for (const Array& result : results)
    if (result.defined() && !is_view(result, inputs))
      row.bytes += static_cast<double>(result.bytes());
  if (node != nullptr) row_of_node_[node->sequence] = &row;
  row.forward += lap();
}

void Profile::before_backward(const Node&) {
  rows_[{"", between}].backward += lap();
  in_backward_ = true;
}

void Profile::after_backward(const Node& node) {
  in_backward_ = false;
  const auto row = row_of_node_.find(node.sequence);
  if (row != row_of_node_.end())
    row->second->backward += lap();
  else  // the graph is older than the profile
    rows_[{"", node.op}].backward += lap();
}

void Profile::at_layer() { rows_[{LayerScope::path(), between}].forward += lap(); }

std::string to_string(const Profile& profile, int steps, std::size_t most_rows) {
  using Entry = std::pair<Profile::Name, Profile::Row>;
  std::vector<Entry> entries(profile.rows().begin(), profile.rows().end());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.second.forward + a.second.backward > b.second.forward + b.second.backward;
  });
  Profile::Row total, others;
  for (const Entry& entry : entries) total = total + entry.second;
  const double all = total.forward + total.backward;
  std::string text = fmt::format("{:<22} {:<16} {:>7} {:>8} {:>8} {:>5} {:>8}\n", "layer", "op",
                                 "calls", "forward", "backward", "%", "MB");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [name, row] = entries[i];
    if (i < most_rows)
      text += line(name.first, name.second, row, steps, all);
    else
      others = others + row;
  }
  if (entries.size() > most_rows)
    text += line("", fmt::format("({} others)", entries.size() - most_rows), others, steps, all);
  return text + line("", "total", total, steps, all);
}

std::ostream& operator<<(std::ostream& out, const Profile& profile) {
  return out << to_string(profile);
}

}  // namespace scanline
