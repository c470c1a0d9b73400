// Figures, times and enums as people read them.
#ifndef AMOOZ_CLIENT_CLI_WORDS_H_
#define AMOOZ_CLIENT_CLI_WORDS_H_

#include <google/protobuf/generated_enum_reflection.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace amooz::client {

// "held_out" of SPLIT_HELD_OUT: the value's name without the enum's, in lower case. "unspecified"
// for 0, the number for one that this client does not know.
std::string EnumWord(const google::protobuf::EnumDescriptor& type, int number);
template <typename Enum>
std::string EnumWord(Enum value) {
  return EnumWord(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

std::string Count(std::int64_t n);                           // "22,677"
std::string Counted(std::int64_t n, std::string_view noun);  // "1 chat", "22,677 chats"
std::string Fixed(double value, int digits);                 // "1.847"
std::string Signed(std::int64_t n);                          // "+69", "−3", "0"
std::string SignedPercent(double percent);                   // "+21.6 %"
std::string Bytes(std::uint64_t n);                          // "28.4 MiB"
std::string ShortDigest(std::string_view digest);            // 12 digits; "-" if empty
// "file:1a2b3c4d5e6f", which commands take for the whole; other names as they are.
std::string ShortProducer(std::string_view producer);
std::string Span(absl::Duration duration);                       // "3 h 12 min", "45 s"
std::string Ago(absl::Time time, absl::Time now);                // "12 min ago", "in 5 min"
std::string LocalTime(const google::protobuf::Timestamp& time);  // "2026-01-14 05:17:38"
// To the minute, for tables: "2026-01-14 05:17", "-" if it is not set.
std::string ShortTimeOr(bool is_set, const google::protobuf::Timestamp& time);
std::string LocalTimeOr(bool is_set, const google::protobuf::Timestamp& time);  // "-" if not

// "90s", "1h30m", "2d". INVALID_ARGUMENT names the form.
absl::StatusOr<absl::Duration> ReadSpan(std::string_view text);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_WORDS_H_
