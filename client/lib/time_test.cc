#include "client/lib/time.h"

#include <gtest/gtest.h>

namespace amooz::client {
namespace {

TEST(Time, KeepsMicrosecondsOnBothSidesOf1970) {
  for (const std::int64_t time_us : {0L, 1L, 1704067367123456L, -1L, -1500000L}) {
    google::protobuf::Timestamp timestamp;
    SetTime(time_us, &timestamp);
    EXPECT_GE(timestamp.nanos(), 0);
    EXPECT_EQ(absl::ToUnixMicros(ToTime(timestamp)), time_us);
  }
}

TEST(Time, DurationsGoThere) {
  google::protobuf::Duration duration;
  SetDuration(absl::Minutes(90) + absl::Milliseconds(500), &duration);
  EXPECT_EQ(duration.seconds(), 5400);
  EXPECT_EQ(duration.nanos(), 500000000);
  EXPECT_EQ(ToDuration(duration), absl::Seconds(5400.5));
}

}  // namespace
}  // namespace amooz::client
