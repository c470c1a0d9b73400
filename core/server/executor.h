// Where blocking work runs: a fixed number of threads and a bounded queue. The threads that gRPC
// calls reactors on are two on a small machine and must never wait, so everything that touches the
// store, a file or a plugin goes through here.
//
// Guarantees: 1. Tasks start in the order submitted. 2. Submit refuses rather than waits. 3. A task
// that throws is logged and the worker goes on. 4. Stop() lets what was accepted finish; afterwards
// nothing runs and nothing is accepted.
#ifndef AMOOZ_CORE_SERVER_EXECUTOR_H_
#define AMOOZ_CORE_SERVER_EXECUTOR_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "sdk/base/mutex.h"

namespace amooz::server {

// Thread-safe.
class Executor {
 public:
  using Task = std::function<void()>;

  // `max_queued`: tasks of new calls that may wait for a thread.
  Executor(std::size_t threads, std::size_t max_queued);
  ~Executor();  // Stop()
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // For the first task of a call. False, and the task is dropped, if max_queued wait already or
  // Stop() was called: the caller answers RESOURCE_EXHAUSTED.
  [[nodiscard]] bool Submit(Task task) AMOOZ_EXCLUDES(mutex_);
  // For the next task of a call that was admitted before. A call has one at a time, so their number
  // is bounded by the number of calls; refused after Stop() only.
  [[nodiscard]] bool Continue(Task task) AMOOZ_EXCLUDES(mutex_);
  void Stop() AMOOZ_EXCLUDES(mutex_);

 private:
  bool Add(Task task, std::size_t max_queued) AMOOZ_EXCLUDES(mutex_);
  void Work() AMOOZ_EXCLUDES(mutex_);

  const std::size_t max_queued_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Task> queue_ AMOOZ_GUARDED_BY(mutex_);
  bool is_stopped_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_EXECUTOR_H_
