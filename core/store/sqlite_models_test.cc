#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/store_testing.h"

namespace amooz::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ModelsTest : public StoreTest {
 protected:
  static std::string Digest(char digit) { return std::string(64, digit); }
  // Trained in a cycle of its own, and rejected.
  void Train(const std::string& digest) {
    const CycleId id = Begin().cycle.id;
    ASSERT_TRUE(store_->CommitSnapshot(At(id, Stage::kSnapshot), {}).ok());
    ASSERT_TRUE(store_->CommitTrain(At(id, Stage::kTrain), NewModel{.digest = digest}).ok());
    ASSERT_TRUE(store_->FinishCycle(At(id, Stage::kReport), "{}").ok());
  }
  void Promote(const std::string& digest, PromotionKind kind = PromotionKind::kByHand) {
    const auto promotion = store_->ChangeActiveModel({.digest = digest, .kind = kind});
    ASSERT_TRUE(promotion.ok()) << promotion.status();
  }
};

TEST_F(ModelsTest, FoundByABeginningThatNamesOne) {
  Train("abcd1" + std::string(59, '0'));
  Train("abcd2" + std::string(59, '0'));
  EXPECT_EQ(store_->GetModel("abcd1")->cycle_id, 1);
  const absl::Status several = store_->GetModel("abcd").status();
  EXPECT_EQ(several.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(several.message()), HasSubstr("give more digits"));
  EXPECT_EQ(store_->GetModel("abc").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->GetModel("ABCD").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->GetModel("ffff").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetModel("active").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ModelsTest, GenerationsRiseAndTheOldOneRetires) {
  Train(Digest('a'));
  Train(Digest('b'));
  EXPECT_EQ(store_->GetActiveModel()->generation, 0);
  Promote(Digest('a'));
  Promote(Digest('b'));
  EXPECT_EQ(store_->GetActiveModel()->generation, 2);
  EXPECT_EQ(store_->GetModel(Digest('a'))->state, ModelState::kRetired);
  const std::vector<Promotion> history = store_->ListPromotions("").value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].digest, Digest('b'));
  EXPECT_EQ(history[0].previous_digest, Digest('a'));
  EXPECT_EQ(store_->ListPromotions(Digest('a'))->size(), 1U);
  EXPECT_EQ(store_->ChangeActiveModel({.digest = Digest('b')}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->ChangeActiveModel({.digest = Digest('9')}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ModelsTest, Rule24_RollingBackTwiceGoesBackTwo) {
  EXPECT_EQ(store_->RollbackTarget().status().code(), absl::StatusCode::kNotFound);
  for (const char digit : {'a', 'b', 'c'}) {
    Train(Digest(digit));
    Promote(Digest(digit));
  }
  EXPECT_EQ(store_->RollbackTarget().value(), Digest('b'));
  Promote(Digest('b'), PromotionKind::kRollback);
  EXPECT_EQ(store_->RollbackTarget().value(), Digest('a'));
  Promote(Digest('a'), PromotionKind::kRollback);
  EXPECT_EQ(store_->RollbackTarget().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ModelsTest, Rule24_KeepsTheLastPromotedAndRejected) {
  for (const char digit : {'1', '2', '3', '4', '5'}) Train(Digest(digit));
  for (const char digit : {'a', 'b', 'c'}) {
    Train(Digest(digit));
    Promote(Digest(digit));
  }
  EXPECT_THAT(store_->ModelsToDelete(2, 3).value(),
              ElementsAre(Digest('1'), Digest('2'), Digest('a')));
  ASSERT_TRUE(store_->MarkModelDeleted(Digest('a')).ok());
  EXPECT_EQ(store_->GetModel(Digest('a'))->state, ModelState::kDeleted);
  EXPECT_THAT(store_->ModelsToDelete(2, 5).value(), IsEmpty());
  EXPECT_EQ(store_->MarkModelDeleted(Digest('c')).code(), absl::StatusCode::kFailedPrecondition);
  const absl::Status gone = store_->ChangeActiveModel({.digest = Digest('a')}).status();
  EXPECT_EQ(gone.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(gone.message()), HasSubstr("deleted by retention"));
}

TEST_F(ModelsTest, AFailureToLoadIsKept) {
  Train(Digest('a'));
  ASSERT_TRUE(store_->SetModelFailure(Digest('a'), "its child died").ok());
  EXPECT_EQ(store_->GetModel(Digest('a'))->failure, "its child died");
  EXPECT_EQ(store_->SetModelFailure(Digest('b'), "x").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace amooz::store
