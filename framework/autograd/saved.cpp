#include "scanline/framework/autograd/saved.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"

namespace scanline {

void Saved::fail_changed() const {
  throw Error(
      fmt::format("expected version {} of a {} array of shape {} that was saved by the forward "
                  "pass, found version {}: it has been changed in place since",
                  version_, name(array_.dtype()), array_.shape(), array_.version()));
}

}  // namespace scanline
