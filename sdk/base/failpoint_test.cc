#include "sdk/base/failpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace amooz {
namespace {

#ifdef AMOOZ_FAILPOINTS

// Each runs in a process of its own: the environment is read once.
TEST(FailpointDeathTest, KillsAtTheNthPass) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::setenv("AMOOZ_FAILPOINT", "here:2", 1);
        AMOOZ_FAILPOINT("elsewhere");
        AMOOZ_FAILPOINT("here");
        ::fprintf(stderr, "once");
        AMOOZ_FAILPOINT("here");
        ::_exit(0);
      },
      testing::KilledBySignal(SIGKILL), "once");
}

TEST(FailpointDeathTest, LogsEachPass) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::string log = testing::TempDir() + "amooz-failpoint-test.log";
  ::unlink(log.c_str());
  EXPECT_EXIT(
      {
        ::setenv("AMOOZ_FAILPOINT_LOG", log.c_str(), 1);
        AMOOZ_FAILPOINT("a");
        AMOOZ_FAILPOINT("b");
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "");
  std::ifstream in(log);
  std::string first;
  std::string second;
  in >> first >> second;
  EXPECT_EQ(first + second, "ab");
  ::unlink(log.c_str());
}

TEST(FailpointDeathTest, HoldsUntilTheFileIsGone) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::string file = testing::TempDir() + "amooz-failpoint-test.hold";
  ::unlink(file.c_str());
  EXPECT_EXIT(
      {
        ::setenv("AMOOZ_FAILPOINT_HOLD", "here", 1);
        ::setenv("AMOOZ_FAILPOINT_HOLD_FILE", file.c_str(), 1);
        AMOOZ_FAILPOINT("elsewhere");
        std::thread held([] { AMOOZ_FAILPOINT("here"); });
        while (::access(file.c_str(), F_OK) != 0) std::this_thread::yield();
        ::unlink(file.c_str());
        held.join();
        AMOOZ_FAILPOINT("here");
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "");
}

#else

TEST(Failpoint, IsNothingWhereItIsNotCompiledIn) {
  ::setenv("AMOOZ_FAILPOINT", "here", 1);
  AMOOZ_FAILPOINT("here");
  ::unsetenv("AMOOZ_FAILPOINT");
}

#endif

}  // namespace
}  // namespace amooz
