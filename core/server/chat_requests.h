// Chats out of the requests that bring them: StreamChatsRequest and AppendChatsRequest have the
// same fields.
#ifndef AMOOZ_CORE_SERVER_CHAT_REQUESTS_H_
#define AMOOZ_CORE_SERVER_CHAT_REQUESTS_H_

#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "amooz/v1/chat_log.pb.h"
#include "core/ingest/ingest.h"

namespace amooz::server {

struct ChatsRequest {
  std::string producer;
  std::vector<IncomingChat> chats;
};

// A chat that cannot be read (a text is not UTF-8, a role is none) is among them with its problem;
// INVALID_ARGUMENT if the request as a whole cannot be read. `scratch` is overwritten; one kept
// from request to request saves allocations.
absl::StatusOr<ChatsRequest> ReadChats(const grpc::ByteBuffer& bytes,
                                       v1::StreamChatsRequest* scratch);

// Moves what was rejected into a response's list.
template <class Response>
void MoveRejected(std::vector<RejectedChat>&& rejected, Response* response) {
  for (RejectedChat& chat : rejected) {
    v1::RejectedChat* entry = response->add_rejected();
    entry->set_seq(chat.seq);
    entry->set_code(static_cast<std::int32_t>(chat.code));
    entry->set_message(std::move(chat.message));
  }
}

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_CHAT_REQUESTS_H_
