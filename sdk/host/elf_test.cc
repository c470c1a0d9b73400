#include "sdk/host/elf.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "sdk/base/files.h"

namespace amooz::host {
namespace {

std::string EchoPlugin() {
  return *Env::Default()->ReadFile(JoinPath(ExecutableDir(), "../plugins/echo.so"));
}

TEST(ElfNeeded, ReadsTheListOfARealLibrary) {
  const auto needed = ElfNeeded(EchoPlugin());
  ASSERT_TRUE(needed.ok()) << needed.status().ToString();
  EXPECT_THAT(*needed, testing::Contains("libc.so.6"));
}

TEST(ElfNeeded, RefusesWhatIsNoLibrary) {
  EXPECT_EQ(ElfNeeded("").status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(ElfNeeded(std::string(4096, 'x')).status().code(), Code::kFailedPrecondition);
}

RC_GTEST_PROP(ElfNeeded, SurvivesDamage, (std::uint8_t byte)) {
  static const std::string whole = EchoPlugin();
  std::string image = whole.substr(0, *rc::gen::inRange<std::size_t>(0, whole.size()));
  if (!image.empty()) {
    image[*rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(image.size(), 1024))] =
        static_cast<char>(byte);
  }
  static_cast<void>(ElfNeeded(image));
}

}  // namespace
}  // namespace amooz::host
