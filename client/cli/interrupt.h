// Ctrl-C while a command waits for something that goes on without it.
#ifndef AMOOZ_CLIENT_CLI_INTERRUPT_H_
#define AMOOZ_CLIENT_CLI_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <thread>

#include "sdk/base/fd.h"

namespace amooz::client {

// While it lives, SIGINT does not end the process; `on_interrupt` is called on a thread of its own
// for each. Make it before the first channel: threads made before it would take the signal.
class InterruptWatcher {
 public:
  explicit InterruptWatcher(std::function<void()> on_interrupt);
  ~InterruptWatcher();
  InterruptWatcher(const InterruptWatcher&) = delete;
  InterruptWatcher& operator=(const InterruptWatcher&) = delete;

  bool was_interrupted() const { return was_interrupted_; }

 private:
  void Watch(const std::function<void()>& on_interrupt);

  std::atomic<bool> was_interrupted_ = false;
  UniqueFd signals_;  // a signalfd
  UniqueFd stop_;     // an eventfd
  std::thread thread_;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_INTERRUPT_H_
