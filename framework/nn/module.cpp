#include "scanline/framework/nn/module.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scanline::nn {
namespace {

/// An Error in a child. The modules around it put their names in front of its own.
class ErrorInChild : public Error {
 public:
  ErrorInChild(const std::string& child, const std::string& message)
      : Error(child + ": " + message), child_(child), message_(message) {}
  /// The names of the child and of those around it, with dots between.
  const std::string& child() const { return child_; }
  /// What the child threw.
  const std::string& message() const { return message_; }

 private:
  std::string child_, message_;
};

}  // namespace

std::vector<NamedTensor> Module::named_parameters() const {
  NamedTensors result;
  collect(&Module::parameters_, "", result);
  return result;
}

std::vector<NamedTensor> Module::named_buffers() const {
  NamedTensors result;
  collect(&Module::buffers_, "", result);
  return result;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> result;
  for (const NamedTensor& parameter : named_parameters()) result.push_back(parameter.tensor);
  return result;
}

Index Module::parameter_count() const {
  Index count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.value().size();
  return count;
}

NamedArrays Module::state_dict() const {
  NamedArrays values;
  for (const NamedTensor& parameter : named_parameters())
    values.emplace(parameter.name, parameter.tensor.value());
  for (const NamedTensor& buffer : named_buffers())
    values.emplace(buffer.name, buffer.tensor.value());
  return values;
}

void Module::load_state_dict(const NamedArrays& values) {
  copy_by_name("model", values, state_dict());
}

void Module::train(bool training) {
  training_ = training;
  for (const auto& [name, module] : children_) module->train(training);
}

void Module::to(DType dtype) {
  for (NamedTensors* tensors : {&parameters_, &buffers_})
    for (const NamedTensor& named : *tensors)
      if (named.tensor.dtype() != DType::int64)
        named.tensor.set_value(named.tensor.value().to(dtype));
  for (const auto& [name, module] : children_) module->to(dtype);
}

void Module::zero_grad() const {
  for (const Tensor& parameter : parameters()) parameter.zero_grad();
}

Tensor Module::parameter(const std::string& name, Array initial) {
  check_name(name);
  parameters_.push_back({name, Tensor(std::move(initial), /*requires_grad=*/true)});
  return parameters_.back().tensor;
}

Tensor Module::buffer(const std::string& name, Array initial) {
  check_name(name);
  buffers_.push_back({name, Tensor(std::move(initial))});
  return buffers_.back().tensor;
}

void Module::register_child(const std::string& name, std::unique_ptr<Module> module) {
  check_name(name);
  module->name_ = name;
  children_.emplace_back(name, std::move(module));
}

void Module::rethrow_named(const Error& error) const {
  if (name_.empty()) throw;
  if (const auto* below = dynamic_cast<const ErrorInChild*>(&error))
    throw ErrorInChild(name_ + "." + below->child(), below->message());
  throw ErrorInChild(name_, error.what());
}

void Module::check_name(const std::string& name) const {
  // A dot would make "a.b" of this module and "b" of its child "a" the same.
  if (name.empty() || name.find('.') != std::string::npos)
    throw Error(fmt::format("module: '{}' cannot be a name: it is empty or holds a dot", name));
  const auto same_name = [&](const auto& tensor) { return tensor.name == name; };
  if (std::any_of(parameters_.begin(), parameters_.end(), same_name) ||
      std::any_of(buffers_.begin(), buffers_.end(), same_name) ||
      std::any_of(children_.begin(), children_.end(),
                  [&](const auto& entry) { return entry.first == name; }))
    throw Error(fmt::format("module: the name '{}' is registered twice", name));
}

void Module::collect(NamedTensors Module::*kind, const std::string& prefix,
                     NamedTensors& result) const {
  for (const NamedTensor& own : this->*kind) result.push_back({prefix + own.name, own.tensor});
  for (const auto& [name, module] : children_) module->collect(kind, prefix + name + ".", result);
}

}  // namespace scanline::nn
