#include "sdk/base/disk_fault.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "sdk/base/files.h"

namespace amooz {
namespace {

#ifdef AMOOZ_FAILPOINTS

// In a process of its own: the environment is read once.
TEST(DiskFaultDeathTest, WritesFailWhileTheFileSaysSo) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::string dir = testing::TempDir() + "amooz-disk-fault-test";
  const std::string fault = dir + "/fault";
  const auto code_of_write = [&](const char* word) {
    std::ofstream(fault) << word;
    return WriteFileAtomically(Env::Default(), dir + "/file", "x").code();
  };
  EXPECT_EXIT(
      {
        ::setenv("AMOOZ_DISK_FAULT_FILE", fault.c_str(), 1);
        const bool is_right = Env::Default()->MakeDirs(dir).ok() &&
                              code_of_write("full") == Code::kResourceExhausted &&
                              code_of_write("read_only") == Code::kPermissionDenied &&
                              code_of_write("sound") == Code::kOk;
        ::_exit(is_right ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_TRUE(Env::Default()->RemoveAll(dir).ok());
}

#else

TEST(DiskFault, IsNothingWhereItIsNotCompiledIn) {
  static_assert(PretendedDiskFault() == DiskFault::kNone);
}

#endif

}  // namespace
}  // namespace amooz
