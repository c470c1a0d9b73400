#include "core/server/chat_requests.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/server/chat_convert.h"
#include "core/server/messages.h"
#include "core/server/salvage.h"

namespace amooz::server {
namespace {

// The two requests differ in name alone, so that one reader serves both.
static_assert(int{v1::StreamChatsRequest::kProducerFieldNumber} ==
              int{v1::AppendChatsRequest::kProducerFieldNumber});
static_assert(int{v1::StreamChatsRequest::kChatsFieldNumber} ==
              int{v1::AppendChatsRequest::kChatsFieldNumber});

constexpr ItemFields kChatFields{.items = v1::StreamChatsRequest::kChatsFieldNumber,
                                 .number = v1::SequencedChat::kSeqFieldNumber};

}  // namespace

absl::StatusOr<ChatsRequest> ReadChats(const grpc::ByteBuffer& bytes,
                                       v1::StreamChatsRequest* scratch) {
  ChatsRequest result;
  if (!ParseMessage(bytes, scratch).ok()) {
    std::vector<std::uint64_t> unreadable;
    scratch->Clear();
    RETURN_IF_ERROR(ParseWithoutBadItems(bytes, kChatFields, scratch, &unreadable));
    for (const std::uint64_t seq : unreadable) {
      result.chats.push_back({.seq = seq,
                              .content = {},
                              .problem = absl::InvalidArgumentError(
                                  "chat: a text is not valid UTF-8; send every text as UTF-8")});
    }
  }
  result.producer = std::move(*scratch->mutable_producer());
  result.chats.reserve(result.chats.size() + static_cast<std::size_t>(scratch->chats_size()));
  for (v1::SequencedChat& chat : *scratch->mutable_chats()) {
    absl::StatusOr<ChatContent> content = ToContent(std::move(*chat.mutable_chat()));
    IncomingChat& incoming = result.chats.emplace_back();
    incoming.seq = chat.seq();
    if (content.ok()) {
      incoming.content = *std::move(content);
    } else {
      incoming.problem = content.status();
    }
  }
  return result;
}

}  // namespace amooz::server
