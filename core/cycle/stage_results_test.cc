#include "core/cycle/stage_results.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace amooz::cycle {
namespace {

TEST(StageResults, Rule2ComeBackAsTheyWere) {
  const std::vector<ChatScore> scores = {{5.0 / 7, false, "", ""},
                                         {std::nullopt, false, "", ""},
                                         {0.0, true, "too_short", "too_short,repetitive"},
                                         {1.0, false, "", "repetitive"}};
  EXPECT_EQ(*DecodeScores(EncodeScores(scores)), scores);
  const std::vector<VariationRow> rows = {
      {"سلام پدر", "سلام", 7, -1}, {"a", "b", 0, 3}, {"c", "d", 0, -1}};
  EXPECT_EQ(*DecodeVariations(EncodeVariations(rows)), rows);
  EXPECT_TRUE(DecodeScores(EncodeScores({}))->empty());
}

TEST(StageResults, ADamagedResultIsDataLossAtEachLength) {
  const std::string scores =
      EncodeScores({{0.5, true, "too_short", "a,b"}, {std::nullopt, false, "", ""}});
  for (std::size_t length = 0; length < scores.size(); ++length) {
    EXPECT_EQ(DecodeScores(scores.substr(0, length)).status().code(), absl::StatusCode::kDataLoss)
        << length;
  }
  EXPECT_FALSE(DecodeScores(scores + "x").ok());
}

RC_GTEST_PROP(StageResultsProperty, AnyBytesAreReadWithoutHarm, (const std::string& bytes)) {
  (void)DecodeScores(bytes).ok();
  (void)DecodeVariations(bytes).ok();
}

}  // namespace
}  // namespace amooz::cycle
