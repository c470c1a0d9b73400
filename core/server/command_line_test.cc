#include "core/server/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace amooz::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CommandLine Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "amoozd");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLineTest, OptionsBecomeTheSourcesOfTheConfig) {
  const CommandLine line =
      Parse({"--config", "amooz.yaml", "--data-dir", "data", "--listen", "127.0.0.1:0", "--set",
             "cycle.seed=2", "--set", "gate.mode=report_only", "--insecure-listen"});
  EXPECT_EQ(line.exit_code, std::nullopt);
  EXPECT_EQ(line.sources.file, "amooz.yaml");
  EXPECT_EQ(line.sources.data_dir, "data");
  EXPECT_EQ(line.sources.listen, "127.0.0.1:0");
  EXPECT_THAT(line.sources.overrides,
              ElementsAre("cycle.seed=2", "gate.mode=report_only", "insecure_listen=true"));
}

TEST(CommandLineTest, HelpHasExamplesAndEndsWith0) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("Examples:"));
  testing::internal::CaptureStdout();
  EXPECT_EQ(Parse({"--version"}).exit_code, 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("amoozd "));
}

TEST(CommandLineTest, AConfigurationCanBeCheckedWithoutServing) {
  EXPECT_FALSE(Parse({"--data-dir", "data"}).is_check);
  EXPECT_TRUE(Parse({"--data-dir", "data", "--check-config"}).is_check);
}

TEST(CommandLineTest, AnUnknownOptionEndsWith2) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"--dta-dir", "x"}).exit_code, 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("--dta-dir"));
}

}  // namespace
}  // namespace amooz::server
