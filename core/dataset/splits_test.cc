#include "core/dataset/splits.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace amooz::dataset {
namespace {

std::uint64_t HashAt(double position) {
  return static_cast<std::uint64_t>(std::ldexp(position, 53)) << 11;
}

// A new chat row; its response hash lies at `position`, its instruction is its own.
SplitRow NewRow(double position, std::uint64_t instruction = 0) {
  static std::uint64_t next = 1;
  SplitRow row;
  row.is_new = true;
  row.response = HashAt(position);
  row.instruction = instruction != 0 ? instruction : (std::uint64_t{1} << 63) + ++next;
  return row;
}
SplitRow OldRow(double position, Split split, std::uint64_t instruction = 0) {
  SplitRow row = NewRow(position, instruction);
  row.is_new = false;
  row.split = split;
  return row;
}
// n rows spread over (0.1, 1): train, by their hash.
std::vector<SplitRow> TrainRows(std::size_t n) {
  std::vector<SplitRow> rows;
  for (std::size_t i = 0; i < n; ++i) {
    rows.push_back(NewRow(0.11 + 0.88 * (static_cast<double>(i) + 0.5) / static_cast<double>(n)));
  }
  return rows;
}
// Rows that only make the version large.
void AddExcluded(std::size_t n, std::vector<SplitRow>* rows) {
  for (std::size_t i = 0; i < n; ++i) {
    rows->push_back(OldRow(0.5, Split::kExcluded));
    rows->back().exclusion = Exclusion::kEqualsHeldOut;
  }
}
// With 20 old held-out rows before them, so that filling up does not disturb what a test looks at,
// and 100 excluded ones behind them, so that these are not too large a part.
std::vector<SplitRow> WithHeldOut(std::vector<SplitRow> rows) {
  std::vector<SplitRow> all;
  for (int i = 0; i < 20; ++i) all.push_back(OldRow(0.001 + 0.0001 * i, Split::kHeldOut));
  all.insert(all.end(), rows.begin(), rows.end());
  AddExcluded(100, &all);
  return all;
}
void Assign(std::vector<SplitRow>* rows, std::vector<ExampleKeys> ever_trained = {}) {
  AssignSplits(*rows, ever_trained, SplitPolicy{});
}

TEST(Splits, Rule13TheHashDecides) {
  auto rows =
      WithHeldOut({NewRow(0.0499), NewRow(0.0501), NewRow(0.0999), NewRow(0.1001), NewRow(0.9999)});
  Assign(&rows);
  EXPECT_EQ(rows[20].split, Split::kHeldOut);
  EXPECT_EQ(rows[21].split, Split::kValidation);
  EXPECT_EQ(rows[22].split, Split::kValidation);
  EXPECT_EQ(rows[23].split, Split::kTrain);
  EXPECT_EQ(rows[24].split, Split::kTrain);
}

TEST(Splits, Rule13UnitIntervalStaysBelowOne) {
  EXPECT_EQ(UnitInterval(0), 0.0);
  EXPECT_LT(UnitInterval(~std::uint64_t{0}), 1.0);
  EXPECT_FALSE(IsAboveBothShares(HashAt(0.0999), {}));
  EXPECT_TRUE(IsAboveBothShares(HashAt(0.1001), {}));
}

TEST(Splits, Rule13GivenOnceAndNeverChanged) {
  auto rows = WithHeldOut(
      {OldRow(0.01, Split::kTrain), OldRow(0.5, Split::kHeldOut), OldRow(0.5, Split::kValidation)});
  rows.push_back(OldRow(0.7, Split::kExcluded));
  rows.back().exclusion = Exclusion::kEqualsHeldOut;
  const auto before = rows;
  rows.push_back(NewRow(0.01));
  Assign(&rows);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(rows[i].split, before[i].split) << i;
    EXPECT_EQ(rows[i].exclusion, before[i].exclusion) << i;
  }
}

TEST(Splits, Rule13NotHeldOutIfItsTextWasEverTrainedOn) {
  const SplitRow by_instruction = NewRow(0.02, 111), by_response = NewRow(0.03),
                 free = NewRow(0.04);
  auto rows = WithHeldOut({by_instruction, by_response, free});
  Assign(&rows, {{.dataset = 0, .instruction = 111, .response = 5},
                 {.dataset = 0, .instruction = 6, .response = by_response.response}});
  EXPECT_EQ(rows[20].split, Split::kTrain);
  EXPECT_EQ(rows[21].split, Split::kTrain);
  EXPECT_EQ(rows[22].split, Split::kHeldOut);
}

