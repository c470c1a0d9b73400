// The channel to amoozd: plain text, no proxy, a peer that vanished is noticed within 80 seconds.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_SERVER_CHANNEL_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_SERVER_CHANNEL_H_

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "sdk/base/mutex.h"

namespace amooz::chat {

// Dials at the first call.
std::shared_ptr<grpc::Channel> ConnectToServer(const std::string& address);

// Pauses between tries: doubling from `first` to `longest`. Thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), next_(first) {}

  // Waits out the next pause, at least `at_least`; returns at once after Stop.
  void Pause(std::chrono::milliseconds at_least = std::chrono::milliseconds(0))
      AMOOZ_EXCLUDES(mutex_);
  void Reset() AMOOZ_EXCLUDES(mutex_);
  void Stop() AMOOZ_EXCLUDES(mutex_);

 private:
  const std::chrono::milliseconds first_, longest_;
  Mutex mutex_;
  CondVar stopped_;
  std::chrono::milliseconds next_ AMOOZ_GUARDED_BY(mutex_);
  bool is_stopped_ AMOOZ_GUARDED_BY(mutex_) = false;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_SERVER_CHANNEL_H_
