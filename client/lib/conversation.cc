#include "client/lib/conversation.h"

#include <string_view>
#include <utility>

#include "client/lib/import_records.h"
#include "client/lib/str_cat.h"
#include "sdk/base/status.h"

namespace amooz::client {
namespace {

v1::Role RoleOf(std::string_view name) {
  if (name == "user") return v1::ROLE_USER;
  if (name == "assistant") return v1::ROLE_ASSISTANT;
  if (name == "system") return v1::ROLE_SYSTEM;
  return v1::ROLE_UNSPECIFIED;
}

absl::StatusOr<std::string> TextMember(const nlohmann::json& object, const char* name,
                                       const std::string& where) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) {
    return absl::InvalidArgumentError(StrCat(where, ".", name, " must be text"));
  }
  return found->get<std::string>();
}

absl::StatusOr<v1::Turn> ReadTurn(const nlohmann::json& value, const std::string& where) {
  if (!value.is_object()) {
    return absl::InvalidArgumentError(StrCat(where, " must be an object"));
  }
  AMOOZ_ASSIGN_OR_RETURN(const std::string role, TextMember(value, "role", where));
  v1::Turn turn;
  turn.set_role(RoleOf(role));
  if (turn.role() == v1::ROLE_UNSPECIFIED) {
    return absl::InvalidArgumentError(StrCat(where, ".role must be system, user or assistant"));
  }
  const char* text_name = value.contains("text") ? "text" : "content";
  AMOOZ_ASSIGN_OR_RETURN(std::string text, TextMember(value, text_name, where));
  AMOOZ_RETURN_IF_ERROR(CheckText(StrCat(where, ".", text_name), text));
  turn.set_text(std::move(text));
  return turn;
}

}  // namespace

absl::StatusOr<Turns> ReadContext(const nlohmann::json& context) {
  if (!context.is_array()) return absl::InvalidArgumentError("context must be an array of turns");
  Turns turns;
  for (std::size_t i = 0; i < context.size(); ++i) {
    const std::string where = StrCat("context[", i, "]");
    AMOOZ_ASSIGN_OR_RETURN(*turns.Add(), ReadTurn(context[i], where));
    if (i > 0 && turns.rbegin()->role() == v1::ROLE_SYSTEM) {
      return absl::InvalidArgumentError(StrCat(where, ": a system turn may only be first"));
    }
  }
  return turns;
}

absl::StatusOr<Conversation> ReadMessages(const nlohmann::json& messages) {
  if (!messages.is_array()) return absl::InvalidArgumentError("messages must be an array");
  Turns turns;
  v1::Role expected = v1::ROLE_USER;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string where = StrCat("messages[", i, "]");
    AMOOZ_ASSIGN_OR_RETURN(v1::Turn turn, ReadTurn(messages[i], where));
    const bool is_leading_system = i == 0 && turn.role() == v1::ROLE_SYSTEM;
    if (!is_leading_system) {
      if (turn.role() != expected) {
        return absl::InvalidArgumentError(
            StrCat(where, " must be from the ", expected == v1::ROLE_USER ? "user" : "assistant",
                   ": the order is system (if any), then user and assistant in turn"));
      }
      expected = expected == v1::ROLE_USER ? v1::ROLE_ASSISTANT : v1::ROLE_USER;
    }
    *turns.Add() = std::move(turn);
  }
  if (turns.empty() || turns.rbegin()->role() != v1::ROLE_ASSISTANT) {
    return absl::InvalidArgumentError("messages must end with the assistant's reply");
  }
  Conversation conversation;
  conversation.response = std::move(*turns.Mutable(turns.size() - 1)->mutable_text());
  conversation.instruction = std::move(*turns.Mutable(turns.size() - 2)->mutable_text());
  turns.DeleteSubrange(turns.size() - 2, 2);
  conversation.context = std::move(turns);
  return conversation;
}

}  // namespace amooz::client
