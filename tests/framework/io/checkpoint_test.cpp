#include "scanline/framework/io/checkpoint.hpp"

#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;

TEST_CASE("a checkpoint comes back as it was written, and any changed byte of it is noticed") {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "a.checkpoint";
  const io::Safetensors content{{{"w", test::random_array({3, 2})}, {"steps", test::indices({7})}},
                                {{"note", "so far so good"}}};
  io::write_checkpoint(file, content);
  const io::Safetensors back = io::read_checkpoint(file);
  CHECK(back.metadata == content.metadata);
  CHECK(test::values(back.tensors.at("w")) == test::values(content.tensors.at("w")));
  CHECK(test::values(back.tensors.at("steps")) == test::values(content.tensors.at("steps")));

  const std::string bytes = test::read_file(file);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x04);
    std::ofstream(file) << damaged;
    INFO("byte " << i << " of " << bytes.size());
    CHECK_THROWS_AS(io::read_checkpoint(file), Error);
  }
}

TEST_CASE("a file is checked against its checksum, if it has one") {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "model.safetensors";
  io::Safetensors content{{{"w", test::random_array({3, 2})}}, {{"note", "so far so good"}}};
  io::write_safetensors(file, content);
  CHECK(io::read_verified(file).metadata == content.metadata);
  io::write_checkpoint(file, content);
  CHECK(io::read_verified(file).metadata == content.metadata);
  content.metadata["crc32"] = "00000000";
  io::write_safetensors(file, content);
  CHECK_THROWS_WITH(io::read_verified(file),
                    ContainsSubstring("is damaged: expected the checksum 00000000, found "));
}

TEST_CASE("what is no checkpoint is said to be none") {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "model.safetensors";
  io::write_safetensors(file, {{{"w", test::random_array({3, 2})}}, {}});
  CHECK_THROWS_WITH(io::read_checkpoint(file), ContainsSubstring("expected a checkpoint"));
  CHECK_THROWS_WITH(io::read_checkpoint(directory.path() / "none"), ContainsSubstring("none"));
}
