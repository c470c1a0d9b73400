#include "client/chat_service/version_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace amooz::chat {
namespace {

using enum VersionState;
using Kind = VersionAction::Kind;
constexpr auto kAvailability = VersionPolicy::kAvailabilityPreserving;
constexpr auto kResource = VersionPolicy::kResourcePreserving;
constexpr bool kAspired = true;
constexpr VersionAction kNothing{};
constexpr VersionAction Load(std::uint64_t id) { return {Kind::kLoad, id}; }
constexpr VersionAction Drain(std::uint64_t id) { return {Kind::kDrain, id}; }

struct Row {
  std::string name;
  VersionPolicy policy;
  std::vector<VersionSnapshot> versions;
  VersionAction expected;
};

class PolicyTable : public testing::TestWithParam<Row> {};

TEST_P(PolicyTable, TakesTheExpectedStep) {
  EXPECT_EQ(NextAction(GetParam().policy, GetParam().versions), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    HotSwap, PolicyTable,
    testing::Values(
        Row{"Nothing", kAvailability, {}, kNothing},
        Row{"First", kAvailability, {{1, kNew, kAspired}}, Load(1)},
        Row{"FirstUnderWay", kAvailability, {{1, kLoading, kAspired}}, kNothing},
        Row{"Steady", kAvailability, {{1, kServing, kAspired}}, kNothing},
        Row{"LoadsNewBesideOld", kAvailability, {{1, kServing}, {2, kNew, kAspired}}, Load(2)},
        Row{"KeepsOldWhileNewLoads",
            kAvailability,
            {{1, kServing}, {2, kLoading, kAspired}},
            kNothing},
        Row{"DrainsOldOnceNewServes",
            kAvailability,
            {{1, kServing}, {2, kServing, kAspired}},
            Drain(1)},
        Row{"KeepsOldIfNewFailed",
            kAvailability,
            {{1, kServing}, {2, kFailed, kAspired}},
            kNothing},
        Row{"WaitsOutThePause",
            kAvailability,
            {{1, kServing}, {2, kNew, kAspired, false}},
            kNothing},
        Row{"OneLoadAtATime",
            kAvailability,
            {{1, kServing}, {2, kLoading}, {3, kNew, kAspired}},
            kNothing},
        Row{"DropsNothingWhileDraining",
            kAvailability,
            {{1, kDraining}, {2, kServing, kAspired}},
            kNothing},
        Row{"RollsBackBesideADrainingOne",
            kAvailability,
            {{1, kDraining}, {2, kServing}, {3, kNew, kAspired}},
            Load(3)},
        Row{"DrainsIfNothingIsAspired", kAvailability, {{1, kServing}}, Drain(1)},
        Row{"ResourceDrainsFirst", kResource, {{1, kServing}, {2, kNew, kAspired}}, Drain(1)},
        Row{"ResourceWaitsForTheMemory",
            kResource,
            {{1, kDraining}, {2, kNew, kAspired}},
            kNothing},
        Row{"ResourceLoadsWhenAlone", kResource, {{1, kGone}, {2, kNew, kAspired}}, Load(2)},
        Row{"ResourceKeepsTheAspired", kResource, {{1, kServing, kAspired}}, kNothing}),
    [](const auto& row) { return row.param.name; });

// Every reachable pair of versions, under both policies.
TEST(VersionPolicyTest, HoldsItsInvariantsForEveryPairOfStates) {
  const VersionState states[] = {kNew, kLoading, kServing, kDraining, kGone, kFailed};
  for (const auto policy : {kAvailability, kResource}) {
    for (const auto a : states) {
      for (const auto b : states) {
        for (int aspired = 0; aspired < 3; ++aspired) {
          const std::vector<VersionSnapshot> versions = {{1, a, aspired == 1},
                                                         {2, b, aspired == 2}};
          const VersionAction action = NextAction(policy, versions);
          if (action == kNothing) continue;
          const VersionSnapshot& target = versions[action.id - 1];
          const VersionSnapshot& other = versions[2 - action.id];
          if (action.kind == Kind::kLoad) {
            EXPECT_TRUE(target.is_aspired);
            EXPECT_EQ(target.state, kNew);
            EXPECT_NE(other.state, kLoading);
          } else {
            EXPECT_FALSE(target.is_aspired);
            EXPECT_EQ(target.state, kServing);
            if (policy == kAvailability && aspired != 0) {
              EXPECT_EQ(other.state, kServing);
            }
          }
        }
      }
    }
  }
}

TEST(VersionPolicyTest, StatesGoOneWay) {
  const VersionState order[] = {kNew, kLoading, kServing, kDraining, kGone};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = 0; j <= i; ++j) EXPECT_FALSE(IsAllowed(order[i], order[j]));
    if (i + 1 < std::size(order)) {
      EXPECT_TRUE(IsAllowed(order[i], order[i + 1]));
    }
    EXPECT_FALSE(IsAllowed(kFailed, order[i]));
  }
}

}  // namespace
}  // namespace amooz::chat
