#include "core/dataset/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace amooz::dataset {
namespace {

constexpr Fate kStays = Fate::kStays, kDuplicate = Fate::kDuplicate, kEvicted = Fate::kEvicted;

MergeRow Import(std::uint64_t key) { return {key, Origin::kImport, std::nullopt, false}; }
MergeRow ChatRow(std::uint64_t key, double score) { return {key, Origin::kChat, score, false}; }
MergeRow Variation(std::uint64_t key, std::optional<double> score) {
  return {key, Origin::kVariation, score, false};
}
MergeRow HeldOut(MergeRow row) {
  row.is_held_out = true;
  return row;
}

std::vector<Fate> Merge(const std::vector<MergeRow>& rows, std::size_t cap,
                        Eviction eviction = Eviction::kLowestScore) {
  std::vector<Fate> fates = RemoveDuplicates(rows);
  ApplyCap(rows, cap, eviction, fates);
  return fates;
}

TEST(Merge, Rule10TheFirstOfEachDatasetKeyStays) {
  EXPECT_EQ(Merge({Import(1), Import(1), ChatRow(2, 1), ChatRow(1, 1), Variation(2, 1)}, 100),
            (std::vector<Fate>{kStays, kDuplicate, kStays, kDuplicate, kDuplicate}));
}

TEST(Merge, Rule12NewestFirstLeavesOutWhatIsPastTheCapInOrder) {
  EXPECT_EQ(Merge({Import(1), Import(1), HeldOut(ChatRow(2, 0.1)), ChatRow(3, 1),
                   HeldOut(Variation(4, 1))},
                  2, Eviction::kNewestFirst),
            (std::vector<Fate>{kStays, kDuplicate, kStays, kEvicted, kEvicted}));
}

TEST(Merge, Rule12TheLowestScoreGoesFirst) {
  EXPECT_EQ(Merge({ChatRow(1, 0.9), ChatRow(2, 0.7), ChatRow(3, 0.8)}, 2),
            (std::vector<Fate>{kStays, kEvicted, kStays}));
}

TEST(Merge, Rule12AmongEqualScoresTheOlderGoesFirst) {
  EXPECT_EQ(Merge({ChatRow(1, 0.9), ChatRow(2, 0.9), ChatRow(3, 0.9)}, 2),
            (std::vector<Fate>{kEvicted, kStays, kStays}));
}

TEST(Merge, Rule12AmongEqualScoresVariationsGoBeforeChats) {
  EXPECT_EQ(
      Merge({ChatRow(1, 0.9), Variation(2, 0.9), Variation(3, std::nullopt), ChatRow(4, 0.5)}, 2),
      (std::vector<Fate>{kStays, kStays, kEvicted, kEvicted}));
  EXPECT_EQ(Merge({ChatRow(1, 0.9), Variation(2, 0.9)}, 1), (std::vector<Fate>{kStays, kEvicted}));
}

TEST(Merge, Rule12ImportedRowsGoLastWhateverTheirScoreAndThenTheOldest) {
  MergeRow scored = Import(1);
  scored.score = 0.0;
  EXPECT_EQ(Merge({scored, ChatRow(2, 1.0)}, 1), (std::vector<Fate>{kStays, kEvicted}));
  MergeRow well_scored = Import(1);
  well_scored.score = 1.0;
  EXPECT_EQ(Merge({well_scored, Import(2), Import(3)}, 1),
            (std::vector<Fate>{kEvicted, kEvicted, kStays}));
}

TEST(Merge, Rule12AHeldOutRowIsNeverEvictedByLowestScore) {
  EXPECT_EQ(Merge({HeldOut(ChatRow(1, 0.1)), ChatRow(2, 0.9)}, 1),
            (std::vector<Fate>{kStays, kEvicted}));
  EXPECT_EQ(Merge({HeldOut(ChatRow(1, 0.1)), HeldOut(Import(2)), Import(3)}, 1),
            (std::vector<Fate>{kStays, kStays, kEvicted}));
}

struct RandomMerge {
  std::vector<MergeRow> rows;
  std::size_t previous = 0, chats = 0, cap = 0;
  Eviction eviction = Eviction::kLowestScore;
};

RandomMerge AnyMerge() {
  RandomMerge merge;
  merge.previous = *rc::gen::inRange<std::size_t>(0, 30);
  merge.chats = *rc::gen::inRange<std::size_t>(0, 30);
  const auto variations = *rc::gen::inRange<std::size_t>(0, 10);
  for (std::size_t i = 0; i < merge.previous + merge.chats + variations; ++i) {
    MergeRow row;
    row.dataset_key = *rc::gen::inRange<std::uint64_t>(0, 50);
    row.origin = i < merge.previous                 ? static_cast<Origin>(*rc::gen::inRange(1, 4))
                 : i < merge.previous + merge.chats ? Origin::kChat
                                                    : Origin::kVariation;
    if (*rc::gen::inRange(0, 4) != 0) row.score = *rc::gen::inRange(0, 8) / 7.0;
    row.is_held_out = i < merge.previous && *rc::gen::inRange(0, 6) == 0;
    merge.rows.push_back(row);
  }
  merge.cap = *rc::gen::inRange<std::size_t>(1, 60);
  merge.eviction = *rc::gen::arbitrary<bool>() ? Eviction::kLowestScore : Eviction::kNewestFirst;
  return merge;
}

RC_GTEST_PROP(MergeProperty, Rule11TheSumsBalance, ()) {
  const RandomMerge merge = AnyMerge();
  const auto fates = Merge(merge.rows, merge.cap, merge.eviction);
  const Arithmetic sums = Count(fates, merge.previous, merge.chats);
  RC_ASSERT(sums.Balances());
  RC_ASSERT(sums.original_size == merge.previous);
  RC_ASSERT(sums.added_from_chats <= sums.found_in_chats);
}

RC_GTEST_PROP(MergeProperty, Rule12TheCapHoldsAndNothingIsEvictedNeedlessly, ()) {
  const RandomMerge merge = AnyMerge();
  const auto fates = Merge(merge.rows, merge.cap, merge.eviction);
  const Arithmetic sums = Count(fates, merge.previous, merge.chats);
  std::size_t held_out = 0;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (fates[i] == kStays && merge.rows[i].is_held_out) ++held_out;
    if (merge.eviction == Eviction::kLowestScore && merge.rows[i].is_held_out)
      RC_ASSERT(fates[i] != kEvicted);
  }
  const std::size_t most =
      merge.eviction == Eviction::kLowestScore ? std::max(merge.cap, held_out) : merge.cap;
  RC_ASSERT(sums.final_size <= most);
  if (sums.evicted > 0) RC_ASSERT(sums.final_size >= merge.cap);
}

