#include "client/lib/import_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "client/lib/conversation.h"
#include "client/lib/grpc_status.h"
#include "client/lib/import_records.h"
#include "client/lib/str_cat.h"
#include "client/lib/time.h"
#include "sdk/base/json.h"
#include "sdk/base/sha256.h"
#include "sdk/base/time_text.h"

namespace amooz::client {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxNameBytes = 256;  // of id, subject and source
constexpr std::size_t kListedBadRecords = 20;

absl::Status Bad(std::string_view field, std::string_view what) {
  return absl::InvalidArgumentError(StrCat(field, " ", what));
}

absl::StatusOr<std::string> RequiredText(const json& record, const char* field) {
  const auto found = record.find(field);
  if (found == record.end()) return Bad(field, "is missing");
  if (!found->is_string()) {
    return Bad(field, StrCat("must be text, not ", JsonTypeName(*found)));
  }
  std::string text = found->get<std::string>();
  AMOOZ_RETURN_IF_ERROR(CheckText(field, text));
  return text;
}

// "" if it is not there or null. A number is taken as its digits: ids often are.
absl::StatusOr<std::string> OptionalName(const json& record, const char* field) {
  const auto found = record.find(field);
  if (found == record.end() || found->is_null()) return "";
  if (found->is_number_integer()) return found->dump();
  if (!found->is_string()) {
    return Bad(field, StrCat("must be text, not ", JsonTypeName(*found)));
  }
  std::string text = found->get<std::string>();
  if (text.size() > kMaxNameBytes) {
    return Bad(field, StrCat("has ", text.size(), " bytes; at most ", kMaxNameBytes));
  }
  if (text.find('\0') != std::string::npos) return Bad(field, "holds U+0000");
  return text;
}

absl::StatusOr<std::optional<std::int64_t>> OptionalTime(const json& record) {
  const auto found = record.find("timestamp");
  if (found == record.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) {
    return Bad("timestamp", StrCat("must be text, not ", JsonTypeName(*found)));
  }
  const Result<std::int64_t> time_us = ParseTime(found->get_ref<const std::string&>());
  if (!time_us.ok()) return Bad("timestamp", "is unreadable; write it as 2026-01-14T05:17:38Z");
  return std::optional<std::int64_t>(*time_us);
}

absl::StatusOr<v1::ResponseAuthor> OptionalAuthor(const json& record) {
  AMOOZ_ASSIGN_OR_RETURN(const std::string name, OptionalName(record, "response_author"));
  if (name.empty() || name == "unknown") return v1::RESPONSE_AUTHOR_UNSPECIFIED;
  if (name == "human") return v1::RESPONSE_AUTHOR_HUMAN;
  if (name == "model") return v1::RESPONSE_AUTHOR_MODEL;
  return Bad("response_author", "must be human, model or unknown");
}

// The texts of a record, in either of its forms.
absl::StatusOr<Conversation> ReadTexts(const json& record) {
  if (record.contains("messages")) {
    if (record.contains("instruction") || record.contains("response")) {
      return Bad("messages", "may not stand beside instruction and response");
    }
    if (record.contains("context")) return Bad("messages", "may not stand beside context");
    return ReadMessages(record["messages"]);
  }
  Conversation exchange;
  AMOOZ_ASSIGN_OR_RETURN(exchange.instruction, RequiredText(record, "instruction"));
  AMOOZ_ASSIGN_OR_RETURN(exchange.response, RequiredText(record, "response"));
  const auto context = record.find("context");
  if (context != record.end() && !context->is_null()) {
    AMOOZ_ASSIGN_OR_RETURN(exchange.context, ReadContext(*context));
  }
  return exchange;
}

absl::Status CheckSize(const Conversation& exchange, std::uint64_t max_bytes) {
  std::uint64_t bytes = exchange.instruction.size() + exchange.response.size();
  for (const v1::Turn& turn : exchange.context) bytes += turn.text().size();
  if (max_bytes == 0 || bytes <= max_bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("instruction, response and context have ", bytes,
                                           " bytes together; at most ", max_bytes,
                                           " are taken (the server's chat_log.max_chat_bytes)"));
}

absl::StatusOr<Conversation> ReadExchange(const json& record, std::uint64_t max_bytes) {
  AMOOZ_ASSIGN_OR_RETURN(Conversation exchange, ReadTexts(record));
  AMOOZ_RETURN_IF_ERROR(CheckSize(exchange, max_bytes));
  return exchange;
}

// Moves an exchange into any message that has these three fields.
template <typename M>
void SetExchange(Conversation exchange, M* message) {
  message->set_instruction(std::move(exchange.instruction));
  message->set_response(std::move(exchange.response));
  *message->mutable_context() = std::move(exchange.context);
}

absl::StatusOr<v1::Chat> ReadChat(const json& record, std::uint64_t max_bytes,
                                  std::optional<std::int64_t>* own_time_us) {
  v1::Chat chat;
  AMOOZ_ASSIGN_OR_RETURN(Conversation exchange, ReadExchange(record, max_bytes));
  SetExchange(std::move(exchange), &chat);
  AMOOZ_ASSIGN_OR_RETURN(*chat.mutable_id(), OptionalName(record, "id"));
  AMOOZ_ASSIGN_OR_RETURN(*chat.mutable_source(), OptionalName(record, "source"));
  AMOOZ_ASSIGN_OR_RETURN(*chat.mutable_subject(), OptionalName(record, "subject"));
  AMOOZ_ASSIGN_OR_RETURN(const v1::ResponseAuthor author, OptionalAuthor(record));
  chat.set_response_author(author);
  AMOOZ_ASSIGN_OR_RETURN(*own_time_us, OptionalTime(record));
  return chat;
}

absl::StatusOr<v1::ImportedExample> ReadExample(const json& record, std::uint64_t max_bytes) {
  v1::ImportedExample example;
  AMOOZ_ASSIGN_OR_RETURN(Conversation exchange, ReadExchange(record, max_bytes));
  SetExchange(std::move(exchange), &example);
  AMOOZ_ASSIGN_OR_RETURN(*example.mutable_source(), OptionalName(record, "source"));
  return example;
}

// Parses every record and hands the good ones to `take(number, object) -> absl::Status`; what it
// fails with is the record's reason too.
template <typename Take>
absl::StatusOr<FileFacts> ReadRecords(std::string_view bytes, const Take& take) {
  FileFacts facts;
  facts.digest = ToHex(Sha256Of(bytes));
  AMOOZ_ASSIGN_OR_RETURN(const ImportRecords split, SplitRecords(bytes));
  facts.is_array = split.is_array;
  for (const ImportRecord& record : split.records) {
    const absl::StatusOr<json> object = ParseRecord(record.json);
    const absl::Status status = object.ok() ? take(record.number, *object) : object.status();
    if (!status.ok()) facts.bad.push_back({record.number, std::string(status.message())});
  }
  return facts;
}

// "21, 23-27, 30".
std::string NumbersFrom(const FileFacts& facts, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < facts.bad.size();) {
    std::size_t last = i;
    while (last + 1 < facts.bad.size() &&
           facts.bad[last + 1].number == facts.bad[last].number + 1) {
      ++last;
    }
    StrAppend(&text, i == first ? "" : ", ", facts.bad[i].number);
    if (last > i) StrAppend(&text, "-", facts.bad[last].number);
    i = last + 1;
  }
  return text;
}

}  // namespace

