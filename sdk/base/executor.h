// Where a server's blocking work runs: a fixed number of threads and a bounded queue. The threads
// that gRPC calls reactors on are two on a small machine and must never wait, so everything that
// touches a store, a file or a plugin goes through here.
//
// Guarantees: 1. Tasks start in the order submitted. 2. Submit refuses rather than waits. 3. A task
// that throws is told and the worker goes on. 4. Stop() lets what was accepted finish; afterwards
// nothing runs and nothing is accepted.
#ifndef AMOOZ_SDK_BASE_EXECUTOR_H_
#define AMOOZ_SDK_BASE_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "sdk/base/mutex.h"
#include "sdk/base/status.h"

namespace amooz {

// Thread-safe. Stop is for one thread, and none of its own.
class Executor {
 public:
  using Task = std::function<void()>;
  // Hears what a task threw (exceptions.h), for the log. [worker], several at once; must not throw.
  using OnError = std::function<void(const Status& error)>;

  // `max_queued`: submitted tasks that may wait for a thread.
  Executor(std::size_t threads, std::size_t max_queued, OnError on_error);
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
  const OnError on_error_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Task> queue_ AMOOZ_GUARDED_BY(mutex_);
  bool is_stopped_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_EXECUTOR_H_