RC_GTEST_PROP(MergeProperty, Rule12NothingThatStaysIsWorseThanWhatWasEvicted, ()) {
  RandomMerge merge = AnyMerge();
  const auto fates = Merge(merge.rows, merge.cap, Eviction::kLowestScore);
  for (std::size_t gone = 0; gone < fates.size(); ++gone) {
    if (fates[gone] != kEvicted) continue;
    for (std::size_t kept = 0; kept < fates.size(); ++kept) {
      const MergeRow& stays = merge.rows[kept];
      if (fates[kept] != kStays || stays.is_held_out) continue;
      if (merge.rows[gone].origin == Origin::kImport) {
        RC_ASSERT(stays.origin == Origin::kImport);
        RC_ASSERT(kept > gone);
      } else if (stays.origin != Origin::kImport) {
        RC_ASSERT(stays.score.value_or(0) >= merge.rows[gone].score.value_or(0));
      }
    }
  }
}

RC_GTEST_PROP(MergeProperty, Rule10WhatStaysOrWasEvictedHasDistinctKeys, ()) {
  const RandomMerge merge = AnyMerge();
  const auto fates = Merge(merge.rows, merge.cap, merge.eviction);
  std::set<std::uint64_t> keys, all;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    all.insert(merge.rows[i].dataset_key);
    if (fates[i] != kDuplicate) RC_ASSERT(keys.insert(merge.rows[i].dataset_key).second);
  }
  RC_ASSERT(keys == all);
}

}  // namespace
}  // namespace amooz::dataset
