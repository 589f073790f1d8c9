#pragma once

#include <cstdint>
#include <functional>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// How many threads `parallel_for` uses, the calling one included. At first there is one for each
/// processor that the process may run on. They start when they are first needed, in a forked child
/// anew.
int thread_count();
/// Any thread may call it at any time: what is being computed ends on the threads it began with.
/// @throws Error when `count` is below 1, when the system cannot start so many threads, and when it
/// is
///   called from a body that runs on the pool. The threads stay as they were then.
void set_thread_count(int count);

/// Flags of the calling thread, which `parallel_for` and IdleWork carry to their bodies. None is
/// set at first. Bit 0 belongs to NoGrad (framework/autograd/grad_mode.hpp).
std::uint32_t& thread_flags();

/// Calls `body(0)` .. `body(count - 1)`, each once, on the threads of the process' pool, and
/// returns when all are done. Each thread begins with a share of its own, the same in all jobs of
/// one count, so that it finds in its caches what it left there, and then helps the others. Which
/// thread runs which call is left to chance all the same, so calls must not depend on each other,
/// and results stay the same bit for bit as long as callers cut their work by its size, never by
/// the number of threads. A call from within `body` runs where it is. The first exception of a
/// body is thrown again here; calls that have not begun by then may be left out. Several threads of
/// a program may call it at once; the pool then helps with the latest call, and the other callers
/// compute more by themselves. A body must not fork.
/// @throws Error when the system cannot start the pool's threads.
void parallel_for(Index count, const std::function<void(Index)>& body);

/// Cuts [0, count) into ranges of `size` elements, the last one perhaps smaller, and calls
/// `body(begin, end)` for each as `parallel_for` does.
void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body);

}  // namespace scanline
