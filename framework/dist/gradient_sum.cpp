#include "scanline/framework/dist/gradient_sum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <unordered_set>
#include <utility>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/map.hpp"

namespace scanline::dist {
namespace {

/// A bucket is closed when it has so many elements: enough that the start of a message takes little
/// of its time, and few enough that the next bucket need not wait for it for long.
constexpr Index bucket_size = 1 << 17;

}  // namespace

GradientSum::GradientSum(const Communicator& ranks, const std::vector<Tensor>& parameters,
                         Index pieces)
    : ranks_(ranks) {
  if (pieces < 1) throw Error(fmt::format("gradient sum: needs at least 1 piece, got {}", pieces));
  std::unordered_set<const Node*> known;
  for (const Tensor& parameter : parameters)
    if (parameter.requires_grad() && known.insert(parameter.node().get()).second)
      parameters_.push_back(parameter);
  if (pieces > 1)
    pieces_.resize(static_cast<std::size_t>(pieces), std::vector<Array>(parameters_.size()));
  if (ranks_.is_alone()) return;
  for (std::size_t i = parameters_.size(); i-- > 0;) add_to_buckets(i);
}

void GradientSum::add_to_buckets(std::size_t parameter) {
  const Tensor& added = parameters_[parameter];
  if (buckets_.empty() || buckets_.back().size >= bucket_size ||
      parameters_[buckets_.back().parameters[0]].dtype() != added.dtype())
    buckets_.emplace_back();
  Bucket& bucket = buckets_.back();
  bucket.parameters.push_back(parameter);
  bucket.size += added.value().size();
  bucket.missing = bucket.parameters.size();
  bucket_of_.emplace(added.node().get(), buckets_.size() - 1);
}

void GradientSum::backward(const Tensor& loss, Index piece, bool is_last) {
  if (!pieces_.empty()) {
    std::vector<Array>& own = pieces_.at(static_cast<std::size_t>(piece));
    for (std::size_t i = 0; i < own.size(); ++i) gradient(i) = own[i];
    loss.backward();
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = std::exchange(gradient(i), {});
  } else if (ranks_.is_alone() || !is_last) {
    loss.backward();
  } else {
    scanline::backward(loss, {.is_complete = [this](const Node& leaf) { complete(leaf); }});
  }
}

void GradientSum::finish() {
  add_up_pieces();
  if (ranks_.is_alone()) return;
  start_buckets(/*all=*/true);
  for (Bucket& bucket : buckets_) receive(bucket);
  started_ = 0;
}

void GradientSum::complete(const Node& leaf) {
  const auto found = bucket_of_.find(&leaf);
  if (found == bucket_of_.end()) return;
  if (--buckets_[found->second].missing == 0) start_buckets(/*all=*/false);
}

void GradientSum::start_buckets(bool all) {
  for (; started_ < buckets_.size() && (all || buckets_[started_].missing == 0); ++started_)
    start(buckets_[started_]);
}

void GradientSum::start(Bucket& bucket) {
  const DType dtype = parameters_[bucket.parameters[0]].dtype();
  const auto count = static_cast<Index>(bucket.parameters.size());
  if (!bucket.values.defined()) bucket.values = Array({bucket.size + count}, dtype);
  dispatch("gradient sum", dtype, [&]<class T>(T) {
    T* to = bucket.values.data<T>();
    T* exists = to + bucket.size;
    for (const std::size_t parameter : bucket.parameters) {
      const Array& own = gradient(parameter);
      const Index size = parameters_[parameter].value().size();
      *exists++ = own.defined() ? T{1} : T{0};
      if (own.defined())
        std::copy_n(own.data<T>(), size, to);
      else
        std::fill_n(to, size, T{0});
      to += size;
    }
    bucket.sum = ranks_.start_sum(
        std::span(bucket.values.data<T>(), static_cast<std::size_t>(bucket.values.size())));
  });
}

void GradientSum::receive(Bucket& bucket) {
  bucket.sum.wait();
  bucket.missing = bucket.parameters.size();
  dispatch("gradient sum", bucket.values.dtype(), [&]<class T>(T) {
    const T* from = bucket.values.data<T>();
    const T* exists = from + bucket.size;
    for (const std::size_t parameter : bucket.parameters) {
      const Index size = parameters_[parameter].value().size();
      if (*exists++ > T{0}) {
        const Array& own = parameters_[parameter].edge().get().grad_or_zeros();
        std::copy_n(from, size, own.data<T>());
        own.mark_changed();
      }
      from += size;
    }
  });
}

void GradientSum::add_up_pieces() {
  if (pieces_.empty()) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    for (std::size_t distance = 1; distance < pieces_.size(); distance *= 2)
      for (std::size_t piece = 0; piece + distance < pieces_.size(); piece += 2 * distance) {
        Array& to = pieces_[piece][i];
        const Array from = std::exchange(pieces_[piece + distance][i], {});
        if (!to.defined())
          to = from;
        else if (from.defined())
          add_to(to, from);
      }
    gradient(i) = std::exchange(pieces_[0][i], {});
  }
}

}  // namespace scanline::dist
