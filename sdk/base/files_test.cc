#include "sdk/base/files.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

namespace amooz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Files : public testing::Test {
 protected:
  Files() : dir_(testing::TempDir() + "amooz-files-test-XXXXXX") {
    EXPECT_NE(::mkdtemp(dir_.data()), nullptr);
  }
  ~Files() override { std::filesystem::remove_all(dir_); }
  std::string Path(const std::string& name) const { return JoinPath(dir_, name); }
  Env* const env_ = Env::Default();
  std::string dir_;
};

TEST_F(Files, WhatIsWrittenIsRead) {
  auto file = env_->OpenWritable(Path("a"), true);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->Append("one ").ok());
  EXPECT_TRUE((*file)->Append("two").ok());
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_TRUE((*file)->Close().ok());
  EXPECT_EQ(*env_->ReadFile(Path("a")), "one two");
  EXPECT_EQ(*env_->FileSize(Path("a")), 7u);
}

TEST_F(Files, OpeningAppendsUnlessItTruncates) {
  for (const bool truncate : {true, false, false}) {
    ASSERT_TRUE((*env_->OpenWritable(Path("a"), truncate))->Append("x").ok());
  }
  EXPECT_EQ(*env_->ReadFile(Path("a")), "xxx");
  ASSERT_TRUE((*env_->OpenWritable(Path("a"), true))->Append("y").ok());
  EXPECT_EQ(*env_->ReadFile(Path("a")), "y");
}

TEST_F(Files, ErrorsNameTheOperationAndThePath) {
  const Status status = env_->ReadFile(Path("nothing")).status();
  EXPECT_EQ(status.code(), Code::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr(Path("nothing")));
  EXPECT_EQ(env_->RemoveFile(Path("nothing")).code(), Code::kNotFound);
  EXPECT_EQ(env_->ListDir(Path("nothing")).status().code(), Code::kNotFound);
  EXPECT_EQ(env_->FileSize(Path("nothing")).status().code(), Code::kNotFound);
  EXPECT_TRUE(env_->RemoveAll(Path("nothing")).ok());
  const Status folder = env_->ReadFile(dir_).status();
  EXPECT_EQ(folder.code(), Code::kInvalidArgument);
  EXPECT_EQ(folder.message(), dir_ + " is a folder; give a file");
}

TEST_F(Files, AnAtomicWriteReplacesAndLeavesNothingElse) {
  ASSERT_TRUE(WriteFileAtomically(env_, Path("a"), "old").ok());
  ASSERT_TRUE(WriteFileAtomically(env_, Path("a"), "new").ok());
  EXPECT_EQ(*env_->ReadFile(Path("a")), "new");
  EXPECT_THAT(*env_->ListDir(dir_), ElementsAre("a"));
}

TEST_F(Files, AnAtomicWriteThatFailsLeavesTheOldBytes) {
  ASSERT_TRUE(env_->MakeDirs(Path("a/kept")).ok());
  EXPECT_FALSE(WriteFileAtomically(env_, Path("a"), "new").ok()) << "a folder is in the way";
  EXPECT_THAT(*env_->ListDir(dir_), ElementsAre("a"));
  EXPECT_TRUE(env_->Exists(Path("a/kept")));
}

TEST_F(Files, FoldersAreMadeListedInOrderAndRemoved) {
  ASSERT_TRUE(env_->MakeDirs(Path("b/c")).ok());
  ASSERT_TRUE(env_->MakeDirs(Path("a")).ok());
  EXPECT_TRUE(env_->SyncDir(dir_).ok());
  EXPECT_THAT(*env_->ListDir(dir_), ElementsAre("a", "b"));
  ASSERT_TRUE(env_->Rename(Path("a"), Path("z")).ok());
  ASSERT_TRUE(env_->RemoveAll(Path("b")).ok());
  EXPECT_THAT(*env_->ListDir(dir_), ElementsAre("z"));
}

TEST_F(Files, AFolderForChatsIsTheOwnersAloneUnlessItWasThere) {
  namespace fs = std::filesystem;
  const std::string chats = JoinPath(dir_, "new/chats");
  ASSERT_TRUE(MakePrivateDir(env_, chats).ok());
  EXPECT_EQ(fs::status(chats).permissions(), fs::perms::owner_all);
  fs::permissions(chats, fs::perms::owner_all | fs::perms::group_read);
  ASSERT_TRUE(MakePrivateDir(env_, chats).ok());
  EXPECT_EQ(fs::status(chats).permissions(), fs::perms::owner_all | fs::perms::group_read);
}

TEST_F(Files, ALockIsHeldOnce) {
  auto lock = FileLock::Acquire(Path("lock"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(FileLock::Acquire(Path("lock")).status().code(), Code::kFailedPrecondition);
  lock->reset();
  EXPECT_TRUE(FileLock::Acquire(Path("lock")).ok());
}

TEST_F(Files, DiskSpaceIsKnown) {
  const auto space = env_->GetDiskSpace(dir_);
  ASSERT_TRUE(space.ok());
  EXPECT_GT(space->total_bytes, 0u);
  EXPECT_LE(space->free_bytes, space->total_bytes);
}

TEST(JoinPath, HasOneSlash) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "/b"), "a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
}

TEST(ExecutableDir, HoldsThisTest) {
  EXPECT_TRUE(std::filesystem::exists(JoinPath(ExecutableDir(), "sdk_base_test")));
}

}  // namespace
}  // namespace amooz
