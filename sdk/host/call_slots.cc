#include "sdk/host/call_slots.h"

#include "sdk/base/clock.h"

namespace amooz::host {
namespace {

// A StopToken wakes nobody, so waits look at it this often.
constexpr std::chrono::milliseconds kLookEvery{10};

}  // namespace

std::int64_t DeadlineOf(const CallOptions& options) {
  return options.timeout_ms <= 0 ? 0 : MonotonicNanos() + options.timeout_ms * 1'000'000;
}

Status StillWanted(const CallOptions& options, std::int64_t deadline_ns) {
  if (options.stop != nullptr && options.stop->stopped()) {
    return Status(Code::kCancelled, "the call was cancelled by its caller");
  }
  if (deadline_ns != 0 && MonotonicNanos() >= deadline_ns) {
    return Status(Code::kDeadlineExceeded,
                  "the call was not done within " + std::to_string(options.timeout_ms) + " ms");
  }
  return Status::Ok();
}

Status CallSlots::Acquire(const CallOptions& options, std::int64_t deadline_ns) {
  const MutexLock lock(&mutex_);
  AMOOZ_RETURN_IF_ERROR(StillWanted(options, deadline_ns));
  while (free_ == 0) {
    freed_.WaitFor(&mutex_, kLookEvery);
    AMOOZ_RETURN_IF_ERROR(StillWanted(options, deadline_ns));
  }
  --free_;
  return Status::Ok();
}

void CallSlots::Release() {
  const MutexLock lock(&mutex_);
  ++free_;
  freed_.Signal();
}

}  // namespace amooz::host
