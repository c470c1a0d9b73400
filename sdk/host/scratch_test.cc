#include "sdk/host/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <filesystem>

#include "sdk/base/files.h"
#include "sdk/host/naming.h"

namespace amooz::host {
namespace {

// A temporary folder of its own, which TMPDIR names.
class Scratch : public testing::Test {
 protected:
  Scratch() : before_(TemporaryDir()), dir_(testing::TempDir() + "amooz-scratch-test-XXXXXX") {
    EXPECT_NE(::mkdtemp(dir_.data()), nullptr);
    ::setenv("TMPDIR", dir_.c_str(), 1);
  }
  ~Scratch() override {
    ::setenv("TMPDIR", before_.c_str(), 1);
    std::filesystem::remove_all(dir_);
  }
  // What an owner that was killed left an hour ago.
  std::string LeaveBehind(const std::string& name) const {
    const std::string path = JoinPath(dir_, name);
    std::filesystem::create_directories(path + "/amooz-call-abcdef");
    SetAge(path);
    return path;
  }
  static void SetAge(const std::string& path) {
    const timespec times[2] = {{::time(nullptr) - 3600, 0}, {::time(nullptr) - 3600, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  const std::string before_;
  std::string dir_;
};

TEST_F(Scratch, AFolderGoesWithItsOwner) {
  auto folder = ScratchFolder::Make();
  ASSERT_TRUE(folder.ok()) << folder.status().ToString();
  const std::string path = (*folder)->path();
  EXPECT_TRUE(path.starts_with(dir_));
  EXPECT_TRUE(WriteFileAtomically(Env::Default(), path + "/file", "x").ok());
  folder->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Scratch, WhatAKilledOwnerLeftIsSwept) {
  const std::string left = LeaveBehind("amooz-scratch-killed");
  const std::string another = LeaveBehind("precious");
  SweepScratchFolders(dir_);
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(another)) << "not a scratch folder";
}

TEST_F(Scratch, AFolderInUseOrJustMadeStays) {
  const auto used = ScratchFolder::Make();
  ASSERT_TRUE(used.ok());
  SetAge((*used)->path());
  const std::string young = JoinPath(dir_, "amooz-scratch-young");
  std::filesystem::create_directory(young);
  SweepScratchFolders(dir_);
  EXPECT_TRUE(std::filesystem::exists((*used)->path()));
  EXPECT_TRUE(std::filesystem::exists(young));
}

}  // namespace
}  // namespace amooz::host
