// One open ChatLogService.StreamChats: chats in, cumulative acknowledgements out.
//
// Guarantees: 1. Reads go on only while ingest takes what was read: a full queue, a low disk, or a
// client that takes no acknowledgements stops them, and HTTP/2's flow control then stops the
// client. 2. An acknowledgement is sent after the commit; several commits may share one. 3. When
// the client closes its side, everything it sent is acknowledged before the stream ends with OK.
// 4. A chat that cannot be read or kept is named; the stream goes on.
#ifndef AMOOZ_CORE_SERVER_CHAT_STREAM_H_
#define AMOOZ_CORE_SERVER_CHAT_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "amooz/v1/chat_log.pb.h"
#include "core/ingest/ingest.h"
#include "core/server/service_table.h"
#include "sdk/base/mutex.h"

namespace amooz::server {

class ChatStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<ChatStream>,
                         private OpenStream {
 public:
  // The stream keeps itself until it is over. `ingest` must outlive it.
  static ChatStream* Start(grpc::CallbackServerContext* context, const Calls& calls,
                           Ingest* ingest);

 private:
  ChatStream(grpc::CallbackServerContext* context, const Calls& calls, Ingest* ingest)
      : context_(context), calls_(calls), ingest_(ingest) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(absl::Status status) override;
  void Cancel() override { context_->TryCancel(); }

  // What ingest says. [any thread]
  void OnAck(const IngestAck& ack);
  void OnRoom();
  void OnEnd(const absl::Status& why);

  absl::Status TakeRequest();
  absl::Status OpenSession(const std::string& producer);
  std::shared_ptr<IngestSession> Session() AMOOZ_EXCLUDES(mutex_);
  void TakeFirstRequest();
  void OfferHeld() AMOOZ_REQUIRES(mutex_);

  // All calls of gRPC on this stream are made by Pump, by one thread at a time, so that nothing is
  // started on a stream that another thread finishes.
  struct Step {
    bool read = false, write = false;
    std::optional<absl::Status> finish;
    bool any() const { return read || write || finish.has_value(); }
  };
  void Pump() AMOOZ_EXCLUDES(mutex_);
  Step NextStep() AMOOZ_REQUIRES(mutex_);
  void EndWith(const absl::Status& status, bool wait_for_acks) AMOOZ_EXCLUDES(mutex_);

  grpc::CallbackServerContext* const context_;
  const Calls calls_;
  Ingest* const ingest_;
  std::shared_ptr<ChatStream> self_;  // until OnDone
  bool is_listed_ = false;

  // Of the read under way and of who handles it.
  grpc::ByteBuffer read_bytes_;
  v1::StreamChatsRequest scratch_;
  grpc::ByteBuffer write_bytes_;  // of the write under way

  Mutex mutex_;
  // Set by the first request, gone with the stream.
  std::shared_ptr<IngestSession> session_ AMOOZ_GUARDED_BY(mutex_);
  std::optional<IngestBatch> held_ AMOOZ_GUARDED_BY(mutex_);  // ingest had no room for it yet
  std::int64_t unacknowledged_ AMOOZ_GUARDED_BY(mutex_) = 0;  // chats taken by ingest
  bool has_ack_ AMOOZ_GUARDED_BY(mutex_) = false;             // not yet sent:
  std::uint64_t upto_seq_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::int64_t already_stored_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::vector<RejectedChat> rejected_ AMOOZ_GUARDED_BY(mutex_);
  bool wants_read_ AMOOZ_GUARDED_BY(mutex_) = true;
  bool is_writing_ AMOOZ_GUARDED_BY(mutex_) = false;
  bool is_finished_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ AMOOZ_GUARDED_BY(mutex_);
  bool waits_for_acks_ AMOOZ_GUARDED_BY(mutex_) = false;  // before it ends with end_
  bool is_pumping_ AMOOZ_GUARDED_BY(mutex_) = false;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_CHAT_STREAM_H_
