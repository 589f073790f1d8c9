#include "scanline/framework/autograd/trace.hpp"

#include "scanline/framework/core/error.hpp"

namespace scanline {
namespace {

thread_local Trace* current_trace = nullptr;

TracedOp::Value copy_of(Index value) { return value; }
TracedOp::Value copy_of(double value) { return value; }
TracedOp::Value copy_of(std::span<const Index> values) {
  return std::vector<Index>(values.begin(), values.end());
}
TracedOp::Value copy_of(const Array* array) { return Saved(*array); }

}  // namespace

Trace::Trace() {
  if (current_trace != nullptr) throw Error("trace: another one is alive on this thread");
  current_trace = this;
}

Trace::~Trace() { current_trace = nullptr; }

Trace* Trace::current() { return current_trace; }

std::map<std::string, TracedOp::Value> copy_attributes(Attributes attributes) {
  std::map<std::string, TracedOp::Value> result;
  for (const Attribute& attribute : attributes)
    result.emplace(attribute.name,
                   std::visit([](auto value) { return copy_of(value); }, attribute.value));
  return result;
}

}  // namespace scanline
