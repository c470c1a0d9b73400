// A request and its whole reply.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_TESTING_ASK_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_TESTING_ASK_H_

#include <grpcpp/client_context.h>

#include <string>

#include "amooz/v1/chat.grpc.pb.h"

namespace amooz::chat {

struct Reply {
  grpc::Status status;
  std::string text;
  v1::ChatEnd end;
};

inline Reply Ask(v1::ChatService::StubInterface* stub, const v1::ChatRequest& request) {
  grpc::ClientContext context;
  const auto stream = stub->Chat(&context, request);
  Reply reply;
  v1::ChatResponse piece;
  while (stream->Read(&piece)) {
    reply.text += piece.text();
    if (piece.has_end()) reply.end = piece.end();
  }
  reply.status = stream->Finish();
  return reply;
}

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_TESTING_ASK_H_
