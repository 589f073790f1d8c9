#pragma once

#include <cstdint>
#include <functional>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// The number of threads that `parallel_for` uses, including the calling thread. By default there
/// is one for each processor that the process may run on. They start when they are first needed. A
/// forked child starts its own.
int thread_count();
/// Sets the number of threads. Any thread may call it at any time: a computation ends on the
/// threads on which it began.
/// @throws Error when `count` is below 1, when the system cannot start so many threads, and when a
///   body that runs on the pool calls it. The number of threads is then unchanged.
void set_thread_count(int count);

/// Flags of the calling thread. `parallel_for` and IdleWork pass them on to their bodies. Initially
/// no flag is set. Bit 0 belongs to NoGrad (framework/autograd/grad_mode.hpp).
std::uint32_t& thread_flags();

/// Calls `body(0)` .. `body(count - 1)`, each once, on the threads of the process' pool, and
/// returns when all calls have returned. Each thread begins with the same share in all jobs of one
/// count, so that its data is still in its caches, and then helps the other threads. Any thread may
/// run any call, so calls must not depend on each other. Results have the same bits as long as
/// callers divide their work by its size, never by the number of threads. A call of `parallel_for`
/// within `body` runs on the calling thread. The first exception of a body is thrown again here,
/// and calls that have not begun by then may be skipped. Several threads of a program may call this
/// at once. The pool then helps with the latest call, and the other callers compute more by
/// themselves. A body must not fork.
/// @throws Error when the system cannot start the pool's threads.
void parallel_for(Index count, const std::function<void(Index)>& body);

/// Divides [0, count) into ranges of `size` elements, of which the last may be smaller, and calls
/// `body(begin, end)` for each as `parallel_for` does.
void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body);

}  // namespace scanline
