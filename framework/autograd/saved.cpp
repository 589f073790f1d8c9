#include "scanline/framework/autograd/saved.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"

namespace scanline {

void Saved::fail_changed() const {
  throw Error(
      fmt::format("expected version {} of a {} array of shape {} that was saved by the forward "
                  "pass, found version {}: it has been changed in place since",
                  version_, name(array_.dtype()), to_string(array_.shape()), array_.version()));
}

}  // namespace scanline
