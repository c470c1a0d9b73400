#include "client/chat_service/version_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace amooz::chat {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// Fake models and loaders, and the events that they cause, to wait on.
class FakeFleet {
 public:
  class Model : public ServableModel {
   public:
    Model(FakeFleet* fleet, std::string digest, std::int32_t pid)
        : fleet_(fleet), digest_(std::move(digest)), pid_(pid) {}
    ~Model() override { fleet_->Note(digest_ + " destroyed"); }
    Result<host::GenerateResult> Generate(const host::GenerateRequest&,
                                          const host::LoadedModel::OnChunk& on_chunk,
                                          const host::CallOptions&) override {
      if (!alive()) return Status(Code::kUnavailable, "dead");
      on_chunk(digest_);
      return host::GenerateResult{};
    }
    std::int32_t pid() const override { return pid_; }
    bool alive() const override { return !fleet_->IsKilled(pid_); }

   private:
    FakeFleet* fleet_;
    std::string digest_;
    std::int32_t pid_;
  };

  AspiredVersion Version(const std::string& digest, std::uint64_t generation = 1) {
    return {.digest = digest, .generation = generation, .load = [this, digest](const auto& stop) {
              return Load(digest, stop);
            }};
  }
  VersionManagerOptions Options(VersionPolicy policy = VersionPolicy::kAvailabilityPreserving) {
    return {.policy = policy,
            .on_event =
                [this](const VersionEvent& event) {
                  Note(event.digest + " " + std::string(VersionStateName(event.state)));
                },
            .first_pause = 1ms,
            .longest_pause = 20ms,
            .health_interval = 5ms};
  }

  void FailLoads(const std::string& digest, int times) {
    MutexLock lock(&mutex_);
    failures_[digest] = times;
  }
  void HoldLoads(const std::string& digest, bool held) {
    MutexLock lock(&mutex_);
    held_[digest] = held;
    changed_.SignalAll();
  }
  void Kill(std::int32_t pid) {
    MutexLock lock(&mutex_);
    killed_.push_back(pid);
  }
  bool IsKilled(std::int32_t pid) {
    MutexLock lock(&mutex_);
    return std::find(killed_.begin(), killed_.end(), pid) != killed_.end();
  }
  void Note(std::string event) {
    MutexLock lock(&mutex_);
    events_.push_back(std::move(event));
    changed_.SignalAll();
  }
  std::vector<std::string> events() {
    MutexLock lock(&mutex_);
    return events_;
  }
  std::int64_t Count(const std::string& event) {
    MutexLock lock(&mutex_);
    return std::count(events_.begin(), events_.end(), event);
  }
  void Await(const std::string& event, int times = 1) {
    MutexLock lock(&mutex_);
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (std::count(events_.begin(), events_.end(), event) < times) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "never: " << event;
      changed_.WaitFor(&mutex_, 100ms);
    }
  }

 private:
  Result<std::unique_ptr<ServableModel>> Load(const std::string& digest,
                                              const std::shared_ptr<host::StopToken>& stop) {
    MutexLock lock(&mutex_);
    while (held_[digest] && !stop->stopped()) changed_.WaitFor(&mutex_, 1ms);
    if (stop->stopped()) return Status(Code::kCancelled, "stopped");
    if (failures_[digest] > 0) {
      --failures_[digest];
      return Status(Code::kDataLoss, digest + " is corrupt");
    }
    return std::unique_ptr<ServableModel>(new Model(this, digest, ++last_pid_));
  }

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> events_;
  std::map<std::string, int> failures_;
  std::map<std::string, bool> held_;
  std::vector<std::int32_t> killed_;
  std::int32_t last_pid_ = 100;
};

std::string DigestOf(Result<ModelHandle> handle) {
  return handle.ok() ? handle->digest() : handle.status().ToString();
}

TEST(VersionManagerTest, WithoutAnAspiredVersionTheCallerIsTold) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  EXPECT_EQ(manager.Acquire(0ms, nullptr).status().code(), Code::kFailedPrecondition);
}

TEST(VersionManagerTest, ARequestWaitsForTheFirstLoad) {
  FakeFleet fleet;
  fleet.HoldLoads("a", true);
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  fleet.Await("a loading");
  const auto early = manager.Acquire(1ms, nullptr);
  EXPECT_EQ(early.status().code(), Code::kUnavailable);
  fleet.HoldLoads("a", false);
  EXPECT_EQ(DigestOf(manager.Acquire(20s, nullptr)), "a");
  EXPECT_THAT(fleet.events(), ElementsAre("a new", "a loading", "a serving"));
}

