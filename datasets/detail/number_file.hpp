#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "scanline/datasets/detail/byte_stream.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The type of the elements of an array in a file.
struct ElementType {
  /// What an element is. Texts are UTF-32, filled up with zeros.
  enum class Kind { boolean, unsigned_integer, signed_integer, real, text };

  Kind kind = Kind::unsigned_integer;
  std::size_t size = 1;  ///< Bytes of an element: 1, 2, 4 or 8; texts have 4 for each character.
  bool is_big_endian = false;  ///< Whether the first byte is the highest.
};

/// The elements of an array in a file.
struct NumberFile {
  ElementType type;
  Index count = 0;  ///< Of elements. `count * type.size` fits into an Index.
  /// Opens the file at its first element.
  std::function<std::unique_ptr<ByteStream>()> open;
};

/// Reads the file once, without keeping anything of it, so that memory is only asked for where
/// there are bytes to fill it. @throws Error unless the file has exactly as many bytes as its
/// header says.
void check_length(const NumberFile& file);

/// Reads all bytes of the elements, after `check_length` has seen them.
/// @throws Error for a file that has become shorter.
std::vector<std::uint8_t> read_bytes(const NumberFile& file);

/// Reads numbers and calls `use` with one block of them after the other, in order. `first` is the
/// position of the block's first number in the array.
/// @throws Error for a file that has become shorter.
void for_each_block(const NumberFile& file,
                    const std::function<void(Index first, std::span<const double> block)>& use);

}  // namespace scanline::datasets
