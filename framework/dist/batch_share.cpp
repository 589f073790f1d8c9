#include "scanline/framework/dist/batch_share.hpp"

#include <utility>

namespace scanline::dist {
namespace {

BatchShare present;

}  // namespace

const BatchShare& present_share() { return present; }

BatchScope::BatchScope(const BatchShare& share) : before_(std::exchange(present, share)) {}

BatchScope::~BatchScope() { present = before_; }

}  // namespace scanline::dist
