// Every stream that is open now: so that a shutdown can end them politely, and so that a client
// that does not read cannot keep one for ever.
#ifndef AMOOZ_CORE_SERVER_OPEN_STREAMS_H_
#define AMOOZ_CORE_SERVER_OPEN_STREAMS_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <set>
#include <thread>

#include "absl/status/status.h"
#include "sdk/base/clock.h"
#include "sdk/base/mutex.h"

namespace amooz::server {

class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // Ends with this status once the write under way is done. Must not block nor destroy the stream.
  // [any thread]
  virtual void End(absl::Status status) = 0;
  // Gives the call up: writes under way fail. As End. [any thread]
  virtual void Cancel() = 0;

  // Around each write to the client. [any thread]
  void WriteStarted() { write_started_ns_.store(MonotonicNanos(), std::memory_order_relaxed); }
  void WriteEnded() { write_started_ns_.store(0, std::memory_order_relaxed); }
  bool IsStalled(std::int64_t now_ns, std::int64_t limit_ns) const {
    const std::int64_t started = write_started_ns_.load(std::memory_order_relaxed);
    return started != 0 && now_ns - started > limit_ns;
  }

 private:
  std::atomic<std::int64_t> write_started_ns_{0};  // 0: none under way
};

// Thread-safe.
class OpenStreams {
 public:
  // A stream whose client took nothing for `stall_limit` while a message waited is cancelled.
  explicit OpenStreams(std::chrono::milliseconds stall_limit);
  ~OpenStreams();
  OpenStreams(const OpenStreams&) = delete;
  OpenStreams& operator=(const OpenStreams&) = delete;

  // False after EndAll: the caller ends the stream itself, and does not Remove it.
  [[nodiscard]] bool Add(OpenStream* stream) AMOOZ_EXCLUDES(mutex_);
  // Afterwards no function of the stream is called, nor still running.
  void Remove(OpenStream* stream) AMOOZ_EXCLUDES(mutex_);
  // Ends all with `status` and accepts no more.
  void EndAll(const absl::Status& status) AMOOZ_EXCLUDES(mutex_);

 private:
  void CancelStalled() AMOOZ_EXCLUDES(mutex_);

  const std::chrono::milliseconds stall_limit_;
  Mutex mutex_;
  CondVar stopped_;
  std::set<OpenStream*> streams_ AMOOZ_GUARDED_BY(mutex_);
  bool is_ended_ AMOOZ_GUARDED_BY(mutex_) = false;
  bool is_stopped_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::thread watchdog_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_OPEN_STREAMS_H_
