#include "scanline/framework/core/idle_work.hpp"

#include <mutex>
#include <new>
#include <utility>

#include "scanline/framework/core/detail/idle_work.hpp"
#include "scanline/framework/core/detail/thread_pool.hpp"

namespace scanline {

IdleJob& IdleJob::instance() {
  static IdleJob instance;
  return instance;
}

void IdleJob::offer(const std::shared_ptr<Job>& job) {
  const std::lock_guard lock(mutex_);
  job_ = job;
  exists_ = true;
}

void IdleJob::withdraw(const std::shared_ptr<Job>& job) {
  // Before the lock, which is not to be had while threads run one body after the other.
  exists_ = false;
  const std::lock_guard lock(mutex_);
  if (job_ == job) job_.reset();
  exists_ = job_ != nullptr;
}

bool IdleJob::run_one() {
  if (!exists_) return false;
  const std::shared_lock lock(mutex_);
  const bool ran = job_ != nullptr && job_->work(0, 1) == 1;
  if (!ran) exists_ = false;
  return ran;
}

// The lock is held by a thread of the parent, so the child takes a new one.
void IdleJob::after_fork_in_child() { new (&mutex_) std::shared_mutex; }

IdleWork::IdleWork(Index count, std::function<void(Index)> body)
    : body_(std::move(body)), job_(std::make_shared<Job>(body_, count, 1)) {
  IdleJob::instance().offer(job_);
}

IdleWork::~IdleWork() {
  try {
    finish();
  } catch (...) {  // nobody wants the results any more
  }
}

void IdleWork::finish() {
  IdleJob::instance().withdraw(job_);
  if (!job_->is_done()) ProcessPool::instance().get()->run(job_);
  job_->rethrow_failure();
}

}  // namespace scanline
