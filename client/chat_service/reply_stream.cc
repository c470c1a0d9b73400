#include "client/chat_service/reply_stream.h"

#include <utility>

#include "client/chat_service/status_convert.h"

namespace amooz::chat {

std::shared_ptr<ReplyStream> ReplyStream::Start(grpc::CallbackServerContext* context,
                                                ReplyLimits limits) {
  std::shared_ptr<ReplyStream> stream(new ReplyStream(context, limits));
  stream->self_ = stream;
  return stream;
}

template <typename Condition>
bool ReplyStream::WaitUntil(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + limits_.patience;
  while (!condition()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    changed_.WaitFor(&mutex_, left);
  }
  return true;
}

bool ReplyStream::Write(v1::ChatResponse piece) {
  bool starts = false;
  {
    MutexLock lock(&mutex_);
    const bool has_room = WaitUntil([this]() AMOOZ_NO_THREAD_SAFETY_ANALYSIS {
      return is_broken_ || queue_.size() < limits_.max_queued;
    });
    if (!has_room) GiveUp();
    if (is_broken_) return false;
    queue_.push_back(std::move(piece));
    starts = !std::exchange(is_writing_, true);
  }
  if (starts) StartNext();
  return true;
}

// One write is under way from here until OnWriteDone finds the queue empty.
void ReplyStream::StartNext() {
  {
    MutexLock lock(&mutex_);
    piece_ = std::move(queue_.front());
    queue_.pop_front();
    changed_.SignalAll();
  }
  StartWrite(&piece_);
}

void ReplyStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(&mutex_);
    if (!ok) {
      is_broken_ = true;
      stop_->Stop();
    }
    if (is_broken_) queue_.clear();
    is_writing_ = !queue_.empty();
    changed_.SignalAll();
    if (!is_writing_) return;
  }
  StartNext();
}

void ReplyStream::OnCancel() {
  stop_->Stop();
  MutexLock lock(&mutex_);
  is_broken_ = true;
  changed_.SignalAll();
}

// The client takes nothing: the call is cancelled, which ends the write under way.
void ReplyStream::GiveUp() {
  stop_->Stop();
  is_broken_ = true;
  mutex_.Unlock();
  context_->TryCancel();
  mutex_.Lock();
}

void ReplyStream::End(const Status& status) {
  {
    MutexLock lock(&mutex_);
    const auto is_idle = [this]() AMOOZ_NO_THREAD_SAFETY_ANALYSIS { return !is_writing_; };
    if (!WaitUntil(is_idle)) GiveUp();
    while (is_writing_) changed_.Wait(&mutex_);
  }
  Finish(ToGrpc(status));
}

void ReplyStream::OnDone() { self_.reset(); }

}  // namespace amooz::chat
