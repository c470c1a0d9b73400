#include "core/server/chat_requests.h"

#include <utility>

#include "absl/strings/str_cat.h"
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

// Of one request. What has none of its texts costs memory too, far more than its two bytes here.
constexpr int kMaxChats = 100'000;
constexpr int kMaxTurns = 1'000'000;

absl::Status CheckNumbers(const grpc::ByteBuffer& bytes) {
  if (bytes.Length() <= std::size_t{2} * kMaxChats) return absl::OkStatus();  // cannot have more
  constexpr int kChats[] = {kChatFields.items};
  constexpr int kTurns[] = {kChatFields.items, v1::SequencedChat::kChatFieldNumber,
                            v1::Chat::kContextFieldNumber};
  if (CountItems(bytes, kChats, kMaxChats + 1) > kMaxChats) {
    return absl::InvalidArgumentError(
        absl::StrCat("chats: more than ", kMaxChats, " in one request; send fewer at a time"));
  }
  if (CountItems(bytes, kTurns, kMaxTurns + 1) > kMaxTurns) {
    return absl::InvalidArgumentError(absl::StrCat("chat.context: more than ", kMaxTurns,
                                                   " turns in one request; send fewer at a time"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ChatsRequest> ReadChats(const grpc::ByteBuffer& bytes,
                                       v1::StreamChatsRequest* scratch) {
  RETURN_IF_ERROR(CheckNumbers(bytes));
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