absl::StatusOr<ChatFile> ReadChats(std::string_view bytes, std::int64_t start_us,
                                   std::uint64_t max_bytes) {
  ChatFile file;
  std::optional<std::int64_t> last_time_us;
  const auto take = [&](std::uint64_t number, const json& object) -> absl::Status {
    std::optional<std::int64_t> own_time_us;
    AMOOZ_ASSIGN_OR_RETURN(v1::Chat chat, ReadChat(object, max_bytes, &own_time_us));
    if (own_time_us) last_time_us = own_time_us;
    ChatFile::Entry& entry = file.chats.emplace_back();
    entry.has_import_time = !last_time_us.has_value();
    SetTime(last_time_us.value_or(start_us), chat.mutable_time());
    entry.chat.set_seq(number);
    *entry.chat.mutable_chat() = std::move(chat);
    return absl::OkStatus();
  };
  AMOOZ_ASSIGN_OR_RETURN(file.facts, ReadRecords(bytes, take));
  file.producer = StrCat("file:", file.facts.digest);
  return file;
}

absl::StatusOr<ExampleFile> ReadExamples(std::string_view bytes, std::uint64_t max_bytes) {
  ExampleFile file;
  const auto take = [&](std::uint64_t number, const json& object) -> absl::Status {
    AMOOZ_ASSIGN_OR_RETURN(v1::ImportedExample example, ReadExample(object, max_bytes));
    example.set_line(static_cast<std::uint32_t>(number));
    file.examples.push_back(std::move(example));
    return absl::OkStatus();
  };
  AMOOZ_ASSIGN_OR_RETURN(file.facts, ReadRecords(bytes, take));
  return file;
}

std::string DescribeBadRecords(const FileFacts& facts) {
  const std::size_t listed = std::min(facts.bad.size(), kListedBadRecords);
  const std::string_view unit = facts.is_array ? "element" : "line";
  std::string text;
  for (std::size_t i = 0; i < listed; ++i) {
    StrAppend(&text, i == 0 ? "" : "\n", unit, " ", facts.bad[i].number, ": ", facts.bad[i].reason);
  }
  if (facts.bad.size() > listed) StrAppend(&text, "\nand ", unit, "s ", NumbersFrom(facts, listed));
  return text;
}

}  // namespace amooz::client
