// Follows a cycle to its end, over broken connections and restarts of the server.
#ifndef AMOOZ_CLIENT_LIB_CYCLE_WATCH_H_
#define AMOOZ_CLIENT_LIB_CYCLE_WATCH_H_

#include <grpcpp/client_context.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "amooz/v1/cycle.grpc.pb.h"
#include "sdk/base/mutex.h"

namespace amooz::client {

struct CycleWatchOptions {
  std::uint32_t after_event = 0;
  // How long to go on trying once the stream broke and no event comes any more.
  absl::Duration patience = absl::Minutes(2);
  absl::Duration retry_after = absl::Milliseconds(300);
  // Called once when the stream breaks, until it is mended. May be empty.
  std::function<void(const absl::Status&)> on_broken = {};
};

// One watch. Thread-safe: Cancel may be called from any thread at any time.
class CycleWatch {
 public:
  explicit CycleWatch(CycleWatchOptions options) : options_(std::move(options)) {}

  // Calls on_event for each event, once and in order, and returns OK when the cycle is over;
  // CANCELLED after Cancel; UNAVAILABLE when patience ended; what the server said otherwise.
  absl::Status Run(v1::CycleService::StubInterface* stub, std::uint32_t cycle_id,
                   const std::function<void(const v1::CycleEvent&)>& on_event);
  void Cancel() AMOOZ_EXCLUDES(mutex_);

 private:
  // One stream: reads until it ends. is_over is set if the cycle's last event came.
  absl::Status ReadStream(v1::CycleService::StubInterface* stub, std::uint32_t cycle_id,
                          const std::function<void(const v1::CycleEvent&)>& on_event,
                          bool* is_over);
  bool WaitToRetry() AMOOZ_EXCLUDES(mutex_);

  const CycleWatchOptions options_;
  std::uint32_t last_event_ = 0;
  absl::Time last_success_;
  bool is_broken_ = false;
  Mutex mutex_;
  CondVar cancelled_changed_;
  bool is_cancelled_ AMOOZ_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ AMOOZ_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_CYCLE_WATCH_H_
