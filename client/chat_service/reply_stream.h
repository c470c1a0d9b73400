// One reply on its way to the client: a bounded queue between the thread that generates it and
// gRPC's reactions.
//
// A client that reads slowly holds back the generation; one that takes nothing for `patience` is
// ended. The thread that writes is also the one that finishes, so the call lives as long as it
// needs it.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_REPLY_STREAM_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_REPLY_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>

#include "amooz/v1/chat.pb.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::chat {

struct ReplyLimits {
  std::size_t max_queued = 256;  // pieces
  std::chrono::milliseconds patience{20'000};
};

class ReplyStream final : public grpc::ServerWriteReactor<v1::ChatResponse> {
 public:
  // Lives until both gRPC and the holders of the pointer are done with it.
  static std::shared_ptr<ReplyStream> Start(grpc::CallbackServerContext* context,
                                            ReplyLimits limits);

  // Stopped when the client cancelled, went away, or took too long. [any thread]
  const std::shared_ptr<host::StopToken>& stop() const { return stop_; }

  // Queues a piece; waits while the queue is full. False if nobody will read it. [one thread]
  bool Write(v1::ChatResponse piece) AMOOZ_EXCLUDES(mutex_);
  // Sends what is queued and then the status. Exactly once, after the last Write. [one thread]
  void End(const Status& status) AMOOZ_EXCLUDES(mutex_);

 private:
  ReplyStream(grpc::CallbackServerContext* context, ReplyLimits limits)
      : context_(context), limits_(limits) {}
  void OnWriteDone(bool ok) override AMOOZ_EXCLUDES(mutex_);
  void OnCancel() override AMOOZ_EXCLUDES(mutex_);
  void OnDone() override;

  void StartNext() AMOOZ_EXCLUDES(mutex_);
  void GiveUp() AMOOZ_REQUIRES(mutex_);
  template <typename Condition>
  bool WaitUntil(Condition condition) AMOOZ_REQUIRES(mutex_);

  grpc::CallbackServerContext* const context_;
  const ReplyLimits limits_;
  const std::shared_ptr<host::StopToken> stop_ = std::make_shared<host::StopToken>();
  std::shared_ptr<ReplyStream> self_;  // until OnDone

  Mutex mutex_;
  CondVar changed_;
  std::deque<v1::ChatResponse> queue_ AMOOZ_GUARDED_BY(mutex_);
  bool is_writing_ AMOOZ_GUARDED_BY(mutex_) = false;
  bool is_broken_ AMOOZ_GUARDED_BY(mutex_) = false;
  v1::ChatResponse piece_;  // of the write under way
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_REPLY_STREAM_H_
