#include "client/cli/browser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

// A desktop whose xdg-open is a script of the test's.
class BrowserTest : public ::testing::Test {
 protected:
  BrowserTest() {
    std::string pattern = ::testing::TempDir() + "/browser-XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
    ::setenv("PATH", (dir_ + ":/usr/bin:/bin").c_str(), 1);
    ::setenv("DISPLAY", ":7", 1);
    ::unsetenv("WAYLAND_DISPLAY");
    ::unsetenv("BROWSER");
  }
  ~BrowserTest() override {
    std::filesystem::remove_all(dir_);
    ::setenv("PATH", path_.c_str(), 1);
    ::unsetenv("DISPLAY");
  }
  void WriteOpener(const std::string& script) {
    const std::string path = dir_ + "/xdg-open";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  }

  const std::string path_ = std::getenv("PATH");
  std::string dir_;
};

TEST_F(BrowserTest, XdgOpenGetsTheAbsolutePath) {
  WriteOpener("printf %s \"$1\" > " + dir_ + "/opened");
  EXPECT_TRUE(OpenInBrowser("page.html").ok());
  std::ifstream opened(dir_ + "/opened");
  std::string path;
  std::getline(opened, path);
  EXPECT_EQ(path, std::filesystem::absolute("page.html").string());
}

TEST_F(BrowserTest, AnOpenerThatFailsNamesThePage) {
  WriteOpener("exit 3");
  const absl::Status status = OpenInBrowser("/x/page.html");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("the page is in /x/page.html"));
}

TEST_F(BrowserTest, WithoutADesktopNothingIsStarted) {
  WriteOpener("touch " + dir_ + "/started");
  ::unsetenv("DISPLAY");
  const absl::Status status = OpenInBrowser("/x/page.html");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no desktop"));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/started"));
}

TEST_F(BrowserTest, WithoutXdgOpenItsPackageIsNamed) {
  ::setenv("PATH", dir_.c_str(), 1);
  EXPECT_THAT(std::string(OpenInBrowser("/x/page.html").message()), HasSubstr("xdg-utils"));
}

TEST_F(BrowserTest, APageToLookAtIsInAFolderOfOnesOwn) {
  const auto path = PathForBrowser("cycle-3.html");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_THAT(*path, ::testing::EndsWith("/cycle-3.html"));
  const auto folder = std::filesystem::path(*path).parent_path();
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace amooz::client
