#include "sdk/base/clock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace amooz {
namespace {

TEST(Clock, TheSystemClockIsAfterThisWasWritten) {
  constexpr std::int64_t kYear2020 = 1'577'836'800'000'000;
  EXPECT_GT(Clock::System()->NowMicros(), kYear2020);
}

#ifdef AMOOZ_FAILPOINTS

// In a process of its own: the environment is read once.
TEST(ClockDeathTest, ATestStepsItForwardAndBackByAFile) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::string path = testing::TempDir() + "amooz-clock-test";
  const auto shift_by = [&path](const char* seconds) {
    std::ofstream(path) << seconds;
    return Clock::System()->NowMicros();
  };
  constexpr std::int64_t kDay = 86'400'000'000;
  EXPECT_EXIT(
      {
        ::setenv("AMOOZ_CLOCK_OFFSET_FILE", path.c_str(), 1);
        ::unlink(path.c_str());
        const std::int64_t now = Clock::System()->NowMicros();
        const std::int64_t tomorrow = shift_by("86400");
        const std::int64_t yesterday = shift_by("-86400.0\n");
        const bool is_right = tomorrow >= now + kDay && tomorrow < now + 2 * kDay &&
                              yesterday >= now - kDay && yesterday < now;
        ::_exit(is_right ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  ::unlink(path.c_str());
}

#endif

TEST(MonotonicNanos, NeverGoesBack) {
  const std::int64_t before = MonotonicNanos();
  EXPECT_LE(before, MonotonicNanos());
}

}  // namespace
}  // namespace amooz
