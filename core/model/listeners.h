// Who wants to know that something changed. A listener learns only that; it then reads the present
// state, so that changes that follow each other quickly may be seen as one, and none is missed.
#ifndef AMOOZ_CORE_MODEL_LISTENERS_H_
#define AMOOZ_CORE_MODEL_LISTENERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "sdk/base/mutex.h"

namespace amooz {

// Ends a subscription when destroyed: after that its function is not called, nor still running.
using Subscription = std::shared_ptr<void>;

// Thread-safe. Subscriptions may outlive it.
class Listeners {
 public:
  // `on_change` is called from any thread, never two at a time; it must be quick, must not block
  // and must neither add nor end a subscription of the same Listeners.
  Subscription Add(std::function<void()> on_change) {
    const std::shared_ptr<Shared> shared = shared_;
    MutexLock lock(&shared->mutex);
    const std::uint64_t id = ++shared->last_id;
    shared->functions.emplace(id, std::move(on_change));
    return Subscription(nullptr, [shared, id](void*) {
      MutexLock inner(&shared->mutex);
      shared->functions.erase(id);
    });
  }
  void Notify() {
    MutexLock lock(&shared_->mutex);
    for (const auto& [id, on_change] : shared_->functions) on_change();
  }

 private:
  struct Shared {
    Mutex mutex;
    std::uint64_t last_id AMOOZ_GUARDED_BY(mutex) = 0;
    std::map<std::uint64_t, std::function<void()>> functions AMOOZ_GUARDED_BY(mutex);
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace amooz

#endif  // AMOOZ_CORE_MODEL_LISTENERS_H_
