#include "core/ingest/chat_check.h"

#include <limits>
#include <string>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "sdk/text/text.h"

namespace amooz {
namespace {

// Years 1 to 9999, what RFC 3339 can say.
constexpr std::int64_t kMinTimeUs = -62'135'596'800'000'000;
constexpr std::int64_t kMaxTimeUs = 253'402'300'799'999'999;
constexpr std::size_t kMaxProducerBytes = 128;
constexpr std::size_t kDigestDigits = 64;

absl::Status Bad(std::string_view field, std::string_view what) {
  return absl::InvalidArgumentError(StrCat(field, ": ", what));
}

absl::Status CheckText(std::string_view field, std::string_view text) {
  if (!text::IsValidUtf8(text)) return Bad(field, "is not valid UTF-8; convert it first");
  if (text.find('\0') != std::string_view::npos) return Bad(field, "holds U+0000; remove it");
  return absl::OkStatus();
}

absl::Status CheckNotBlank(std::string_view field, std::string_view text) {
  if (text::Strip(text).empty()) {
    return Bad(field, "is empty once white space is stripped; leave this chat out");
  }
  return absl::OkStatus();
}

absl::Status CheckLabel(std::string_view field, std::string_view text) {
  if (text.size() > kMaxLabelBytes) {
    return Bad(field, StrCat("has ", text.size(), " bytes; at most ", kMaxLabelBytes,
                             " are kept: shorten it"));
  }
  return CheckText(field, text);
}

absl::Status CheckContext(const std::vector<Turn>& context) {
  for (std::size_t i = 0; i < context.size(); ++i) {
    const Turn& turn = context[i];
    if (turn.role == Role::kSystem && i > 0) {
      return Bad(StrCat("context[", i, "].role"), "a system turn can only be the first");
    }
    const bool is_known =
        turn.role == Role::kUser || turn.role == Role::kAssistant || turn.role == Role::kSystem;
    if (!is_known) return Bad(StrCat("context[", i, "].role"), "use user, assistant or system");
    if (absl::Status status = CheckText("text", turn.text); !status.ok()) {
      return Bad(StrCat("context[", i, "]"), ToStd(status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSize(const ChatContent& content, std::uint64_t max_chat_bytes) {
  std::uint64_t bytes = content.instruction.size() + content.response.size();
  for (const Turn& turn : content.context) bytes += turn.text.size();
  if (bytes <= max_chat_bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("instruction, response and context have ", bytes,
                                           " bytes together; at most ", max_chat_bytes,
                                           " are taken: leave out the oldest turns, or raise "
                                           "chat_log.max_chat_bytes"));
}

absl::Status CheckModelDigest(std::string_view digest) {
  const bool is_hex = digest.size() == kDigestDigits &&
                      digest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (digest.empty() || is_hex) return absl::OkStatus();
  return Bad("model_digest",
             "is not 64 digits of lower-case hex; leave it empty if none of Amooz's "
             "models wrote the response");
}

}  // namespace

absl::Status CheckChat(std::uint64_t seq, const ChatContent& content,
                       std::uint64_t max_chat_bytes) {
  if (seq < 1 || seq > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Bad("seq", "must be from 1 to 9223372036854775807, rising with each chat");
  }
  RETURN_IF_ERROR(CheckSize(content, max_chat_bytes));
  RETURN_IF_ERROR(CheckText("instruction", content.instruction));
  RETURN_IF_ERROR(CheckNotBlank("instruction", content.instruction));
  RETURN_IF_ERROR(CheckText("response", content.response));
  RETURN_IF_ERROR(CheckNotBlank("response", content.response));
  RETURN_IF_ERROR(CheckContext(content.context));
  RETURN_IF_ERROR(CheckLabel("subject", content.subject));
  RETURN_IF_ERROR(CheckLabel("source", content.source));
  RETURN_IF_ERROR(CheckLabel("id", content.client_id));
  RETURN_IF_ERROR(CheckModelDigest(content.model_digest));
  if (content.time_us && (*content.time_us < kMinTimeUs || *content.time_us > kMaxTimeUs)) {
    return Bad("time", "is not in the years 1 to 9999");
  }
  return absl::OkStatus();
}

absl::Status CheckProducerName(std::string_view name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
  if (name.empty() || name.size() > kMaxProducerBytes ||
      name.find_first_not_of(kAllowed) != std::string_view::npos) {
    return Bad("producer", "use 1 to 128 of A-Z, a-z, 0-9, '.', '_', ':' and '-'");
  }
  return absl::OkStatus();
}

}  // namespace amooz
