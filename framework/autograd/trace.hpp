#pragma once

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scanline/framework/autograd/saved.hpp"
#include "scanline/framework/core/array.hpp"

namespace scanline {

/// A setting of an op that is not a tensor, such as an axis. It only refers to a list or an array,
/// so it costs nothing where no Trace is alive.
struct Attribute {
  const char* name;                                                         ///< "axis"
  std::variant<Index, double, std::span<const Index>, const Array*> value;  ///< Its value.
};
/// The attributes of an op. Those of an op that was called with the same tensors determine its
/// results.
using Attributes = std::initializer_list<Attribute>;

/// An op that was called while a Trace was alive. Its arrays are saved, so that reading one that
/// was changed in place since is an Error.
struct TracedOp {
  /// The value of an attribute.
  using Value = std::variant<Index, double, std::vector<Index>, Saved>;

  std::string name;                         ///< The name that the op gave to `make_op`.
  std::vector<Saved> inputs;                ///< The values of its tensors.
  std::vector<Saved> outputs;               ///< Its results.
  std::map<std::string, Value> attributes;  ///< Its attributes by name.
};

/// While a Trace is alive, it records the ops that are called on this thread. Exporters turn such a
/// record into a model of another program. Arrays tell which op uses which result: that of a result
/// and that of the input it becomes have the same elements in memory, the same shape and the same
/// type. The Trace keeps all of these arrays, so that no memory is used twice.
///
/// Ops that are composed of others are recorded as these. An op that was called by a function that
/// `parallel_for` runs on another thread is not recorded.
class Trace {
 public:
  /// Begins to record. @throws Error when a Trace is alive on this thread.
  Trace();
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// The ops so far, in the order of their calls.
  const std::vector<TracedOp>& ops() const { return ops_; }
  /// Adds an op. `make_op` calls it.
  void add(TracedOp op) { ops_.push_back(std::move(op)); }

  /// The Trace that is alive on this thread; null where there is none.
  static Trace* current();

 private:
  std::vector<TracedOp> ops_;
};

/// The attributes with copies of their values, for a TracedOp.
std::map<std::string, TracedOp::Value> copy_attributes(Attributes attributes);

}  // namespace scanline
