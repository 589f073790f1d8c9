#include "scanline/export/detail/onnx_file.hpp"

#include <fmt/format.h>

#include <cstring>

#include "scanline/framework/core/error.hpp"

namespace scanline::exporting {
namespace {

// How the value of a field is stored.
constexpr int varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5;

// ONNX's numbers of element types.
constexpr int float32_type = 1, int32_type = 6, int64_type = 7, float64_type = 11;

/// More messages of one kind than any classifier has. Each takes more memory than in the file.
constexpr std::size_t most_messages = 20'000;

void check_count(std::size_t count) {
  if (count >= most_messages)
    throw Error(fmt::format("expected fewer than {} nodes, constants and the like", most_messages));
}

/// Appends what a message or a text in the file stands for.
template <class T>
void append(std::vector<T>& list, std::string_view bytes) {
  check_count(list.size());
  list.emplace_back(bytes);
}

template <class T>
T read_as(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Copies adjacent numbers of type From to elements of type To.
template <class From, class To>
void convert(const char* from, To* to, Index count) {
  for (Index i = 0; i < count; ++i)
    to[i] = static_cast<To>(read_as<From>(from + i * static_cast<Index>(sizeof(From))));
}

}  // namespace

std::uint64_t ProtoFields::varint() {
  std::uint64_t result = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1).front());
    result |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) return result;
  }
  throw Error("expected an ONNX file, found a damaged number");
}

std::string_view ProtoFields::take(std::uint64_t size) {
  if (size > rest_.size()) throw Error("expected an ONNX file, found one that is damaged or cut");
  const std::string_view result = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return result;
}

bool ProtoFields::next() {
  if (rest_.empty()) return false;
  const std::uint64_t tag = varint();
  number_ = static_cast<int>(tag >> 3 & 0x1FFFFFFF);
  type_ = static_cast<int>(tag & 7);
  bytes_ = {};
  switch (type_) {
    case varint_type: integer_ = varint(); break;
    case fixed64_type: bytes_ = take(8); break;
    case bytes_type: bytes_ = take(varint()); break;
    case fixed32_type: bytes_ = take(4); break;
    default: throw Error("expected an ONNX file, found a field of an unknown type");
  }
  return true;
}

std::int64_t ProtoFields::integer() const {
  if (type_ != varint_type) throw Error("expected an ONNX file, found no whole number in a field");
  return static_cast<std::int64_t>(integer_);
}

float ProtoFields::real() const {
  if (type_ != fixed32_type) throw Error("expected an ONNX file, found no float in a field");
  return read_as<float>(bytes_.data());
}

std::string_view ProtoFields::bytes() const {
  if (type_ != bytes_type) throw Error("expected an ONNX file, found no message in a field");
  return bytes_;
}

void ProtoFields::append_to(std::vector<Index>& values) const {
  if (type_ != bytes_type) {
    values.push_back(integer());
    return;
  }
  ProtoFields packed(bytes_);
  while (!packed.rest_.empty()) values.push_back(static_cast<Index>(packed.varint()));
}

void ProtoFields::append_to(std::string& values, std::size_t size) const {
  if (type_ == varint_type || bytes_.size() % size != 0)
    throw Error("expected an ONNX file, found a damaged list of numbers");
  values += bytes_;
}

OnnxTensor::OnnxTensor(std::string_view message) {
  std::vector<Index> extents;
  for (ProtoFields fields(message); fields.next();) switch (fields.number()) {
      case 1: fields.append_to(extents); break;
      case 2: type_ = static_cast<int>(fields.integer()); break;
      case 4: fields.append_to(numbers_, sizeof(float)); break;
      case 5:
      case 7: fields.append_to(integers_); break;
      case 8: name = fields.bytes(); break;
      case 9: raw_ = fields.bytes(); break;
      case 10: fields.append_to(numbers_, sizeof(double)); break;
      case 14:
        if (fields.integer() != 0) throw Error("expected all constants in one file");
        break;
      default: break;
    }
  for (const Index extent : extents) shape.push_back(extent);
}

