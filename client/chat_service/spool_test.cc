#include "client/chat_service/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "client/chat_service/testing/faulty_env.h"
#include "client/chat_service/testing/temp_dir.h"

namespace amooz::chat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::unique_ptr<Spool> MustOpen(SpoolOptions options) {
  auto spool = Spool::Open(std::move(options));
  EXPECT_TRUE(spool.ok()) << spool.status().ToString();
  return std::move(*spool);
}

std::vector<std::string> AllBytes(Spool* spool) {
  auto chats = spool->Read(0, 1 << 20, std::uint64_t{1} << 40);
  EXPECT_TRUE(chats.ok()) << chats.status().ToString();
  std::vector<std::string> bytes;
  for (const SpooledChat& chat : *chats) bytes.push_back(chat.bytes);
  return bytes;
}

std::vector<fs::path> Segments(const std::string& dir) {
  std::vector<fs::path> segments;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() == ".seg") segments.push_back(entry.path());
  }
  std::sort(segments.begin(), segments.end());
  return segments;
}

TEST(SpoolTest, ReadsWhatWasAppendedInOrderFromOne) {
  TempDir dir;
  auto spool = MustOpen({.dir = dir.path()});
  EXPECT_EQ(*spool->Append("a"), 1u);
  EXPECT_EQ(*spool->Append(""), 2u);
  EXPECT_EQ(*spool->Append(std::string("c\0d", 3)), 3u);
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("a", "", std::string("c\0d", 3)));
  EXPECT_EQ(spool->GetStats().waiting_chats, 3u);
}

TEST(SpoolTest, ReadsInPartsOfAtMostTheCountAndBytesAskedFor) {
  TempDir dir;
  auto spool = MustOpen({.dir = dir.path()});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(spool->Append(std::string(100, 'x')).ok());
  EXPECT_EQ(spool->Read(0, 4, 1 << 20)->size(), 4u);
  EXPECT_EQ(spool->Read(4, 100, 150)->size(), 2u);  // no more once the bytes are reached
  EXPECT_EQ(spool->Read(6, 100, 1 << 20)->back().seq, 10u);
  EXPECT_TRUE(spool->Read(10, 100, 1 << 20)->empty());
}

TEST(SpoolTest, SurvivesReopeningAndGoesOnCounting) {
  TempDir dir;
  {
    auto spool = MustOpen({.dir = dir.path()});
    ASSERT_TRUE(spool->Append("a").ok());
    ASSERT_TRUE(spool->Append("b").ok());
    ASSERT_TRUE(spool->Acknowledge(1).ok());
  }
  auto spool = MustOpen({.dir = dir.path()});
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("b"));
  EXPECT_EQ(*spool->Append("c"), 3u);
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("b", "c"));
}

TEST(SpoolTest, NeverGivesASeqTwiceAfterEverythingWasAcknowledged) {
  TempDir dir;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    auto spool = MustOpen({.dir = dir.path()});
    EXPECT_EQ(*spool->Append("x"), seq);
    ASSERT_TRUE(spool->Acknowledge(seq).ok());
  }
}

TEST(SpoolTest, RemovesSegmentsOnceAllOfThemIsAcknowledged) {
  TempDir dir;
  auto spool = MustOpen({.dir = dir.path(), .limit_bytes = 1 << 20, .segment_bytes = 1000});
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(spool->Append(std::string(300, 'x')).ok());
  const std::size_t before = Segments(dir.path()).size();
  EXPECT_GE(before, 10u);
  ASSERT_TRUE(spool->Acknowledge(29).ok());
  EXPECT_EQ(Segments(dir.path()).size(), 1u);
  EXPECT_EQ(spool->GetStats().waiting_chats, 1u);
  EXPECT_EQ(AllBytes(spool.get()).size(), 1u);
}

// docs/rules.md rule 28: full = RESOURCE_EXHAUSTED with the remedy, nothing is overwritten.
TEST(SpoolTest, RefusesWhenFullAndKeepsEverythingThenTakesAgainAfterAcks) {
  TempDir dir;
  auto spool = MustOpen({.dir = dir.path(), .limit_bytes = 16 << 10});
  int appended = 0;
  Status status;
  for (; appended < 1000; ++appended) {
    auto seq = spool->Append(std::string(500, 'x'));
    if (!seq.ok()) {
      status = seq.status();
      break;
    }
  }
  EXPECT_GT(appended, 25);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("--spool-limit"));
  EXPECT_LE(spool->GetStats().bytes, 16u << 10);
  EXPECT_EQ(spool->CheckRoom(500).code(), Code::kResourceExhausted);
  EXPECT_EQ(AllBytes(spool.get()).size(), static_cast<std::size_t>(appended));

  ASSERT_TRUE(spool->Acknowledge(spool->last_seq()).ok());
  EXPECT_TRUE(spool->CheckRoom(500).ok());
  EXPECT_EQ(*spool->Append("again"), static_cast<std::uint64_t>(appended) + 1);
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("again"));
}