TEST(Splits, Rule13NotHeldOutIfATrainRowsContextHoldsItsResponse) {
  auto rows = WithHeldOut({OldRow(0.5, Split::kTrain), NewRow(0.03)});
  rows[20].context = {rows[21].response};
  Assign(&rows);
  EXPECT_EQ(rows[21].split, Split::kTrain);
}

TEST(Splits, Rule13AtMostFiveHundredTheLowestHashesFirst) {
  std::vector<SplitRow> rows;
  for (int i = 599; i >= 0; --i) rows.push_back(NewRow(0.00001 * (i + 1)));
  AddExcluded(2000, &rows);
  Assign(&rows);
  EXPECT_EQ(CountSplits(rows).held_out, 500);
  for (std::size_t i = 0; i < 600; ++i) {
    EXPECT_EQ(rows[i].split == Split::kHeldOut, i >= 100) << i;
  }
}

TEST(Splits, Rule13HeldOutRowsAreNoMoreThanAFifthOfASmallDataset) {
  std::vector<SplitRow> rows;
  for (int i = 0; i < 12; ++i) rows.push_back(OldRow(0.001 * (i + 1), Split::kHeldOut));
  for (int i = 0; i < 48; ++i) rows.push_back(OldRow(0.5, Split::kTrain));
  rows.push_back(NewRow(0.0005));
  Assign(&rows);
  EXPECT_EQ(CountSplits(rows).held_out, 12);
  EXPECT_EQ(rows.back().split, Split::kTrain);
}

TEST(Splits, Rule13ALargerShareOfTheConfigMayHoldOutMoreThanAFifth) {
  std::vector<SplitRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(NewRow((i + 0.5) / 100));
  AssignSplits(rows, {}, SplitPolicy{.held_out_share = 0.4});
  EXPECT_EQ(CountSplits(rows).held_out, 40);
}

TEST(Splits, Rule13FillsUpToTwentyWithTheLowestHashes) {
  auto rows = TrainRows(200);
  std::reverse(rows.begin(), rows.end());
  Assign(&rows);
  EXPECT_EQ(CountSplits(rows).held_out, 20);
  EXPECT_EQ(rows[199].split, Split::kHeldOut);
  EXPECT_EQ(rows[180].split, Split::kHeldOut);
  EXPECT_EQ(rows[179].split, Split::kTrain);
}

TEST(Splits, Rule13FillsUpToAFifthOfAllRowsAtMost) {
  auto rows = TrainRows(49);
  Assign(&rows);
  EXPECT_EQ(CountSplits(rows).held_out, 9);
  auto few = TrainRows(4);
  Assign(&few);
  EXPECT_EQ(CountSplits(few).held_out, 0);
}

TEST(Splits, Rule14ExcludesWhatEqualsAHeldOutRow) {
  const SplitRow held = NewRow(0.01, 77);
  auto rows = WithHeldOut({held, NewRow(0.5, 77), NewRow(0.07, 77), NewRow(0.6)});
  rows[23].context = {1, held.response};
  Assign(&rows);
  EXPECT_EQ(rows[20].split, Split::kHeldOut);
  EXPECT_EQ(rows[21].split, Split::kExcluded);
  EXPECT_EQ(rows[21].exclusion, Exclusion::kEqualsHeldOut);
  EXPECT_EQ(rows[22].exclusion, Exclusion::kEqualsHeldOut);
  EXPECT_EQ(rows[23].split, Split::kExcluded);
  EXPECT_EQ(rows[23].exclusion, Exclusion::kContextHoldsHeldOut);
}

TEST(Splits, Rule14TwoRowsWithOneResponseAreBothHeldOut) {
  auto rows = WithHeldOut({NewRow(0.01), NewRow(0.01)});
  Assign(&rows);
  EXPECT_EQ(rows[20].split, Split::kHeldOut);
  EXPECT_EQ(rows[21].split, Split::kHeldOut);
}

TEST(Splits, Rule16OurOwnModelsRepliesAreNeverHeldOut) {
  auto rows = TrainRows(40);
  for (SplitRow& row : rows) row.author = Author::kModel;
  rows.push_back(NewRow(0.01));
  rows.back().author = Author::kModel;
  Assign(&rows);
  EXPECT_EQ(CountSplits(rows).held_out, 0);
}

