// Waiting for what another thread or process brings about.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_TESTING_AWAIT_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_TESTING_AWAIT_H_

#include <chrono>
#include <thread>

namespace amooz::chat {

// True once `condition` holds; false if it does not within 30 s. For what signals nobody.
template <typename Condition>
bool Await(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_TESTING_AWAIT_H_
