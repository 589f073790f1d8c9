#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/op_observer.hpp"
#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::nn {

/// A tensor and its full name within a module, such as "lstm.weight_ih_l0".
struct NamedTensor {
  std::string name;  // with the names of all modules around it, and dots between
  Tensor tensor;     // a handle to the module's own values: set_value() changes the module
};

/// Something with parameters: a layer, a cell, a whole model. A subclass registers its parameters,
/// buffers and children in the initializer list of its constructor. Names, saving and loading,
/// training mode, conversion and the optimizers' list of parameters follow from that:
///
///     struct GatedResidual : nn::Layer {
///       explicit GatedResidual(Index n)
///           : fc(child<nn::Linear>("fc", n, n)), gain(parameter("gain", init::ones({n}))) {}
///       Tensor forward(const Tensor& x) override { return x + gain * tanh(fc(x)); }
///       nn::Linear& fc;
///       const Tensor gain;
///     };
///
/// A member that holds a parameter or a buffer is a `const Tensor`, as those of the layers here
/// are. A tensor is a handle: assigning another one to the member would not change the parameter
/// that is saved and trained, and `const` makes that an error of the compiler. `set_value()`
/// changes the parameter, also of a const tensor. Modules are neither copied nor moved, since their
/// children and tensors are referred to.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// All parameters: this module's own, in the order of registration, then those of each child in
  /// the same way.
  std::vector<NamedTensor> named_parameters() const;
  /// All buffers in the same order. A buffer is saved but not trained, as running statistics are.
  std::vector<NamedTensor> named_buffers() const;
  /// The parameters without their names, as optimizers take them.
  std::vector<Tensor> parameters() const;
  /// The number of elements of all parameters.
  Index parameter_count() const;

  /// The values of all parameters and buffers. They share storage with the module; `copy()` what
  /// has to outlast a training step.
  NamedArrays state_dict() const;
  /// Copies `values` into the parameters and buffers, converted to their element type.
  /// @throws Error that lists every name that is missing, unexpected or misshapen; the module is
  ///   then unchanged.
  void load_state_dict(const NamedArrays& values);

  /// Sets this module and its descendants to training mode or to evaluation mode. In training mode
  /// dropout drops elements, and batch norm uses and gathers the statistics of the batch.
  void train(bool training = true);
  /// The same as `train(false)`.
  void eval() { train(false); }
  /// Whether the module is in training mode, which is the default.
  bool is_training() const { return training_; }

  /// Converts parameters and floating-point buffers in place, and all handles stay valid. Gradients
  /// are discarded. An optimizer that was made before has to be made again.
  void to(DType dtype);
  /// Sets all gradients to zero.
  void zero_grad() const;

 protected:
  /// Registers a trained tensor. @throws Error for a name that is taken, empty or holds a dot.
  Tensor parameter(const std::string& name, Array initial);
  /// Registers a tensor that is saved but not trained. Throws as `parameter` does.
  Tensor buffer(const std::string& name, Array initial);

  /// Makes and registers a module of type M from the arguments of its constructor. Throws as
  /// `parameter` does.
  template <class M, class... Args>
  M& child(const std::string& name, Args&&... args) {
    return add_child(name, std::make_unique<M>(std::forward<Args>(args)...));
  }
  /// Makes and registers a module from its options: `child<nn::LSTM>("lstm", {.input_size = 28,
  /// .hidden_size = 128})`. A braced list has no type, so a forwarding parameter cannot take it.
  template <class M>
  M& child(const std::string& name, typename M::Options options) {
    return add_child(name, std::make_unique<M>(std::move(options)));
  }

  /// What `body` returns. An Error that it throws is given the names of the children in which it
  /// was thrown, from the outermost one on: "rows.fc: linear: ...". `Layer` calls its `forward` in
  /// this way; a module that is called otherwise does the same in its `operator()`.
  template <class Body>
  auto named_call(const Body& body) const {
    const LayerScope scope(name_);
    try {
      return body();
    } catch (const Error& error) {
      rethrow_named(error);
    }
  }

 private:
  using NamedTensors = std::vector<NamedTensor>;

  template <class M>
  M& add_child(const std::string& name, std::unique_ptr<M> module) {
    M& reference = *module;
    register_child(name, std::move(module));
    return reference;
  }
  void register_child(const std::string& name, std::unique_ptr<Module> module);
  void check_name(const std::string& name) const;
  /// Throws `error`, which is being handled, with the name of this module if it is a child.
  [[noreturn]] void rethrow_named(const Error& error) const;
  /// Appends one kind of tensors of this module and those below it, under their full names.
  void collect(NamedTensors Module::*kind, const std::string& prefix, NamedTensors& result) const;

  std::string name_;  // that its parent gave it; empty for a module that is no child
  NamedTensors parameters_;
  NamedTensors buffers_;
  std::vector<std::pair<std::string, std::unique_ptr<Module>>> children_;
  bool training_ = true;
};

/// A module that maps one tensor to one tensor. It can be called like a function, be part of a
/// `Sequential`, and be trained as a classifier.
class Layer : public Module {
 public:
  /// Computes the output of the layer. Subclasses implement it, and throw Error when the shape of x
  /// does not fit.
  virtual Tensor forward(const Tensor& x) = 0;
  /// The same as `forward`, but an Error begins with the name of the layer, if it is a child.
  Tensor operator()(const Tensor& x) {
    return named_call([&] { return forward(x); });
  }
};

}  // namespace scanline::nn