TEST(SpoolTest, AFullyAcknowledgedSpoolIsNeverFullForLong) {
  TempDir dir;
  auto spool = MustOpen({.dir = dir.path(), .limit_bytes = 4096, .segment_bytes = 1 << 20});
  for (int i = 0; i < 100; ++i) {
    const auto seq = spool->Append(std::string(1500, 'x'));
    ASSERT_TRUE(seq.ok()) << i << ": " << seq.status().ToString();
    ASSERT_TRUE(spool->Acknowledge(*seq).ok());
  }
}

TEST(SpoolTest, AFullDiskFailsTheAppendAndTheNextOneWorksOnceThereIsRoom) {
  TempDir dir;
  FaultyEnv env;
  auto spool = MustOpen({.dir = dir.path(), .env = &env});
  ASSERT_TRUE(spool->Append("a").ok());
  env.FailAppendsAfterBytes(7);  // a part of the record lands
  EXPECT_EQ(spool->Append("b").status().code(), Code::kResourceExhausted);
  EXPECT_EQ(spool->Append("c").status().code(), Code::kResourceExhausted);
  env.Heal();
  const auto seq = spool->Append("d");
  ASSERT_TRUE(seq.ok());
  EXPECT_GT(*seq, 1u);
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("a", "d"));
  spool = MustOpen({.dir = dir.path(), .env = &env});
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("a", "d"));
  EXPECT_GT(spool->GetStats().torn_bytes, 0u);
}

TEST(SpoolTest, ASeqThatWasGivenUpIsNotWaitedForAfterAKill) {
  TempDir dir;
  FaultyEnv env;
  auto spool = MustOpen({.dir = dir.path(), .env = &env});
  ASSERT_TRUE(spool->Append("a").ok());
  env.FailAppendsAfterBytes(7);
  EXPECT_FALSE(spool->Append("given up").ok());
  env.Heal();
  spool = nullptr;
  // The next append was killed before its record was whole.
  std::ofstream(JoinPath(dir.path(), "00000000000000000003.seg")) << "AMZ";
  spool = MustOpen({.dir = dir.path()});
  EXPECT_EQ(spool->last_seq(), 1u);
  ASSERT_TRUE(spool->Acknowledge(1).ok());
  EXPECT_FALSE(spool->WaitForChat(1, std::chrono::milliseconds(1)));
  EXPECT_EQ(*spool->Append("b"), 3u);
  EXPECT_TRUE(spool->WaitForChat(1, std::chrono::milliseconds(1)));
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("b"));
}

TEST(SpoolTest, AFailedSyncIsNotReportedAsDurable) {
  TempDir dir;
  FaultyEnv env;
  auto spool = MustOpen({.dir = dir.path(), .env = &env});
  env.FailSyncs();
  EXPECT_FALSE(spool->Append("lost").ok());
  EXPECT_EQ(spool->last_seq(), 0u);
  EXPECT_TRUE(AllBytes(spool.get()).empty());
}

TEST(SpoolTest, ACursorThatCannotBeWrittenOnAFullDiskStillFreesSegments) {
  TempDir dir;
  FaultyEnv env;
  auto spool =
      MustOpen({.dir = dir.path(), .limit_bytes = 1 << 20, .segment_bytes = 1000, .env = &env});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(spool->Append(std::string(600, 'x')).ok());
  env.FailAppendsAfterBytes(0);
  EXPECT_FALSE(spool->Acknowledge(9).ok());
  EXPECT_EQ(Segments(dir.path()).size(), 1u);
  env.Heal();
  spool = MustOpen({.dir = dir.path()});
  EXPECT_EQ(spool->acknowledged_seq(), 9u);  // the first segment's name says so
}