TEST(VersionManagerTest, ACancelledRequestStopsWaiting) {
  FakeFleet fleet;
  fleet.HoldLoads("a", true);
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  host::StopToken stop;
  stop.Stop();
  EXPECT_EQ(manager.Acquire(20s, &stop).status().code(), Code::kCancelled);
}

TEST(VersionManagerTest, TheOldOneServesUntilTheNewOneDoesAndGoesWithItsLastRequest) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  auto pinned = manager.Acquire(20s, nullptr);
  ASSERT_TRUE(pinned.ok());

  fleet.HoldLoads("b", true);
  manager.Aspire(fleet.Version("b", 2));
  fleet.Await("b loading");
  EXPECT_EQ(DigestOf(manager.Acquire(0ms, nullptr)), "a");
  fleet.HoldLoads("b", false);
  fleet.Await("a draining");
  EXPECT_EQ(DigestOf(manager.Acquire(0ms, nullptr)), "b");

  EXPECT_EQ(fleet.Count("a destroyed"), 0);
  std::string reply;
  ASSERT_TRUE(
      (*pinned)
          ->Generate({}, [&](std::string_view text) { return !(reply += text).empty(); }, {})
          .ok());
  EXPECT_EQ(reply, "a");
  pinned->Release();
  fleet.Await("a gone");
  EXPECT_THAT(fleet.events(), ElementsAre("a new", "a loading", "a serving", "b new", "b loading",
                                          "b serving", "a draining", "a destroyed", "a gone"));
  const auto list = manager.List();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].digest, "b");
}

TEST(VersionManagerTest, AFailedLoadKeepsTheOldOneAndIsTriedAgain) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  fleet.Await("a serving");
  fleet.FailLoads("b", 3);
  manager.Aspire(fleet.Version("b", 2));
  fleet.Await("b failed");
  EXPECT_EQ(DigestOf(manager.Acquire(0ms, nullptr)).size(), 1u);
  fleet.Await("b serving");
  EXPECT_EQ(fleet.Count("b failed"), 3);
  EXPECT_EQ(DigestOf(manager.Acquire(0ms, nullptr)), "b");
  fleet.Await("a gone");
}

TEST(VersionManagerTest, WhatCannotBeLoadedIsSaidToTheCaller) {
  FakeFleet fleet;
  auto options = fleet.Options();
  options.first_pause = options.longest_pause = 1h;
  VersionManager manager(options);
  fleet.FailLoads("a", 1);
  manager.Aspire(fleet.Version("a"));
  fleet.Await("a failed");
  const Status status = manager.Acquire(20s, nullptr).status();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("a is corrupt"));
  EXPECT_THAT(status.message(), HasSubstr("tried again in 3600 s"));
  EXPECT_EQ(manager.List().front().state, VersionState::kFailed);
  // A new promotion of it is tried at once.
  manager.Aspire(fleet.Version("a", 2));
  EXPECT_EQ(DigestOf(manager.Acquire(20s, nullptr)), "a");
}

TEST(VersionManagerTest, ADeadChildIsReplacedAtOnceAndTheNextRequestGetsTheFreshOne) {
  FakeFleet fleet;
  auto options = fleet.Options();
  options.first_pause = options.health_interval = 1h;  // only the request notices
  VersionManager manager(options);
  manager.Aspire(fleet.Version("a"));
  auto first = manager.Acquire(20s, nullptr);
  ASSERT_TRUE(first.ok());
  fleet.Kill((*first)->pid());
  auto second = manager.Acquire(20s, nullptr);
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  EXPECT_NE((*second)->pid(), (*first)->pid());
  EXPECT_EQ(fleet.Count("a failed"), 1);
  EXPECT_EQ(fleet.Count("a destroyed"), 0);  // still pinned
  first->Release();
  fleet.Await("a destroyed");
}

TEST(VersionManagerTest, ADeadChildIsNoticedWithoutARequest) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  fleet.Await("a serving");
  fleet.Kill(manager.List().front().pid);
  fleet.Await("a serving", 2);
  fleet.Await("a destroyed");
}

