#include "sdk/host/worker_pool.h"

#include <thread>
#include <utility>

namespace amooz::host {

void WorkerPool::Submit(std::function<void()> job) {
  const MutexLock lock(&mutex_);
  if (!idle_.empty()) {
    Worker* const worker = idle_.back();
    idle_.pop_back();
    worker->job = std::move(job);
    worker->woken.Signal();
  } else if (started_ < n_) {
    ++started_;
    auto* const worker = new Worker;  // lives as long as its thread, which never ends
    worker->job = std::move(job);
    std::thread(&WorkerPool::Run, this, worker).detach();
  } else {
    waiting_.push_back(std::move(job));
  }
}

void WorkerPool::Run(Worker* worker) {
  mutex_.Lock();
  for (;;) {
    while (!worker->job) worker->woken.Wait(&mutex_);
    std::function<void()> job = std::exchange(worker->job, nullptr);
    mutex_.Unlock();
    job();
    job = nullptr;  // what it captured must not wait for the next job
    mutex_.Lock();
    if (waiting_.empty()) {
      idle_.push_back(worker);
    } else {
      worker->job = std::move(waiting_.front());
      waiting_.pop_front();
    }
  }
}

}  // namespace amooz::host