TEST(SpoolTest, CutsATornTailAndReusesOnlySeqsThatNobodySaw) {
  TempDir dir;
  {
    auto spool = MustOpen({.dir = dir.path()});
    ASSERT_TRUE(spool->Append("whole").ok());
    ASSERT_TRUE(spool->Append("torn in the middle").ok());
  }
  const fs::path segment = Segments(dir.path()).back();
  fs::resize_file(segment, fs::file_size(segment) - 5);
  auto spool = MustOpen({.dir = dir.path()});
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("whole"));
  EXPECT_GT(spool->GetStats().torn_bytes, 0u);
  EXPECT_EQ(*spool->Append("next"), 2u);
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("whole", "next"));
}

TEST(SpoolTest, ASegmentWithoutItsHeaderIsWrittenAnew) {
  TempDir dir;
  {
    auto spool = MustOpen({.dir = dir.path()});
    ASSERT_TRUE(spool->Append("a").ok());
  }
  std::ofstream(JoinPath(dir.path(), "00000000000000000002.seg")) << "AMZ";
  auto spool = MustOpen({.dir = dir.path()});
  EXPECT_EQ(*spool->Append("b"), 2u);
  ASSERT_TRUE(spool->Acknowledge(1).ok());
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("b"));
}

TEST(SpoolTest, DamageInARecordIsFoundAndNeverRead) {
  TempDir dir;
  {
    auto spool = MustOpen({.dir = dir.path()});
    ASSERT_TRUE(spool->Append("first").ok());
    ASSERT_TRUE(spool->Append("second").ok());
  }
  const fs::path segment = Segments(dir.path()).back();
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('X');
  }
  auto spool = MustOpen({.dir = dir.path()});
  EXPECT_THAT(AllBytes(spool.get()), ElementsAre("first"));
}

TEST(SpoolTest, AnUnreadableCursorIsRefusedWithTheRemedy) {
  TempDir dir;
  std::ofstream(JoinPath(dir.path(), "cursor")) << "-3\n";
  const auto spool = Spool::Open({.dir = dir.path()});
  ASSERT_FALSE(spool.ok());
  EXPECT_EQ(spool.status().code(), Code::kDataLoss);
  EXPECT_THAT(spool.status().message(), HasSubstr("last acknowledged"));
}

TEST(SpoolTest, ConcurrentAppendsShareSyncsAndEachGetsItsOwnSeq) {
  constexpr int kThreads = 8, kEach = 50;
  TempDir dir;
  FaultyEnv env;
  env.SlowSyncs(std::chrono::milliseconds(1));
  auto spool = MustOpen({.dir = dir.path(), .env = &env});
  std::vector<std::vector<std::uint64_t>> seqs(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto seq = spool->Append(std::to_string(t) + ":" + std::to_string(i));
        ASSERT_TRUE(seq.ok());
        seqs[static_cast<std::size_t>(t)].push_back(*seq);
      }
    });
  }
  // A reader and an acknowledger beside them, as the forwarder is.
  std::vector<std::string> read;
  std::uint64_t after = 0;
  while (read.size() < kThreads * kEach) {
    spool->WaitForChat(after, std::chrono::seconds(10));
    auto chats = spool->Read(after, 16, 1 << 20);
    ASSERT_TRUE(chats.ok()) << chats.status().ToString();
    for (SpooledChat& chat : *chats) {
      EXPECT_EQ(chat.seq, after + 1);
      after = chat.seq;
      read.push_back(std::move(chat.bytes));
    }
    ASSERT_TRUE(spool->Acknowledge(after).ok());
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& own : seqs) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads * kEach));
  EXPECT_EQ(std::set<std::string>(read.begin(), read.end()).size(), read.size());
  EXPECT_LT(env.syncs(), kThreads * kEach / 2);  // group commit
}

TEST(SpoolTest, AWaitEndsWithAChatOrAWake) {
  TempDir dir;
  auto spool = MustOpen({.dir = dir.path()});
  std::thread waker([&] { ASSERT_TRUE(spool->Append("x").ok()); });
  EXPECT_TRUE(spool->WaitForChat(0, std::chrono::seconds(30)));
  waker.join();
  std::atomic<bool> ended = false;
  std::thread waiter([&] {
    EXPECT_FALSE(spool->WaitForChat(1, std::chrono::seconds(30)));
    ended = true;
  });
  while (!ended) spool->Wake();
  waiter.join();
}

