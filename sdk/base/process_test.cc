#include "sdk/base/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "sdk/base/fd.h"

namespace amooz {
namespace {

Captured RunShell(const std::string& script) {
  auto run = RunToEnd(Spawner::Default(), {"/bin/sh", "-c", script}, 20'000);
  EXPECT_TRUE(run.ok()) << run.status().ToString();
  return run.ok() ? *std::move(run) : Captured{};
}

std::unique_ptr<Process> Start(const std::string& script) {
  SpawnOptions options;
  options.argv = {"/bin/sh", "-c", script};
  auto process = Spawner::Default()->Spawn(options);
  EXPECT_TRUE(process.ok()) << process.status().ToString();
  return process.ok() ? *std::move(process) : nullptr;
}

TEST(RunToEnd, CapturesOutputErrorsAndTheExitCode) {
  const Captured run = RunShell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(run.out, "out\n");
  EXPECT_EQ(run.err, "err\n");
  EXPECT_EQ(run.exit.exit_code, 7);
  EXPECT_EQ(run.exit.ToString(), "exit code 7");
}

TEST(RunToEnd, NamesTheSignal) {
  EXPECT_EQ(RunShell("kill -9 $$").exit.ToString(), "signal 9 (Killed)");
}

TEST(RunToEnd, KillsWhatTakesTooLong) {
  const auto run = RunToEnd(Spawner::Default(), {"/bin/sh", "-c", "sleep 100"}, 50);
  EXPECT_EQ(run.status().code(), Code::kDeadlineExceeded);
}

TEST(RunToEnd, WhatTheChildStartedAndLeftBehindDoesNotKeepItWaiting) {
  // In a session of its own the sleeper cannot be killed with the child's group; it holds the
  // pipes.
  const Captured run = RunShell("setsid sleep 15 & echo $!; sleep 0.2");
  EXPECT_EQ(run.exit.exit_code, 0);
  const auto sleeper = static_cast<pid_t>(std::strtol(run.out.c_str(), nullptr, 10));
  ASSERT_GT(sleeper, 0);
  EXPECT_EQ(::kill(sleeper, SIGKILL), 0);
}

TEST(RunToEnd, MoreOutputThanIsKeptDoesNotBlockTheChild) {
  const Captured run = RunShell("head -c 6000000 /dev/zero");
  EXPECT_EQ(run.exit.exit_code, 0);
  EXPECT_LT(run.out.size(), 5'000'000u);
}

TEST(Spawner, AMissingProgramIsNotFound) {
  SpawnOptions options;
  options.argv = {"/nowhere/program"};
  EXPECT_EQ(Spawner::Default()->Spawn(options).status().code(), Code::kNotFound);
  EXPECT_EQ(Spawner::Default()->Spawn({}).status().code(), Code::kInvalidArgument);
}

TEST(Spawner, AddsToTheEnvironmentAndReplacesInIt) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd out(fds[0]);
  UniqueFd end(fds[1]);
  SpawnOptions options;
  options.argv = {"/bin/sh", "-c", "echo $AMOOZ_A $HOME"};
  options.environment = {{"AMOOZ_A", "1"}, {"HOME", "/replaced"}};
  options.stdout_fd = end.get();
  const auto process = Spawner::Default()->Spawn(options);
  ASSERT_TRUE(process.ok());
  EXPECT_EQ((*process)->Wait(-1)->exit_code, 0);
  char text[64] = {};
  EXPECT_GT(::read(out.get(), text, sizeof(text) - 1), 0);
  EXPECT_STREQ(text, "1 /replaced\n");
}

TEST(Spawner, AChildDoesNotSeeDescriptorsThatWereNotGivenToIt) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd read_end(fds[0]);
  const UniqueFd write_end(fds[1]);
  const Captured run = RunShell("readlink /proc/self/fd/" + std::to_string(write_end.get()) +
                                " /proc/self/fd/" + std::to_string(read_end.get()));
  EXPECT_EQ(run.out.find("pipe"), std::string::npos) << run.out;
}

TEST(Spawner, SpawnsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] { EXPECT_EQ(RunShell("exit 3").exit.exit_code, 3); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Process, WaitTimesOutAndSignalsEndIt) {
  const auto process = Start("sleep 100");
  EXPECT_FALSE(process->Wait(0).has_value());
  process->Signal(SIGTERM);
  EXPECT_EQ(process->Wait(-1)->signal, SIGTERM);
  EXPECT_EQ(process->Wait(-1)->signal, SIGTERM) << "a second wait says the same";
  process->Signal(SIGKILL);  // nobody is hurt
}

TEST(Process, WhatAChildStartedEndsWithTheChild) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd out(fds[0]);
  UniqueFd end(fds[1]);
  SpawnOptions options;
  options.argv = {"/bin/sh", "-c", "sleep 100 & exit 0"};
  options.stdout_fd = end.get();
  const auto process = Spawner::Default()->Spawn(options);
  ASSERT_TRUE(process.ok());
  end.Reset();
  EXPECT_EQ((*process)->Wait(-1)->exit_code, 0);
  char byte;
  EXPECT_EQ(::read(out.get(), &byte, 1), 0) << "the grandchild still holds the pipe";
}

TEST(Process, DestroyingItKillsTheWholeGroup) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd out(fds[0]);
  UniqueFd end(fds[1]);
  SpawnOptions options;
  options.argv = {"/bin/sh", "-c", "sleep 100 & echo started; wait"};
  options.stdout_fd = end.get();
  auto process = Spawner::Default()->Spawn(options);
  ASSERT_TRUE(process.ok());
  end.Reset();
  char text[16];
  EXPECT_GT(::read(out.get(), text, sizeof(text)), 0);
  process->reset();
  EXPECT_EQ(::read(out.get(), text, sizeof(text)), 0) << "the grandchild still holds the pipe";
}

}  // namespace
}  // namespace amooz