TEST(Splits, Rule16AtMostAQuarterOfTheTrainRowsIsModelWritten) {
  auto rows = WithHeldOut(TrainRows(16));
  const std::size_t humans = 12;
  for (std::size_t i = 20 + humans; i < rows.size(); ++i) {
    rows[i].author = Author::kModel;
    rows[i].score = 0.8;
  }
  Assign(&rows);  // 4 of 16 is a quarter
  EXPECT_EQ(CountSplits(rows).train, 16);

  rows.push_back(NewRow(0.5));
  rows.back().author = Author::kModel;
  rows.back().score = 0.9;
  for (std::size_t i = 20; i + 1 < rows.size(); ++i) rows[i].is_new = false;
  Assign(&rows);  // the fifth is better: of the equal others the oldest goes
  EXPECT_EQ(rows.back().split, Split::kTrain);
  EXPECT_EQ(rows[20 + humans].split, Split::kExcluded);
  EXPECT_EQ(rows[20 + humans].exclusion, Exclusion::kModelShare);
  EXPECT_EQ(CountSplits(rows).train, 16);
}

TEST(Splits, Rule16RecomputedAtEachSnapshot) {
  std::vector<SplitRow> rows = WithHeldOut({OldRow(0.5, Split::kExcluded)});
  rows[20].author = Author::kModel;
  rows[20].exclusion = Exclusion::kModelShare;
  for (const SplitRow& row : TrainRows(3)) rows.push_back(row);
  Assign(&rows);
  EXPECT_EQ(rows[20].split, Split::kTrain);
  EXPECT_EQ(rows[20].exclusion, Exclusion::kNone);
}

TEST(Splits, Rule17VariationsAndTheirSourcesAreNeverHeldOut) {
  auto rows = TrainRows(30);
  for (SplitRow& row : rows) row.origin = Origin::kVariation;
  rows[3].origin = Origin::kChat;
  rows[3].is_variation_source = true;
  Assign(&rows);
  EXPECT_EQ(CountSplits(rows).held_out, 0);
}

// Versions that grow, with texts from a small pool so that they meet.
RC_GTEST_PROP(SplitsProperty, Rules13To17HoldOverManyVersions, ()) {
  const auto hash =
      rc::gen::map(rc::gen::inRange(0, 60), [](int i) { return HashAt((i + 0.5) / 60.0); });
  std::vector<SplitRow> rows;
  std::vector<ExampleKeys> ever_trained;
  for (int version = 0; version < 4; ++version) {
    for (SplitRow& row : rows) row.is_new = false;
    const auto before = rows;
    const auto added = *rc::gen::inRange<std::size_t>(0, 40);
    for (std::size_t i = 0; i < added; ++i) {
      SplitRow row;
      row.is_new = true;
      row.response = *hash;
      row.instruction = *hash + 1;
      if (*rc::gen::inRange(0, 4) == 0) row.context.push_back(*hash);
      row.origin = static_cast<Origin>(*rc::gen::inRange(1, 4));
      row.author = static_cast<Author>(*rc::gen::inRange(0, 3));
      row.score = *rc::gen::inRange(0, 8) / 7.0;
      rows.push_back(row);
    }
    const SplitPolicy policy{0.1, 0.1, 0.25};
    AssignSplits(rows, ever_trained, policy);

    std::size_t train = 0, model_written = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const SplitRow& row = rows[i];
      if (i < before.size() && row.author != Author::kModel)
        RC_ASSERT(row.split == before[i].split);
      RC_ASSERT((row.split == Split::kExcluded) == (row.exclusion != Exclusion::kNone));
      train += row.split == Split::kTrain;
      model_written += row.split == Split::kTrain && row.author == Author::kModel;
      if (row.split != Split::kHeldOut) continue;
      RC_ASSERT(row.author != Author::kModel);
      RC_ASSERT(row.origin != Origin::kVariation);
      for (const SplitRow& other : rows) {  // rule 18: nothing of it reaches the trainer
        if (other.split != Split::kTrain && other.split != Split::kValidation) continue;
        RC_ASSERT(other.response != row.response);
        RC_ASSERT(other.instruction != row.instruction);
        for (const std::uint64_t turn : other.context) RC_ASSERT(turn != row.response);
      }
    }
    RC_ASSERT(4 * model_written <= train);
    for (const SplitRow& row : rows) {
      if (row.split == Split::kTrain || row.split == Split::kValidation) {
        ever_trained.push_back({0, row.instruction, row.response});
      }
    }
  }
}

}  // namespace
}  // namespace amooz::dataset