// Appends and acknowledges for ever and reports each returned seq on `fd`. For a child process.
[[noreturn]] void AppendForEver(const std::string& dir, int fd) {
  auto spool = Spool::Open({.dir = dir, .segment_bytes = 2000});
  if (!spool.ok()) ::_exit(1);
  for (;;) {
    const auto seq = (*spool)->Append("chat " + std::to_string((*spool)->last_seq() + 1));
    if (!seq.ok() || ::write(fd, &*seq, sizeof(*seq)) < 0) ::_exit(1);
    if (*seq % 7 == 0 && !(*spool)->Acknowledge(*seq - 5).ok()) ::_exit(1);
  }
}

// All that was reported is there, once and in order. Returns the last seq.
std::uint64_t ExpectRecovered(const std::string& dir, std::uint64_t highest_reported) {
  auto spool = MustOpen({.dir = dir});
  EXPECT_GE(spool->last_seq(), highest_reported);
  EXPECT_LE(spool->acknowledged_seq(), highest_reported);
  const auto chats = spool->Read(0, 1 << 20, std::uint64_t{1} << 40);
  EXPECT_TRUE(chats.ok());
  std::uint64_t expected = spool->acknowledged_seq();
  for (const SpooledChat& chat : *chats) {
    EXPECT_EQ(chat.seq, ++expected);
    EXPECT_EQ(chat.bytes, "chat " + std::to_string(chat.seq));
  }
  EXPECT_EQ(expected, spool->last_seq());
  return spool->last_seq();
}

bool ReadSeq(int fd, std::uint64_t* seq) {
  return ::read(fd, seq, sizeof(*seq)) == static_cast<ssize_t>(sizeof(*seq));
}

TEST(SpoolTest, KillingTheProcessAtAnyInstantLosesNothingReported) {
  TempDir dir;
  std::uint64_t last_seq = 0;
  for (int round = 0; round < 12; ++round) {
    int pipe_fds[2];
    ASSERT_EQ(::pipe(pipe_fds), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) AppendForEver(dir.path(), pipe_fds[1]);
    ::close(pipe_fds[1]);
    std::uint64_t seq = 0;
    for (int i = 0; i < 20 + 13 * round; ++i) {
      ASSERT_TRUE(ReadSeq(pipe_fds[0], &seq));
      ASSERT_GT(seq, last_seq);
      last_seq = seq;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (ReadSeq(pipe_fds[0], &seq)) last_seq = seq;
    ::close(pipe_fds[0]);
    last_seq = ExpectRecovered(dir.path(), last_seq);
  }
}

#ifdef AMOOZ_FAILPOINTS
constexpr char kChildDir[] = "AMOOZ_SPOOL_TEST_DIR";

// The child of the test below: this binary again, with a failpoint in its environment.
TEST(SpoolTest, ChildOfTheFailpointTest) {
  const char* dir = std::getenv(kChildDir);
  if (dir == nullptr) GTEST_SKIP() << "runs in a child only";
  AppendForEver(dir, STDOUT_FILENO);
}

TEST(SpoolTest, DyingOnEitherSideOfASyncOrATrimLosesNothingReported) {
  for (const std::string point : {"spool.append.before_sync", "spool.append.after_sync",
                                  "spool.trim.before", "spool.trim.after"}) {
    TempDir dir;
    for (int pass = 1; pass <= 5; ++pass) {
      int pipe_fds[2];
      ASSERT_EQ(::pipe(pipe_fds), 0);
      const std::string plan = point + ":" + std::to_string(pass);
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        ::setenv("AMOOZ_FAILPOINT", plan.c_str(), 1);
        ::setenv(kChildDir, dir.path().c_str(), 1);
        ::dup2(pipe_fds[1], STDOUT_FILENO);
        ::execl("/proc/self/exe", "spool_test", "--gtest_filter=*ChildOfTheFailpointTest",
                "--gtest_brief=1", nullptr);
        ::_exit(1);
      }
      ::close(pipe_fds[1]);
      std::string reported(1 << 16, '\0');
      std::size_t size = 0;
      for (ssize_t n; (n = ::read(pipe_fds[0], &reported[size], reported.size() - size)) > 0;) {
        size += static_cast<std::size_t>(n);
      }
      ::close(pipe_fds[0]);
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << plan;
      // GoogleTest's own lines come first; the last 8 bytes are the last seq reported.
      std::uint64_t last = 0;
      const std::uint64_t before = MustOpen({.dir = dir.path()})->acknowledged_seq();
      if (size >= sizeof(last)) std::memcpy(&last, &reported[size - sizeof(last)], sizeof(last));
      ExpectRecovered(dir.path(), last < (1u << 20) ? last : before);
    }
  }
}
#endif

}  // namespace
}  // namespace amooz::chat
