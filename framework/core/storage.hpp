#pragma once

#include <cstddef>
#include <memory>

#include "framework/core/shape.hpp"

namespace scanline {

/// At least `bytes` of uninitialised memory, aligned to 64 bytes (a cache line and the widest
/// vector register). When the last handle goes, the block returns to a pool of the process and
/// serves the next request of its size class: a training loop, whose steps all ask for the same
/// sizes, gets from the system only what its first step needs. Safe to call from any thread.
/// @throws Error when the system has no memory to give.
std::shared_ptr<std::byte> allocate_storage(Index bytes);

/// How many blocks have come from the system, rather than from the pool, since the program began.
Index system_allocation_count();

/// Gives the pool's idle blocks back to the system.
void trim_storage_pool();

}  // namespace scanline
