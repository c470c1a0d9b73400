// The threads in which a plugin host runs calls: at most n, made when first needed, the one that
// was idle last taken first. A plugin that takes one call at a time so always sees one thread,
// which is what OpenMP pools and device contexts want.
#ifndef AMOOZ_SDK_HOST_WORKER_POOL_H_
#define AMOOZ_SDK_HOST_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "sdk/base/mutex.h"

namespace amooz::host {

// Thread-safe. Never destroyed before the process ends: workers are detached, because a plugin's
// call may never return.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t n) : n_(n) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // Runs `job` in a worker; it waits, in order, while all are busy.
  void Submit(std::function<void()> job);

 private:
  struct Worker {
    CondVar woken;
    std::function<void()> job;  // guarded by mutex_
  };
  void Run(Worker* worker);

  const std::size_t n_;
  Mutex mutex_;
  std::size_t started_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::vector<Worker*> idle_ AMOOZ_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> waiting_ AMOOZ_GUARDED_BY(mutex_);
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_WORKER_POOL_H_
