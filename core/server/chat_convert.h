// Chats between the protocol and the domain.
#ifndef AMOOZ_CORE_SERVER_CHAT_CONVERT_H_
#define AMOOZ_CORE_SERVER_CHAT_CONVERT_H_

#include "absl/status/statusor.h"
#include "amooz/v1/chat_log.pb.h"
#include "amooz/v1/types.pb.h"
#include "core/base/domain.h"
#include "core/store/store.h"

namespace amooz::server {

// Takes the texts out of `chat`. Only what the domain's types cannot hold is checked here
// (core/ingest checks the rest): INVALID_ARGUMENT names a role, author or time that is none.
absl::StatusOr<ChatContent> ToContent(v1::Chat&& chat);

v1::Chat ToProto(const ChatContent& content);
v1::ChatRecord ToProto(const ChatRecord& record);
v1::ExplainChatResponse ToProto(const ChatExplanation& explanation);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_CHAT_CONVERT_H_
