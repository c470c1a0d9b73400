#include "client/chat_service/chat_request.h"

#include <cmath>
#include <string_view>

#include "client/lib/import_records.h"

namespace amooz::chat {
namespace {

Status Invalid(const std::string& field, const std::string& what) {
  return Status(Code::kInvalidArgument, field + " " + what);
}

Status CheckNoNul(const std::string& field, std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return Status::Ok();
  return Invalid(field, "holds U+0000; remove it");
}

Status CheckText(const std::string& field, std::string_view text) {
  if (client::IsBlank(text)) return Invalid(field, "is empty; write something in it");
  return CheckNoNul(field, text);
}

Status CheckLabel(const std::string& field, std::string_view text) {
  if (text.size() > kMaxLabelBytes) {
    return Invalid(field, "has " + std::to_string(text.size()) + " bytes; at most " +
                              std::to_string(kMaxLabelBytes) + " are taken");
  }
  return CheckNoNul(field, text);
}

// A system turn first or nowhere, the others a user's or an assistant's.
Status CheckContext(const v1::ChatRequest& request) {
  for (int i = 0; i < request.context_size(); ++i) {
    const v1::Turn& turn = request.context(i);
    const std::string field = "context[" + std::to_string(i) + "]";
    switch (turn.role()) {
      case v1::ROLE_USER:
      case v1::ROLE_ASSISTANT:
        break;
      case v1::ROLE_SYSTEM:
        if (i == 0) break;
        return Invalid(field + ".role",
                       "is ROLE_SYSTEM; a system turn is the first or there is none");
      default:
        return Invalid(field + ".role",
                       "is not known; use ROLE_USER, ROLE_ASSISTANT, or ROLE_SYSTEM for the first");
    }
    AMOOZ_RETURN_IF_ERROR(CheckText(field + ".text", turn.text()));
  }
  return Status::Ok();
}

Status CheckSize(const v1::ChatRequest& request) {
  std::size_t bytes =
      request.instruction().size() + request.subject().size() + request.source().size();
  for (const v1::Turn& turn : request.context()) bytes += turn.text().size();
  if (bytes <= kMaxRequestBytes) return Status::Ok();
  return Invalid("instruction and context",
                 "have " + std::to_string(bytes) + " bytes together; at most " +
                     std::to_string(kMaxRequestBytes) + " are taken: leave out the oldest turns");
}

Status CheckRange(const char* name, bool is_in_range, const char* range) {
  if (is_in_range) return Status::Ok();
  return Invalid(std::string("options.") + name,
                 std::string("must be ") + range + ", or unset for the model's own");
}

// Written so that NaN is out of every range.
Status CheckOptions(const v1::GenerationOptions& o) {
  const auto up_to_max = [](std::uint32_t n) { return n <= kMaxTokens; };
  AMOOZ_RETURN_IF_ERROR(CheckRange(
      "max_tokens", !o.has_max_tokens() || (o.max_tokens() >= 1 && up_to_max(o.max_tokens())),
      "1 to 4096"));
  AMOOZ_RETURN_IF_ERROR(
      CheckRange("min_tokens", !o.has_min_tokens() || up_to_max(o.min_tokens()), "0 to 4096"));
  if (o.has_min_tokens() && o.has_max_tokens() && o.min_tokens() > o.max_tokens()) {
    return Invalid("options.min_tokens", "is above options.max_tokens; lower it");
  }
  AMOOZ_RETURN_IF_ERROR(CheckRange(
      "temperature", !o.has_temperature() || (o.temperature() >= 0 && o.temperature() <= 10),
      "0 to 10"));
  AMOOZ_RETURN_IF_ERROR(CheckRange("top_p", !o.has_top_p() || (o.top_p() > 0 && o.top_p() <= 1),
                                   "above 0 and at most 1"));
  AMOOZ_RETURN_IF_ERROR(
      CheckRange("top_k", !o.has_top_k() || o.top_k() <= 1'000'000, "0 to 1000000 (0 is off)"));
  AMOOZ_RETURN_IF_ERROR(
      CheckRange("repetition_penalty",
                 !o.has_repetition_penalty() ||
                     (o.repetition_penalty() > 0 && std::isfinite(o.repetition_penalty())),
                 "above 0 (1 is off)"));
  AMOOZ_RETURN_IF_ERROR(CheckRange(
      "no_repeat_ngram_size", !o.has_no_repeat_ngram_size() || up_to_max(o.no_repeat_ngram_size()),
      "0 to 4096 (0 is off)"));
  if (o.stop_size() > kMaxStops) {
    return Invalid("options.stop", "has " + std::to_string(o.stop_size()) + " strings; at most 16");
  }
  for (int i = 0; i < o.stop_size(); ++i) {
    const std::string field = "options.stop[" + std::to_string(i) + "]";
    if (o.stop(i).empty()) return Invalid(field, "is empty; it would end every reply");
    if (o.stop(i).size() > kMaxLabelBytes) return Invalid(field, "is longer than 256 bytes");
  }
  return Status::Ok();
}

}  // namespace

Status ValidateChatRequest(const v1::ChatRequest& request) {
  AMOOZ_RETURN_IF_ERROR(CheckSize(request));
  AMOOZ_RETURN_IF_ERROR(CheckText("instruction", request.instruction()));
  AMOOZ_RETURN_IF_ERROR(CheckContext(request));
  AMOOZ_RETURN_IF_ERROR(CheckLabel("subject", request.subject()));
  AMOOZ_RETURN_IF_ERROR(CheckLabel("source", request.source()));
  return CheckOptions(request.options());
}

host::GenerateRequest ToGenerateRequest(const v1::ChatRequest& request, std::uint32_t fresh_seed) {
  const v1::GenerationOptions& from = request.options();
  host::GenerateRequest to;
  to.instruction = request.instruction();
  for (const v1::Turn& turn : request.context()) {
    // The numbers of v1.Role are the ABI's.
    to.context.push_back({.role = static_cast<std::int32_t>(turn.role()), .text = turn.text()});
  }
  const auto number = [](std::uint32_t n) { return static_cast<std::int32_t>(n); };
  if (from.has_max_tokens()) to.max_tokens = number(from.max_tokens());
  if (from.has_min_tokens()) to.min_tokens = number(from.min_tokens());
  if (from.has_temperature()) to.temperature = from.temperature();
  if (from.has_top_p()) to.top_p = from.top_p();
  if (from.has_top_k()) to.top_k = number(from.top_k());
  if (from.has_repetition_penalty()) to.repetition_penalty = from.repetition_penalty();
  if (from.has_no_repeat_ngram_size()) {
    to.no_repeat_ngram_size = number(from.no_repeat_ngram_size());
  }
  to.seed = from.has_seed() ? from.seed() : fresh_seed;
  to.stop.assign(from.stop().begin(), from.stop().end());
  return to;
}

v1::Chat ToLoggedChat(const v1::ChatRequest& request, const std::string& reply,
                      const std::string& model_digest, std::int64_t micros) {
  v1::Chat chat;
  chat.set_instruction(request.instruction());
  chat.set_response(reply);
  *chat.mutable_context() = request.context();
  chat.mutable_time()->set_seconds(micros / 1'000'000);
  chat.mutable_time()->set_nanos(static_cast<std::int32_t>(micros % 1'000'000 * 1000));
  chat.set_subject(request.subject());
  chat.set_source(request.source());
  chat.set_response_author(v1::RESPONSE_AUTHOR_MODEL);
  chat.set_model_digest(model_digest);
  return chat;
}

}  // namespace amooz::chat
