#include "core/base/domain.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

TEST(ChatKey, PrintsAndParses) {
  const ChatKey key{.producer = "file:ab/c", .seq = 17};
  EXPECT_EQ(ToString(key), "file:ab/c/17");
  EXPECT_EQ(ParseChatKey("file:ab/c/17"), key);
}

TEST(ChatKey, RefusesWhatIsNone) {
  for (const char* text :
       {"", "/", "a", "a/", "/1", "a/0", "a/-1", "a/1x", "a/ 1", "a/99999999999999999999"}) {
    EXPECT_EQ(ParseChatKey(text), std::nullopt) << text;
  }
}

TEST(Names, AreTheDomainsWords) {
  EXPECT_EQ(OutcomeName(Outcome::kDuplicateOfExample), "duplicate_of_example");
  EXPECT_EQ(OriginName(Origin::kVariation), "variation");
  EXPECT_EQ(SplitName(Split::kHeldOut), "held_out");
  EXPECT_EQ(ExclusionName(Exclusion::kModelShare), "model_share");
  EXPECT_EQ(StageName(Stage::kSnapshot), "snapshot");
  EXPECT_EQ(CycleStateName(CycleState::kCancelled), "cancelled");
  EXPECT_EQ(ModelStateName(ModelState::kRejected), "rejected");
  EXPECT_EQ(PromotionKindName(PromotionKind::kByHand), "by hand");
}

}  // namespace
}  // namespace amooz
