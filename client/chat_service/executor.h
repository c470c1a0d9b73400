// Where replies are generated: a fixed number of threads and a bounded queue, because gRPC's own
// two threads must never wait.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_EXECUTOR_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "sdk/base/mutex.h"

namespace amooz::chat {

// Thread-safe. Tasks start in the order submitted.
class Executor {
 public:
  Executor(std::size_t threads, std::size_t max_waiting);
  ~Executor();  // Stop()
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False if max_waiting tasks wait for a thread already, or after Stop.
  [[nodiscard]] bool Submit(std::function<void()> task) AMOOZ_EXCLUDES(mutex_);
  // Returns when all that was accepted has run.
  void Stop() AMOOZ_EXCLUDES(mutex_);

 private:
  void Work() AMOOZ_EXCLUDES(mutex_);

  const std::size_t max_waiting_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ AMOOZ_GUARDED_BY(mutex_);
  bool is_stopped_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_EXECUTOR_H_
