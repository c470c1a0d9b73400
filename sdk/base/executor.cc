#include "sdk/base/executor.h"

#include <limits>
#include <utility>

#include "sdk/base/exceptions.h"

namespace amooz {

Executor::Executor(std::size_t threads, std::size_t max_queued, OnError on_error)
    : max_queued_(max_queued), on_error_(std::move(on_error)) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() { Stop(); }

bool Executor::Submit(Task task) { return Add(std::move(task), max_queued_); }

bool Executor::Continue(Task task) {
  return Add(std::move(task), std::numeric_limits<std::size_t>::max());
}

bool Executor::Add(Task task, std::size_t max_queued) {
  MutexLock lock(&mutex_);
  if (is_stopped_ || queue_.size() >= max_queued) return false;
  queue_.push_back(std::move(task));
  changed_.Signal();
  return true;
}

void Executor::Stop() {
  {
    MutexLock lock(&mutex_);
    is_stopped_ = true;
    changed_.SignalAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Executor::Work() {
  while (true) {
    Task task;
    {
      MutexLock lock(&mutex_);
      while (queue_.empty() && !is_stopped_) changed_.Wait(&mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    const Status status = WithoutExceptions([&task] {
      task();
      return Status::Ok();
    });
    if (!status.ok()) on_error_(status);
  }
}

}  // namespace amooz
