// A server stream that pulls its messages from a Feed, one at a time: the next is made only when
// the one before was taken by the client's flow control. So a client that does not read costs one
// message of memory and no thread.
//
//   FeedStream::Start(context, executor, streams, [=](std::function<void()> wake) {
//     return std::make_unique<CycleEventFeed>(cycles, id, after, std::move(wake));
//   });
#ifndef AMOOZ_CORE_SERVER_FEED_STREAM_H_
#define AMOOZ_CORE_SERVER_FEED_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/server/open_streams.h"
#include "sdk/base/executor.h"
#include "sdk/base/mutex.h"

namespace amooz::server {

// What a stream sends.
class Feed {
 public:
  enum class Pulled { kMessage, kNothingYet, kEnd };

  virtual ~Feed() = default;
  // The next message as bytes. After kNothingYet it is called again once `wake` was called. A
  // failure ends the stream with it. [executor], never two at a time; may read store and files.
  virtual absl::StatusOr<Pulled> Pull(grpc::ByteBuffer* message) = 0;
};

class FeedStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, private OpenStream {
 public:
  // Runs first on the executor; `wake` may be called from any thread as long as the feed lives.
  using MakeFeed = std::function<absl::StatusOr<std::unique_ptr<Feed>>(std::function<void()> wake)>;

  // The stream destroys itself when it is over.
  static FeedStream* Start(grpc::CallbackServerContext* context, Executor* executor,
                           OpenStreams* streams, MakeFeed make_feed);

 private:
  FeedStream(grpc::CallbackServerContext* context, Executor* executor, OpenStreams* streams,
             MakeFeed make_feed);
  ~FeedStream() override = default;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(absl::Status status) override;
  void Cancel() override { context_->TryCancel(); }

  void Wake() AMOOZ_EXCLUDES(mutex_);
  void Pull() AMOOZ_EXCLUDES(mutex_);
  absl::StatusOr<Feed::Pulled> PullOne();
  void AfterPull(absl::StatusOr<Feed::Pulled> pulled) AMOOZ_EXCLUDES(mutex_);
  void FinishWith(const absl::Status& status);

  // Exactly one of these at a time, so that nothing is pulled, written or finished twice.
  enum class State { kPulling, kWriting, kIdle, kFinished };

  grpc::CallbackServerContext* const context_;
  Executor* const executor_;
  OpenStreams* const streams_;
  const MakeFeed make_feed_;
  bool is_listed_ = false;
  std::unique_ptr<Feed> feed_;  // touched by the pulling task and by OnDone alone
  grpc::ByteBuffer message_;    // by the pulling task, then by the write

  Mutex mutex_;
  State state_ AMOOZ_GUARDED_BY(mutex_) = State::kPulling;
  bool is_woken_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ AMOOZ_GUARDED_BY(mutex_);  // how to finish, as soon as it can
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_FEED_STREAM_H_
