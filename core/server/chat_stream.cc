#include "core/server/chat_stream.h"

#include <iterator>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/server/chat_requests.h"
#include "core/server/messages.h"
#include "core/server/status.h"
#include "core/server/validate.h"

namespace amooz::server {
namespace {

// A client that sends bad chats and takes no acknowledgement is not read beyond this.
constexpr std::size_t kMaxUnsentRejections = 10'000;

}  // namespace

ChatStream* ChatStream::Start(grpc::CallbackServerContext* context, const Calls& calls,
                              Ingest* ingest) {
  auto* stream = new ChatStream(context, calls, ingest);
  stream->self_.reset(stream);
  stream->is_listed_ = calls.streams->Add(stream);
  if (!stream->is_listed_) {
    stream->EndWith(absl::UnavailableError("the server is shutting down; try again"), false);
  }
  stream->Pump();
  return stream;
}

// ---- Reading ----

void ChatStream::OnReadDone(bool ok) {
  if (!ok) {
    // The client closed its side, or left (OnCancel then ends the stream sooner).
    EndWith(absl::OkStatus(), /*wait_for_acks=*/true);
    return;
  }
  if (Session() == nullptr) {
    // A new producer's name is written to disk.
    const bool is_accepted = calls_.executor->Submit([self = self_] { self->TakeFirstRequest(); });
    if (!is_accepted) EndWith(TooBusy(), false);
    return;
  }
  const absl::Status status = WithoutExceptions([this] { return TakeRequest(); });
  if (!status.ok()) return EndWith(status, /*wait_for_acks=*/true);
  Pump();
}

void ChatStream::TakeFirstRequest() {
  const absl::Status status = WithoutExceptions([this] { return TakeRequest(); });
  if (!status.ok()) return EndWith(status, /*wait_for_acks=*/false);
  Pump();
}

absl::Status ChatStream::TakeRequest() {
  ASSIGN_OR_RETURN(ChatsRequest request, ReadChats(read_bytes_, &scratch_));
  read_bytes_.Clear();
  std::shared_ptr<IngestSession> session = Session();
  if (session == nullptr) {
    RETURN_IF_ERROR(OpenSession(request.producer));
    session = Session();
  } else if (!request.producer.empty() && request.producer != session->producer()) {
    return absl::InvalidArgumentError(
        "producer: differs from the stream's first request; one stream has one producer");
  }
  IngestBatch batch = session->Prepare(std::move(request.chats));
  MutexLock lock(&mutex_);
  if (batch.size() == 0) {
    wants_read_ = true;
  } else {
    held_ = std::move(batch);
    OfferHeld();
  }
  return absl::OkStatus();
}

std::shared_ptr<IngestSession> ChatStream::Session() {
  MutexLock lock(&mutex_);
  return session_;
}

absl::Status ChatStream::OpenSession(const std::string& producer) {
  const std::weak_ptr<ChatStream> weak = weak_from_this();
  SessionCallbacks callbacks;
  callbacks.on_ack = [weak](const IngestAck& ack) {
    if (const auto stream = weak.lock()) stream->OnAck(ack);
  };
  callbacks.on_room = [weak] {
    if (const auto stream = weak.lock()) stream->OnRoom();
  };
  callbacks.on_end = [weak](const absl::Status& why) {
    if (const auto stream = weak.lock()) stream->OnEnd(why);
  };
  ASSIGN_OR_RETURN(std::unique_ptr<IngestSession> session,
                   ingest_->OpenSession(producer, std::move(callbacks)));
  MutexLock lock(&mutex_);
  session_ = std::move(session);
  return absl::OkStatus();
}

void ChatStream::OfferHeld() {
  if (!held_.has_value() || end_.has_value()) return;
  const auto size = static_cast<std::int64_t>(held_->size());
  if (session_->Offer(&*held_) != IngestOffer::kTaken) return;
  held_.reset();
  unacknowledged_ += size;
  wants_read_ = true;
}

// ---- What ingest says ----

void ChatStream::OnAck(const IngestAck& ack) {
  {
    MutexLock lock(&mutex_);
    has_ack_ = true;
    upto_seq_ = ack.upto_seq;
    already_stored_ += ack.already_stored;
    rejected_.insert(rejected_.end(), ack.rejected.begin(), ack.rejected.end());
    unacknowledged_ -=
        ack.stored + ack.already_stored + static_cast<std::int64_t>(ack.rejected.size());
  }
  Pump();
}

void ChatStream::OnRoom() {
  {
    MutexLock lock(&mutex_);
    OfferHeld();
  }
  Pump();
}

void ChatStream::OnEnd(const absl::Status& why) { EndWith(why, /*wait_for_acks=*/false); }

// ---- Ending ----

void ChatStream::OnCancel() { EndWith(absl::CancelledError("the client left"), false); }

void ChatStream::End(absl::Status status) { EndWith(status, /*wait_for_acks=*/true); }

void ChatStream::EndWith(const absl::Status& status, bool wait_for_acks) {
  {
    MutexLock lock(&mutex_);
    if (!end_.has_value()) {
      end_ = status;
      waits_for_acks_ = wait_for_acks;
    } else if (!wait_for_acks && waits_for_acks_) {
      // No acknowledgement will come any more: what was agreed as the end does not hold.
      end_ = status;
      waits_for_acks_ = false;
    }
  }
  Pump();
}

void ChatStream::OnDone() {
  if (is_listed_) calls_.streams->Remove(this);
  {
    std::shared_ptr<IngestSession> session;
    MutexLock lock(&mutex_);
    session_.swap(session);
  }
  self_.reset();
}

// ---- Pumping ----

void ChatStream::OnWriteDone(bool ok) {
  WriteEnded();
  {
    MutexLock lock(&mutex_);
    is_writing_ = false;
  }
  if (!ok) return EndWith(absl::CancelledError("the client left, or took nothing"), false);
  Pump();
}

ChatStream::Step ChatStream::NextStep() {
  Step step;
  if (is_finished_) return step;
  if (has_ack_ && !is_writing_) {
    v1::StreamChatsResponse response;
    response.set_upto_seq(upto_seq_);
    response.set_already_stored(ToCount(std::exchange(already_stored_, 0)));
    MoveRejected(std::move(rejected_), &response);
    rejected_.clear();
    has_ack_ = false;
    write_bytes_.Clear();
    step.write = SerializeMessage(response, &write_bytes_).ok();
    is_writing_ = step.write;
  }
  if (wants_read_ && !end_.has_value() && rejected_.size() < kMaxUnsentRejections) {
    wants_read_ = false;
    step.read = true;
  }
  const bool has_all_acks = !waits_for_acks_ || unacknowledged_ == 0;
  if (end_.has_value() && !is_writing_ && has_all_acks) {
    is_finished_ = true;
    step.finish = end_;
  }
  return step;
}

void ChatStream::Pump() {
  const std::shared_ptr<ChatStream> keep = shared_from_this();
  mutex_.Lock();
  if (std::exchange(is_pumping_, true)) {
    mutex_.Unlock();
    return;  // who pumps looks again before leaving
  }
  for (Step step = NextStep(); step.any(); step = NextStep()) {
    mutex_.Unlock();
    if (step.write) {
      WriteStarted();
      StartWrite(&write_bytes_);
    }
    if (step.read) StartRead(&read_bytes_);
    if (step.finish.has_value()) Finish(ToGrpcStatus(*step.finish));
    mutex_.Lock();
  }
  is_pumping_ = false;
  mutex_.Unlock();
}

}  // namespace amooz::server
