#include "core/server/open_streams.h"

namespace amooz::server {

OpenStreams::OpenStreams(std::chrono::milliseconds stall_limit)
    : stall_limit_(stall_limit), watchdog_([this] { CancelStalled(); }) {}

OpenStreams::~OpenStreams() {
  {
    MutexLock lock(&mutex_);
    is_stopped_ = true;
    stopped_.SignalAll();
  }
  watchdog_.join();
}

bool OpenStreams::Add(OpenStream* stream) {
  MutexLock lock(&mutex_);
  if (is_ended_) return false;
  streams_.insert(stream);
  return true;
}

void OpenStreams::Remove(OpenStream* stream) {
  MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void OpenStreams::EndAll(const absl::Status& status) {
  MutexLock lock(&mutex_);
  is_ended_ = true;
  for (OpenStream* stream : streams_) stream->End(status);
}

void OpenStreams::CancelStalled() {
  const std::int64_t limit_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(stall_limit_).count();
  MutexLock lock(&mutex_);
  while (!is_stopped_) {
    stopped_.WaitFor(&mutex_, stall_limit_ / 4);
    const std::int64_t now_ns = MonotonicNanos();
    for (OpenStream* stream : streams_) {
      if (stream->IsStalled(now_ns, limit_ns)) stream->Cancel();
    }
  }
}

}  // namespace amooz::server
