#include "scanline/framework/core/array.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <ostream>

#include "scanline/framework/core/detail/array_text.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"

namespace scanline {
namespace {

/// `dispatch` for what also works on integers.
template <class Body>
void dispatch_any(DType dtype, Body&& body) {
  if (dtype == DType::int64)
    body(std::int64_t{});
  else
    dispatch("array", dtype, body);
}

}  // namespace

void fail_undefined(const char* op) {
  throw Error(fmt::format("{}: expected a defined tensor or array, found an undefined one", op));
}

Array::Array(Shape shape, DType dtype)
    : shape_(shape), size_(shape.element_count()), dtype_(dtype) {
  // Half of what an Index counts leaves room for the rounding up of blocks.
  if (size_ > std::numeric_limits<Index>::max() / 2 / size_of(dtype))
    throw Error(fmt::format("shape {} has too many elements", shape));
  storage_ = allocate_storage(bytes());
}

Array Array::zeros(Shape shape, DType dtype) { return full(shape, 0, dtype); }

Array Array::full(Shape shape, double value, DType dtype) {
  Array result(shape, dtype);
  if (value != 0 || !LazyStorage::active()) result.fill(value);
  return result;
}

Array Array::scalar(double value, DType dtype) { return full({}, value, dtype); }

std::uint64_t Array::version() const {
  require_elements();
  return storage_version(storage_).load(std::memory_order_relaxed);
}

void Array::mark_changed() const {
  require_elements();
  storage_version(storage_).fetch_add(1, std::memory_order_relaxed);
}

double Array::item() const {
  check_defined("item", *this);
  if (size_ != 1)
    throw Error(fmt::format("item: needs an array of one element, got shape {}", shape_));
  return at(0);
}

double Array::at(Index i) const {
  double value = 0;
  dispatch_any(dtype_, [&](auto zero) { value = static_cast<double>(data<decltype(zero)>()[i]); });
  return value;
}

void Array::fill(double value) const {
  check_defined("fill", *this);
  mark_changed();
  dispatch_any(dtype_, [&]<class T>(T) { std::fill_n(data<T>(), size_, static_cast<T>(value)); });
}

void Array::assign(const Array& source) const {
  check_defined("assign", *this, source);
  if (shape_ != source.shape_)
    throw Error(fmt::format("assign: shapes {} and {} differ", shape_, source.shape_));
  if (size_ == 0) return;
  mark_changed();
  if (dtype_ == source.dtype_) {
    std::memmove(raw(), source.raw(), static_cast<std::size_t>(bytes()));
    return;
  }
  dispatch_any(dtype_, [&](auto to) {
    dispatch_any(source.dtype_, [&](auto from) {
      using To = decltype(to);
      const auto* values = source.data<decltype(from)>();
      std::transform(values, values + size_, data<To>(), [](auto v) { return static_cast<To>(v); });
    });
  });
}

Array Array::copy() const {
  check_defined("copy", *this);
  Array result(shape_, dtype_);
  result.assign(*this);
  return result;
}

Array Array::to(DType dtype) const {
  check_defined("to", *this);
  if (dtype == dtype_) return *this;
  Array result(shape_, dtype);
  result.assign(*this);
  return result;
}

Array Array::reshape(Shape shape) const {
  check_defined("reshape", *this);
  if (shape.element_count() != size_)
    throw Error(fmt::format("reshape: {} to {}: {} and {} elements", shape_, shape, size_,
                            shape.element_count()));
  Array result = *this;
  result.shape_ = shape;
  return result;
}

Array Array::rows(Index begin, Index end) const {
  check_defined("rows", *this);
  if (rank() == 0 || begin < 0 || end < begin || end > shape_[0])
    throw Error(fmt::format("rows: [{}, {}) is not within {}", begin, end, shape_));
  Array result = *this;
  result.shape_ = shape_.with(0, end - begin);
  result.size_ = result.shape_.element_count();
  if (result.size_ > 0) result.offset_ += begin * (bytes() / shape_[0]);
  return result;
}

void Array::check_count(std::size_t values) const {
  if (static_cast<Index>(values) != size_)
    throw Error(fmt::format("array: shape {} needs {} values, got {}", shape_, size_, values));
}

void Array::fail_wrong_type(DType requested) const {
  throw Error(fmt::format("array: holds {} elements, not {}", name(dtype_), name(requested)));
}

std::string to_string(const Array& array) { return array_text("array", array); }

std::ostream& operator<<(std::ostream& out, const Array& array) { return out << to_string(array); }

}  // namespace scanline
