#include "sdk/base/clock.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

TEST(Clock, TheSystemClockIsAfterThisWasWritten) {
  constexpr std::int64_t kYear2020 = 1'577'836'800'000'000;
  EXPECT_GT(Clock::System()->NowMicros(), kYear2020);
}

TEST(MonotonicNanos, NeverGoesBack) {
  const std::int64_t before = MonotonicNanos();
  EXPECT_LE(before, MonotonicNanos());
}

}  // namespace
}  // namespace amooz
