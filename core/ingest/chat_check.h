// What a chat must be to come in: valid UTF-8 without U+0000, not empty, of bounded size. Checked
// here once, for every way in.
#ifndef AMOOZ_CORE_INGEST_CHAT_CHECK_H_
#define AMOOZ_CORE_INGEST_CHAT_CHECK_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "core/base/domain.h"

namespace amooz {

// Of subject, source and id.
inline constexpr std::size_t kMaxLabelBytes = 256;

// INVALID_ARGUMENT; the message names the field and the remedy and never holds the chat's text.
// `max_chat_bytes` bounds all texts of the chat together (chat_log.max_chat_bytes).
absl::Status CheckChat(std::uint64_t seq, const ChatContent& content, std::uint64_t max_chat_bytes);

// [A-Za-z0-9._:-]{1,128}
absl::Status CheckProducerName(std::string_view name);

}  // namespace amooz

#endif  // AMOOZ_CORE_INGEST_CHAT_CHECK_H_