Array OnnxTensor::array(DType dtype) const {
  const std::size_t bytes = type_ == float32_type || type_ == int32_type ? 4 : 8;
  if (type_ != float32_type && type_ != float64_type && type_ != int32_type && type_ != int64_type)
    throw Error(
        fmt::format("expected constants of type float32, float64, int32 or int64, found "
                    "ONNX's type {}",
                    type_));
  const bool is_listed = !integers_.empty();
  const std::string_view stored = raw_.empty() ? std::string_view(numbers_) : raw_;
  const Index count = shape.element_count();
  if (static_cast<std::size_t>(count) != (is_listed ? integers_.size() : stored.size() / bytes) ||
      (!is_listed && stored.size() % bytes != 0))
    throw Error(fmt::format("expected {} numbers in the constant, found {} bytes", count,
                            is_listed ? integers_.size() * bytes : stored.size()));
  const Array result(shape, dtype);
  dispatch("onnx", dtype, [&]<class T>(T) {
    T* const to = result.data<T>();
    if (is_listed)
      for (Index i = 0; i < count; ++i)
        to[i] = static_cast<T>(integers_[static_cast<std::size_t>(i)]);
    else if (type_ == float32_type)
      convert<float>(stored.data(), to, count);
    else if (type_ == float64_type)
      convert<double>(stored.data(), to, count);
    else if (type_ == int32_type)
      convert<std::int32_t>(stored.data(), to, count);
    else
      convert<std::int64_t>(stored.data(), to, count);
  });
  return result;
}

OnnxValue::OnnxValue(std::string_view message) {
  for (ProtoFields fields(message); fields.next();) switch (fields.number()) {
      case 1: name = fields.bytes(); break;
      case 2: real = fields.real(); break;
      case 3: integer = fields.integer(); break;
      case 4: text = fields.bytes(); break;
      case 5: tensor.emplace(fields.bytes()); break;
      case 8: fields.append_to(integers); break;
      case 9: append(texts, fields.bytes()); break;
      default: break;
    }
}

OnnxNode::OnnxNode(std::string_view message) {
  for (ProtoFields fields(message); fields.next();) switch (fields.number()) {
      case 1: append(inputs, fields.bytes()); break;
      case 2: append(outputs, fields.bytes()); break;
      case 3: name = fields.bytes(); break;
      case 4: type = fields.bytes(); break;
      case 5: {
        check_count(attributes.size());
        OnnxValue value(fields.bytes());
        attributes.insert_or_assign(value.name, std::move(value));
        break;
      }
      case 7: domain = fields.bytes(); break;
      default: break;
    }
}

namespace {

/// The bytes of a nested message; empty where it is missing.
std::string_view message_in(std::string_view message, int number) {
  std::string_view result;
  for (ProtoFields fields(message); fields.next();)
    if (fields.number() == number) result = fields.bytes();
  return result;
}

}  // namespace

OnnxInput::OnnxInput(std::string_view message) {
  name = message_in(message, 1);
  // TypeProto's tensor_type and its shape.
  const std::string_view tensor = message_in(message_in(message, 2), 1);
  for (ProtoFields fields(message_in(tensor, 2)); fields.next();) {
    if (fields.number() != 1) continue;
    check_count(extents.size());
    extents.push_back(-1);
    for (ProtoFields dimension(fields.bytes()); dimension.next();)
      if (dimension.number() == 1) extents.back() = dimension.integer();
  }
}

OnnxFile::OnnxFile(std::string_view content) {
  std::string_view graph;
  for (ProtoFields fields(content); fields.next();) {
    if (fields.number() == 7) graph = fields.bytes();
    if (fields.number() != 14) continue;
    check_count(metadata.size());
    metadata.insert_or_assign(std::string(message_in(fields.bytes(), 1)),
                              std::string(message_in(fields.bytes(), 2)));
  }
  if (graph.empty()) throw Error("expected an ONNX file, found no graph in it");
  for (ProtoFields fields(graph); fields.next();) switch (fields.number()) {
      case 1: nodes.push_back(fields.bytes()); break;
      case 5: {
        check_count(constants.size());
        OnnxTensor tensor(fields.bytes());
        constants.insert_or_assign(tensor.name, std::move(tensor));
        break;
      }
      case 11: append(inputs, fields.bytes()); break;
      case 12: append(outputs, message_in(fields.bytes(), 1)); break;
      default: break;
    }
  // Older files list constants as inputs too.
  std::erase_if(inputs, [&](const OnnxInput& input) { return constants.count(input.name) > 0; });
}

}  // namespace scanline::exporting
