#include "core/dataset/decisions.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace amooz::dataset {
namespace {

constexpr MinScore kFiveOfSeven{5, 7};

std::vector<Outcome> Outcomes(const std::vector<Judged>& chats,
                              const std::vector<DuplicateKeys>& keys,
                              const std::unordered_map<std::uint64_t, ExampleId>& dataset = {}) {
  std::vector<Outcome> outcomes;
  for (const Selected& one :
       Select(chats, kFiveOfSeven, dataset, [&](std::size_t i) { return keys[i]; })) {
    outcomes.push_back(one.outcome);
  }
  return outcomes;
}

TEST(Decisions, Rule8AcceptsFromThePointsWithATolerance) {
  EXPECT_TRUE(Passes(5.0 / 7.0, kFiveOfSeven));
  EXPECT_TRUE(Passes((5.0 - 1e-10) / 7.0, kFiveOfSeven));
  EXPECT_FALSE(Passes((5.0 - 1e-8) / 7.0, kFiveOfSeven));
  for (int points = 0; points <= 1000; ++points) {
    EXPECT_TRUE(Passes(points / 1000.0, {static_cast<double>(points), 1000}));
  }
}

TEST(Decisions, Rule8TheScoreIsTheWeightedMeanOfThoseThatDoNotAbstain) {
  const Opinion opinions[] = {{1, 1.0}, {3, 0.5}, {100, std::nullopt}};
  EXPECT_DOUBLE_EQ(*WeightedMean(opinions), (1.0 + 1.5) / 4);
  const Opinion silent[] = {{1, std::nullopt}};
  EXPECT_FALSE(WeightedMean(silent).has_value());
  EXPECT_FALSE(WeightedMean({}).has_value());
}

TEST(Decisions, Rule8TakesTheFirstReasonThatHolds) {
  // All five reasons at once, then one fewer each time.
  const std::unordered_map<std::uint64_t, ExampleId> dataset = {{7, 70}, {8, 80}};
  const std::vector<Judged> chats = {
      {1.0, false},           // accepted
      {0.1, true},            // vetoed, also low and a duplicate
      {0.1, false},           // low quality, also a duplicate
      {std::nullopt, false},  // every scorer abstained
      {1.0, false},           // duplicate of the first chat and of an example
      {1.0, false},           // duplicate of an example alone
      {1.0, true},            // a veto bars whatever the score
  };
  const std::vector<DuplicateKeys> keys = {{1, 6}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {2, 8}, {3, 9}};
  EXPECT_EQ(Outcomes(chats, keys, dataset),
            (std::vector<Outcome>{Outcome::kAccepted, Outcome::kVetoed, Outcome::kLowQuality,
                                  Outcome::kLowQuality, Outcome::kDuplicateOfChat,
                                  Outcome::kDuplicateOfExample, Outcome::kVetoed}));
  const auto selected = Select(std::span<const Judged>(chats), kFiveOfSeven, dataset,
                               [&](std::size_t i) { return keys[i]; });
  EXPECT_EQ(selected[4].first_chat, 0u);
  EXPECT_EQ(selected[5].example, 80);
}

TEST(Decisions, Rule9OnlyChatsThatPassedTheScoreTakeAKey) {
  EXPECT_EQ(
      Outcomes({{0.1, false}, {1.0, false}, {1.0, false}}, {{1, 1}, {1, 1}, {1, 1}}),
      (std::vector<Outcome>{Outcome::kLowQuality, Outcome::kAccepted, Outcome::kDuplicateOfChat}));
}

TEST(Decisions, Rule9AChatThatRepeatsAnExampleStillHoldsItsChatKey) {
  // The original counted it as found; a later chat with the same key is the earlier chat's
  // duplicate.
  EXPECT_EQ(Outcomes({{1.0, false}, {1.0, false}}, {{1, 5}, {1, 6}}, {{5, 50}}),
            (std::vector<Outcome>{Outcome::kDuplicateOfExample, Outcome::kDuplicateOfChat}));
}

RC_GTEST_PROP(DecisionsProperty, Rule8EachChatHasOneOutcomeAndNoTwoAcceptedShareAKey, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 60);
  std::vector<Judged> chats(n);
  std::vector<DuplicateKeys> keys(n);
  for (std::size_t i = 0; i < n; ++i) {
    chats[i].is_vetoed = *rc::gen::inRange(0, 5) == 0;
    if (*rc::gen::inRange(0, 5) != 0) chats[i].score = *rc::gen::inRange(0, 8) / 7.0;
    keys[i].among_chats = *rc::gen::inRange<std::uint64_t>(0, 10);
    keys[i].in_dataset = 100 * keys[i].among_chats + *rc::gen::inRange<std::uint64_t>(0, 3);
  }
  std::unordered_map<std::uint64_t, ExampleId> dataset;
  for (const auto key :
       *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 1000))) {
    dataset.emplace(key, 1);
  }
  const auto selected = Select(std::span<const Judged>(chats), kFiveOfSeven, dataset,
                               [&](std::size_t i) { return keys[i]; });
  std::set<std::uint64_t> chat_keys, dataset_keys;
  for (std::size_t i = 0; i < n; ++i) {
    if (selected[i].outcome == Outcome::kDuplicateOfChat) {
      const std::size_t first = selected[i].first_chat;
      RC_ASSERT(first < i);
      RC_ASSERT(keys[first].among_chats == keys[i].among_chats);
    }
    if (selected[i].outcome != Outcome::kAccepted) continue;
    RC_ASSERT(!chats[i].is_vetoed);
    RC_ASSERT(Passes(*chats[i].score, kFiveOfSeven));
    RC_ASSERT(chat_keys.insert(keys[i].among_chats).second);
    RC_ASSERT(dataset_keys.insert(keys[i].in_dataset).second);
    RC_ASSERT(!dataset.contains(keys[i].in_dataset));
  }
}

}  // namespace
}  // namespace amooz::dataset
