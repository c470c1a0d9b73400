// OpenAI's {"messages": [...]} as one exchange with its context (docs/rules.md rule 26).
#ifndef AMOOZ_CLIENT_LIB_CONVERSATION_H_
#define AMOOZ_CLIENT_LIB_CONVERSATION_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/types.pb.h"

namespace amooz::client {

using Turns = google::protobuf::RepeatedPtrField<v1::Turn>;

struct Conversation {
  std::string instruction;
  std::string response;
  Turns context;
};

// An optional system message, then user and assistant in turn, an assistant's last. That one is the
// response, the user's before it the instruction, what is earlier the context (the system message
// its first turn). Any other order, role or content: INVALID_ARGUMENT that names the message.
absl::StatusOr<Conversation> ReadMessages(const nlohmann::json& messages);

// Our own "context": turns {"role", "text"} (or "content"), oldest first; a system turn only first.
absl::StatusOr<Turns> ReadContext(const nlohmann::json& context);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_CONVERSATION_H_
