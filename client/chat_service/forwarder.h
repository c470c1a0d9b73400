// Brings the spooled chats to amoozd: one StreamChats stream, reopened as often as it takes.
//
// Guarantees: 1. A chat leaves the spool only after amoozd acknowledged it, or refused it and it
// lies in rejected/. 2. After a broken stream all that is not acknowledged is sent again, in order.
// 3. At most `window_chats` and about `window_bytes` are under way and in memory.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_FORWARDER_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_FORWARDER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "client/chat_service/rejected_chats.h"
#include "client/chat_service/server_channel.h"
#include "client/chat_service/spool.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"

namespace amooz::chat {

struct ForwarderOptions {
  std::string producer;
  std::size_t batch_chats = 128;
  std::uint64_t batch_bytes = 1 << 20;
  std::size_t window_chats = 1024;
  std::uint64_t window_bytes = 8 << 20;
  std::chrono::milliseconds first_pause{200};
  std::chrono::milliseconds longest_pause{2'000};
  // Another stream of this producer ended ours: they would end each other for ever.
  std::chrono::milliseconds aborted_pause{5'000};
  // A stream on which chats wait this long for their acknowledgement is opened anew.
  std::chrono::milliseconds ack_patience{120'000};
};

// Thread-safe.
class Forwarder {
 public:
  // The spool and the rejected chats must outlive it.
  Forwarder(ForwarderOptions options, std::shared_ptr<grpc::Channel> channel, Spool* spool,
            RejectedChats* rejected);
  ~Forwarder();  // Stop()
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Waits until the spool is empty, sending fails, or the time is over. True: it is empty.
  bool Flush(std::chrono::milliseconds timeout);
  void Stop() AMOOZ_EXCLUDES(mutex_);

  // Why chats do not reach amoozd; OK while they do, and before the first try.
  Status last_error() AMOOZ_EXCLUDES(mutex_);
  const std::string& producer() const { return options_.producer; }

 private:
  using Stream = grpc::ClientReaderWriter<v1::StreamChatsRequest, v1::StreamChatsResponse>;

  void Run() AMOOZ_EXCLUDES(mutex_);
  Status RunStream() AMOOZ_EXCLUDES(mutex_);
  Status SendAll(Stream* stream) AMOOZ_EXCLUDES(mutex_);
  void ReadAcks(Stream* stream) AMOOZ_EXCLUDES(mutex_);
  Status HandleAck(const v1::StreamChatsResponse& ack) AMOOZ_EXCLUDES(mutex_);
  bool MaySend() const AMOOZ_REQUIRES(mutex_);
  Status MakeRequest(std::vector<SpooledChat> chats, v1::StreamChatsRequest* request)
      AMOOZ_EXCLUDES(mutex_);

  const ForwarderOptions options_;
  const std::unique_ptr<v1::ChatLogService::Stub> stub_;
  Spool* const spool_;
  RejectedChats* const rejected_;
  Backoff backoff_;

  Mutex mutex_;
  CondVar changed_;
  bool is_stopping_ AMOOZ_GUARDED_BY(mutex_) = false;
  Status last_error_ AMOOZ_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ AMOOZ_GUARDED_BY(mutex_) = nullptr;  // of the stream under way
  bool is_reading_ AMOOZ_GUARDED_BY(mutex_) = false;
  Status ack_error_ AMOOZ_GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::string> under_way_ AMOOZ_GUARDED_BY(mutex_);  // sent, by seq
  std::uint64_t bytes_under_way_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::chrono::steady_clock::time_point last_ack_ AMOOZ_GUARDED_BY(mutex_);

  std::thread thread_;
};

// The producer's name, "chat-<16 hex digits>", kept in `path`; made up and written once.
Result<std::string> LoadOrMakeProducer(const std::string& path, Env* env);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_FORWARDER_H_
