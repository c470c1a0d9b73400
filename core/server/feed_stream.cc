#include "core/server/feed_stream.h"

#include <utility>

#include "core/server/status.h"
#include "core/server/unary.h"

namespace amooz::server {

FeedStream::FeedStream(grpc::CallbackServerContext* context, Executor* executor,
                       OpenStreams* streams, MakeFeed make_feed)
    : context_(context), executor_(executor), streams_(streams), make_feed_(std::move(make_feed)) {}

FeedStream* FeedStream::Start(grpc::CallbackServerContext* context, Executor* executor,
                              OpenStreams* streams, MakeFeed make_feed) {
  auto* stream = new FeedStream(context, executor, streams, std::move(make_feed));
  stream->is_listed_ = streams->Add(stream);
  if (!stream->is_listed_) {
    stream->FinishWith(absl::UnavailableError("the server is shutting down; try again"));
  } else if (!executor->Submit([stream] { stream->Pull(); })) {
    stream->FinishWith(TooBusy());
  }
  return stream;
}

void FeedStream::Pull() { AfterPull(PullOne()); }

absl::StatusOr<Feed::Pulled> FeedStream::PullOne() {
  absl::StatusOr<Feed::Pulled> pulled = Feed::Pulled::kEnd;
  const absl::Status status = WithoutExceptions([this, &pulled]() -> absl::Status {
    if (feed_ == nullptr) {
      absl::StatusOr<std::unique_ptr<Feed>> made = make_feed_([this] { Wake(); });
      if (!made.ok()) return made.status();
      feed_ = *std::move(made);
    }
    message_.Clear();
    pulled = feed_->Pull(&message_);
    return pulled.status();
  });
  if (!status.ok()) return status;
  return pulled;
}

void FeedStream::AfterPull(absl::StatusOr<Feed::Pulled> pulled) {
  std::optional<absl::Status> end;
  {
    MutexLock lock(&mutex_);
    if (!end_.has_value() && !pulled.ok()) end_ = pulled.status();
    if (!end_.has_value() && *pulled == Feed::Pulled::kEnd) end_ = absl::OkStatus();
    if (end_.has_value()) {
      state_ = State::kFinished;
      end = end_;
    } else if (*pulled == Feed::Pulled::kMessage) {
      state_ = State::kWriting;
    } else if (std::exchange(is_woken_, false)) {
      // Something came between the look and now: look again.
      if (executor_->Continue([this] { Pull(); })) return;
      state_ = State::kFinished;
      end = absl::UnavailableError("the server is shutting down; try again");
    } else {
      state_ = State::kIdle;
      return;
    }
  }
  if (end.has_value()) return FinishWith(*end);
  WriteStarted();
  StartWrite(&message_);
}

void FeedStream::OnWriteDone(bool ok) {
  WriteEnded();
  std::optional<absl::Status> end;
  {
    MutexLock lock(&mutex_);
    if (!ok && !end_.has_value()) end_ = absl::CancelledError("the client left, or took nothing");
    if (!end_.has_value()) {
      state_ = State::kPulling;
      is_woken_ = false;
      if (executor_->Continue([this] { Pull(); })) return;
      end_ = absl::UnavailableError("the server is shutting down; try again");
    }
    state_ = State::kFinished;
    end = end_;
  }
  FinishWith(*end);
}

void FeedStream::Wake() {
  MutexLock lock(&mutex_);
  is_woken_ = true;
  if (state_ != State::kIdle) return;
  if (executor_->Continue([this] { Pull(); })) {
    state_ = State::kPulling;
    is_woken_ = false;
  }
}

void FeedStream::OnCancel() { End(absl::CancelledError("the client left, or took nothing")); }

void FeedStream::End(absl::Status status) {
  {
    MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    if (state_ != State::kIdle) return;  // whoever works now finishes
    state_ = State::kFinished;
  }
  FinishWith(status);
}

void FeedStream::FinishWith(const absl::Status& status) { Finish(ToGrpcStatus(status)); }

void FeedStream::OnDone() {
  // The feed's subscriptions end here, so Wake is not called afterwards.
  feed_.reset();
  if (is_listed_) streams_->Remove(this);
  delete this;
}

}  // namespace amooz::server
