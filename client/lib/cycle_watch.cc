#include "client/lib/cycle_watch.h"

#include "client/lib/grpc_status.h"

namespace amooz::client {

absl::Status CycleWatch::Run(v1::CycleService::StubInterface* stub, std::uint32_t cycle_id,
                             const std::function<void(const v1::CycleEvent&)>& on_event) {
  last_event_ = options_.after_event;
  last_success_ = absl::Now();
  while (true) {
    bool is_over = false;
    const absl::Status status = ReadStream(stub, cycle_id, on_event, &is_over);
    if (is_over) return absl::OkStatus();
    // A stream that ends well has told all; a cycle that was over before `after_event` has nothing
    // to tell.
    if (!absl::IsUnavailable(status)) return status;
    if (absl::Now() - last_success_ > options_.patience) return status;
    if (!is_broken_ && options_.on_broken) options_.on_broken(status);
    is_broken_ = true;
    if (!WaitToRetry()) return absl::CancelledError("no longer watching");
  }
}

void CycleWatch::Cancel() {
  MutexLock lock(&mutex_);
  is_cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
  cancelled_changed_.SignalAll();
}

absl::Status CycleWatch::ReadStream(v1::CycleService::StubInterface* stub, std::uint32_t cycle_id,
                                    const std::function<void(const v1::CycleEvent&)>& on_event,
                                    bool* is_over) {
  grpc::ClientContext context;
  {
    MutexLock lock(&mutex_);
    if (is_cancelled_) return absl::CancelledError("no longer watching");
    context_ = &context;
  }
  v1::WatchCycleRequest request;
  request.set_id(cycle_id);
  request.set_after_event(last_event_);
  const auto stream = stub->WatchCycle(&context, request);
  v1::WatchCycleResponse response;
  while (stream->Read(&response)) {
    is_broken_ = false;
    last_success_ = absl::Now();
    const v1::CycleEvent& event = response.event();
    if (event.number() <= last_event_) continue;
    last_event_ = event.number();
    *is_over = event.has_ended();
    on_event(event);
  }
  const grpc::Status status = stream->Finish();
  MutexLock lock(&mutex_);
  context_ = nullptr;
  return ToAbsl(status);
}

// False if it was cancelled meanwhile.
bool CycleWatch::WaitToRetry() {
  const absl::Time until = absl::Now() + options_.retry_after;
  MutexLock lock(&mutex_);
  while (!is_cancelled_ && absl::Now() < until) {
    cancelled_changed_.WaitFor(&mutex_, absl::ToChronoMilliseconds(until - absl::Now()));
  }
  return !is_cancelled_;
}

}  // namespace amooz::client
