#include "client/chat_service/executor.h"

#include <utility>

namespace amooz::chat {

Executor::Executor(std::size_t threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() { Stop(); }

bool Executor::Submit(std::function<void()> task) {
  MutexLock lock(&mutex_);
  if (is_stopped_ || waiting_.size() >= max_waiting_) return false;
  waiting_.push_back(std::move(task));
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
  for (;;) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      while (waiting_.empty() && !is_stopped_) changed_.Wait(&mutex_);
      if (waiting_.empty()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    task();
  }
}

}  // namespace amooz::chat
