// ChatService: answers with the model in service and logs each reply before its end is sent.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_CHAT_SERVER_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_CHAT_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "amooz/v1/chat.grpc.pb.h"
#include "client/chat_service/forwarder.h"
#include "client/chat_service/model_source.h"
#include "client/chat_service/rejected_chats.h"
#include "client/chat_service/reply_stream.h"
#include "client/chat_service/spool.h"
#include "client/chat_service/version_manager.h"
#include "sdk/base/clock.h"
#include "sdk/base/executor.h"

namespace amooz::chat {

struct ChatServerOptions {
  std::string version = "";
  // Replies under way, and requests that wait for one of them to end; further ones fail with
  // RESOURCE_EXHAUSTED.
  std::size_t max_replies = 32;
  std::size_t max_waiting = 256;
  ReplyLimits reply = {};
  // How long a request waits for a model that is being loaded.
  std::chrono::milliseconds load_patience{60'000};
  // How often a request is given to a fresh child if its child dies before the first piece.
  int max_attempts = 3;
  Clock* clock = Clock::System();
};

// What a request meets on its way. All must outlive the server.
struct ChatParts {
  VersionManager* versions = nullptr;
  ModelSource* source = nullptr;
  Spool* spool = nullptr;
  Forwarder* forwarder = nullptr;
  RejectedChats* rejected = nullptr;
};

class ChatServer final : public v1::ChatService::CallbackService {
 public:
  ChatServer(ChatServerOptions options, ChatParts parts);

  // A reply's pieces, then its end: sent once the chat is safe in the spool. A reply without a
  // visible character is not logged: its end has no chat_id. A cancelled one is not logged either.
  grpc::ServerWriteReactor<v1::ChatResponse>* Chat(grpc::CallbackServerContext* context,
                                                   const v1::ChatRequest* request) override;
  grpc::ServerUnaryReactor* GetChatStatus(grpc::CallbackServerContext* context,
                                          const v1::GetChatStatusRequest* request,
                                          v1::GetChatStatusResponse* response) override;

 private:
  struct Reply {
    std::string text;
    std::string model_digest;
    host::GenerateResult result;
  };
  Status Answer(const v1::ChatRequest& request, ReplyStream* stream);
  Result<Reply> Generate(const host::GenerateRequest& request, ReplyStream* stream);
  // "producer/seq".
  Result<std::string> Log(const v1::ChatRequest& request, const Reply& reply);
  Status WithoutModel(Status status);

  const ChatServerOptions options_;
  const ChatParts parts_;
  Executor executor_;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_CHAT_SERVER_H_
