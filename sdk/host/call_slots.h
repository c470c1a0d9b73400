// How many calls may be in a plugin at once: one, or max_concurrency of a CONCURRENT one. Further
// callers wait here, in their own thread, and can be stopped while they wait.
#ifndef AMOOZ_SDK_HOST_CALL_SLOTS_H_
#define AMOOZ_SDK_HOST_CALL_SLOTS_H_

#include <cstdint>

#include "sdk/base/mutex.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// CLOCK_MONOTONIC nanoseconds of the end of a call that begins now; 0 none.
std::int64_t DeadlineOf(const CallOptions& options);
// CANCELLED or DEADLINE_EXCEEDED if the caller no longer wants the call, else OK.
Status StillWanted(const CallOptions& options, std::int64_t deadline_ns);

class CallSlots {
 public:
  explicit CallSlots(std::int32_t n) : free_(n) {}
  CallSlots(const CallSlots&) = delete;
  CallSlots& operator=(const CallSlots&) = delete;
  // Waits for a slot. Not OK: there is none to give back.
  Status Acquire(const CallOptions& options, std::int64_t deadline_ns);
  void Release();

 private:
  Mutex mutex_;
  CondVar freed_;
  std::int32_t free_ AMOOZ_GUARDED_BY(mutex_);
};

// A slot held for a scope.
class SlotHold {
 public:
  SlotHold(CallSlots* slots, const CallOptions& options, std::int64_t deadline_ns)
      : slots_(slots), status_(slots->Acquire(options, deadline_ns)) {}
  ~SlotHold() {
    if (status_.ok()) slots_->Release();
  }
  SlotHold(const SlotHold&) = delete;
  SlotHold& operator=(const SlotHold&) = delete;
  const Status& status() const { return status_; }

 private:
  CallSlots* const slots_;
  const Status status_;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_CALL_SLOTS_H_
