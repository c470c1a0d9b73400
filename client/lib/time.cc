#include "client/lib/time.h"

namespace amooz::client {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

void SetTime(std::int64_t time_us, google::protobuf::Timestamp* timestamp) {
  // Timestamp counts nanoseconds forward from a second that is rounded down, before 1970 too.
  std::int64_t seconds = time_us / kMicrosPerSecond;
  std::int64_t micros = time_us % kMicrosPerSecond;
  if (micros < 0) {
    micros += kMicrosPerSecond;
    --seconds;
  }
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(static_cast<std::int32_t>(micros * 1000));
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

void SetDuration(absl::Duration value, google::protobuf::Duration* duration) {
  absl::Duration rest;
  duration->set_seconds(absl::IDivDuration(value, absl::Seconds(1), &rest));
  duration->set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(rest)));
}

}  // namespace amooz::client