TEST(VersionManagerTest, TheSameVersionAgainChangesNothing) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  fleet.Await("a serving");
  manager.Aspire(fleet.Version("a"));
  manager.Aspire(fleet.Version("a", 7));
  EXPECT_THAT(fleet.events(), ElementsAre("a new", "a loading", "a serving"));
}

TEST(VersionManagerTest, ARollbackDuringTheLoadStopsItAndKeepsServing) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a", 1));
  fleet.Await("a serving");
  fleet.HoldLoads("b", true);
  manager.Aspire(fleet.Version("b", 2));
  fleet.Await("b loading");
  manager.Aspire(fleet.Version("a", 3));
  fleet.Await("b gone");
  EXPECT_EQ(fleet.Count("a draining"), 0);
  EXPECT_EQ(DigestOf(manager.Acquire(0ms, nullptr)), "a");
}

TEST(VersionManagerTest, TheSameModelTwiceBecomesAFreshVersionWhileTheOldDrains) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a", 1));
  auto pinned = manager.Acquire(20s, nullptr);
  ASSERT_TRUE(pinned.ok());
  manager.Aspire(fleet.Version("b", 2));
  fleet.Await("a draining");
  manager.Aspire(fleet.Version("a", 3));
  fleet.Await("b gone");
  auto fresh = manager.Acquire(20s, nullptr);
  ASSERT_TRUE(fresh.ok());
  EXPECT_EQ(fresh->digest(), "a");
  EXPECT_NE((*fresh)->pid(), (*pinned)->pid());
}

TEST(VersionManagerTest, ResourcePreservingNeverHoldsTwoModels) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options(VersionPolicy::kResourcePreserving));
  manager.Aspire(fleet.Version("a", 1));
  fleet.Await("a serving");
  manager.Aspire(fleet.Version("b", 2));
  EXPECT_EQ(DigestOf(manager.Acquire(20s, nullptr)), "b");
  const auto events = fleet.events();
  const auto at = [&](const char* e) { return std::find(events.begin(), events.end(), e); };
  EXPECT_LT(at("a destroyed"), at("b loading"));
}

TEST(VersionManagerTest, NothingAspiredEndsTheModel) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a"));
  fleet.Await("a serving");
  manager.Aspire(std::nullopt);
  fleet.Await("a gone");
  EXPECT_EQ(manager.Acquire(20s, nullptr).status().code(), Code::kFailedPrecondition);
}

TEST(VersionManagerTest, StopEndsALoadUnderWayAndAllModels) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("a", 1));
  fleet.Await("a serving");
  fleet.HoldLoads("b", true);
  manager.Aspire(fleet.Version("b", 2));
  fleet.Await("b loading");
  manager.Stop();
  EXPECT_EQ(fleet.Count("a gone"), 1);
  EXPECT_EQ(fleet.Count("b gone"), 1);
  EXPECT_TRUE(manager.List().empty());
  EXPECT_EQ(manager.Acquire(20s, nullptr).status().code(), Code::kUnavailable);
}

// No request fails, and each gets exactly one model, while versions come and go under it.
TEST(VersionManagerTest, ManyRequestsThroughManySwapsNeverFail) {
  FakeFleet fleet;
  VersionManager manager(fleet.Options());
  manager.Aspire(fleet.Version("m0", 0));
  fleet.Await("m0 serving");
  std::atomic<bool> is_over = false;
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      while (!is_over) {
        auto handle = manager.Acquire(20s, nullptr);
        ASSERT_TRUE(handle.ok()) << handle.status().ToString();
        std::string reply;
        const auto add = [&](std::string_view text) { return !(reply += text).empty(); };
        ASSERT_TRUE((*handle)->Generate({}, add, {}).ok());
        ASSERT_EQ(reply, handle->digest());
      }
    });
  }
  for (std::uint64_t i = 1; i <= 50; ++i) {
    const std::string digest = std::string("m").append(std::to_string(i % 3));
    manager.Aspire(fleet.Version(digest, i));
    fleet.Await(digest + " serving", static_cast<int>(i / 3) + 1);
  }
  is_over = true;
  for (std::thread& client : clients) client.join();
  manager.Stop();
  for (const char* digest : {"m0", "m1", "m2"}) {
    EXPECT_EQ(fleet.Count(std::string(digest) + " serving"),
              fleet.Count(std::string(digest) + " gone"));
  }
}

}  // namespace
}  // namespace amooz::chat
