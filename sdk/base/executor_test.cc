#include "sdk/base/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace amooz {
namespace {

using testing::HasSubstr;

void Unexpected(const Status& error) { ADD_FAILURE() << error.ToString(); }

// Holds the executor's only thread until opened.
class Gate {
 public:
  explicit Gate(Executor* executor) {
    EXPECT_TRUE(executor->Submit([this] {
      entered_.set_value();
      opened_.get_future().wait();
    }));
    entered_.get_future().wait();
  }
  void Open() { opened_.set_value(); }

 private:
  std::promise<void> entered_, opened_;
};

TEST(ExecutorTest, RunsTasksInTheOrderSubmitted) {
  std::vector<int> seen;
  Executor executor(1, 100, Unexpected);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(executor.Submit([&seen, i] { seen.push_back(i); }));
  executor.Stop();
  ASSERT_EQ(seen.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(ExecutorTest, RefusesNewCallsBeyondTheBoundButNotTheirContinuations) {
  Executor executor(1, 2, Unexpected);
  Gate gate(&executor);
  std::atomic<int> ran{0};
  EXPECT_TRUE(executor.Submit([&ran] { ++ran; }));
  EXPECT_TRUE(executor.Submit([&ran] { ++ran; }));
  EXPECT_FALSE(executor.Submit([&ran] { ++ran; }));
  EXPECT_TRUE(executor.Continue([&ran] { ++ran; }));
  gate.Open();
  executor.Stop();
  EXPECT_EQ(ran, 3);
}

TEST(ExecutorTest, StopFinishesWhatWasAcceptedAndRefusesTheRest) {
  Executor executor(2, 100, Unexpected);
  std::atomic<int> ran{0};
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(executor.Submit([&ran] { ++ran; }));
  executor.Stop();
  EXPECT_EQ(ran, 20);
  EXPECT_FALSE(executor.Submit([&ran] { ++ran; }));
  EXPECT_FALSE(executor.Continue([&ran] { ++ran; }));
  EXPECT_EQ(ran, 20);
}

TEST(ExecutorTest, ATaskThatThrowsIsToldAndTheWorkerGoesOn) {
  std::vector<Status> errors;
  Executor executor(1, 100, [&errors](const Status& error) { errors.push_back(error); });
  bool ran = false;
  ASSERT_TRUE(executor.Submit([] { throw std::runtime_error("broken"); }));
  ASSERT_TRUE(executor.Submit([&ran] { ran = true; }));
  executor.Stop();
  EXPECT_TRUE(ran);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code(), Code::kInternal);
  EXPECT_THAT(errors[0].message(), HasSubstr("broken"));
}

TEST(ExecutorTest, WhatWasAcceptedRunsOnceWhileManySubmitAndOneStops) {
  Executor executor(3, 16, Unexpected);
  std::atomic<int> accepted{0}, ran{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] {
      for (int n = 0; n < 500; ++n) {
        accepted += executor.Submit([&] {
          ++ran;
          accepted += executor.Continue([&ran] { ++ran; });
        });
        if (i == 0 && n == 400) executor.Stop();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(ran, 0);
}

// What a task captured must not live until the next one comes.
TEST(ExecutorTest, LetsGoOfATaskOnceItHasRun) {
  std::promise<void> released;
  Executor executor(1, 100, Unexpected);
  std::shared_ptr<int> held(new int, [&released](int* value) {
    delete value;
    released.set_value();
  });
  ASSERT_TRUE(executor.Submit([held = std::move(held)] {}));
  released.get_future().wait();
}

}  // namespace
}  // namespace amooz
