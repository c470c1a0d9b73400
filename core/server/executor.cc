#include "core/server/executor.h"

#include <spdlog/spdlog.h>

#include <limits>
#include <utility>

#include "core/server/status.h"

namespace amooz::server {

Executor::Executor(std::size_t threads, std::size_t max_queued) : max_queued_(max_queued) {
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
    const absl::Status status = WithoutExceptions([&task] {
      task();
      return absl::OkStatus();
    });
    if (!status.ok()) spdlog::error("a task of the server failed: {}", status.ToString());
  }
}

}  // namespace amooz::server
