#include "core/server/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <vector>

namespace amooz::server {
namespace {

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
  Executor executor(1, 100);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(executor.Submit([&seen, i] { seen.push_back(i); }));
  executor.Stop();
  ASSERT_EQ(seen.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(ExecutorTest, RefusesNewCallsBeyondTheBoundButNotTheirContinuations) {
  Executor executor(1, 2);
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
  Executor executor(2, 100);
  std::atomic<int> ran{0};
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(executor.Submit([&ran] { ++ran; }));
  executor.Stop();
  EXPECT_EQ(ran, 20);
  EXPECT_FALSE(executor.Submit([&ran] { ++ran; }));
  EXPECT_FALSE(executor.Continue([&ran] { ++ran; }));
  EXPECT_EQ(ran, 20);
}

TEST(ExecutorTest, ATaskThatThrowsLeavesTheWorkerAlive) {
  Executor executor(1, 100);
  std::atomic<bool> ran{false};
  ASSERT_TRUE(executor.Submit([] { throw std::runtime_error("broken"); }));
  ASSERT_TRUE(executor.Submit([&ran] { ran = true; }));
  executor.Stop();
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace amooz::server
