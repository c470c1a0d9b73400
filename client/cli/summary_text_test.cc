#include "client/cli/summary_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

v1::Cycle Finished() {
  v1::Cycle cycle;
  cycle.set_id(3);
  cycle.set_state(v1::CYCLE_STATE_FINISHED);
  v1::CycleSummary& summary = *cycle.mutable_summary();
  summary.set_original_size(320);
  summary.set_chats_read(90);
  summary.set_found_in_chats(61);
  summary.set_added_from_chats(60);
  summary.set_added_variations(9);
  summary.set_duplicates_removed(1);
  summary.set_final_size(389);
  summary.set_growth(69);
  summary.set_growth_percent(21.5625);
  summary.set_trained(true);
  summary.set_training_reason("69 rows changed, at least 20 are needed");
  summary.set_held_out_before(1.884);
  summary.set_held_out_after(1.847);
  summary.set_held_out_rows(60);
  summary.set_held_out_bytes(5432);
  summary.set_promoted(true);
  summary.set_promotion_reason("better by 2.0 %");
  summary.set_server_cpu_seconds(0.384);
  return cycle;
}

TEST(SummaryText, HasEveryLineOfTheEnhancementSummary) {
  EXPECT_EQ(
      SummaryText(Finished(), Style(false)),
      "Enhancement Summary of cycle 3\n"
      "  Original size           320 examples\n"
      "  Found in chats          61 of 90 chats read; 60 added\n"
      "  Variations              9\n"
      "  Duplicates removed      1\n"
      "  Evicted                 0\n"
      "  Final size              389 examples\n"
      "  Growth                  +69 (+21.6 %)\n"
      "  Trained                 yes: 69 rows changed, at least 20 are needed\n"
      "  Held-out bits per byte  1.884 → 1.847 (−2.0 %) on 60 held-out examples, 5,432 bytes\n"
      "  Promoted                yes: better by 2.0 %\n"
      "  CPU of the server       0.38 s\n");
}

TEST(SummaryText, AFirstModelHasNoneBefore) {
  v1::Cycle cycle = Finished();
  cycle.mutable_summary()->clear_held_out_before();
  EXPECT_THAT(HeldOutText(cycle.summary()), HasSubstr("no model before → 1.847 on 60"));
}

TEST(SummaryText, SaysWhyNothingWasTrained) {
  v1::Cycle cycle = Finished();
  cycle.mutable_summary()->clear_held_out_before();
  cycle.mutable_summary()->clear_held_out_after();
  cycle.mutable_summary()->set_trained(false);
  cycle.mutable_summary()->set_training_reason("3 rows changed, at least 20 are needed");
  const std::string text = SummaryText(cycle, Style(false));
  EXPECT_THAT(text, HasSubstr("Trained                 no: 3 rows changed"));
  EXPECT_THAT(text, HasSubstr("not measured"));
}

TEST(SummaryText, ACycleThatFailedSaysWhereAndWhy) {
  v1::Cycle cycle;
  cycle.set_id(4);
  cycle.set_state(v1::CYCLE_STATE_FAILED);
  cycle.set_stage(v1::STAGE_TRAIN);
  cycle.set_error("the trainer died");
  EXPECT_EQ(SummaryText(cycle, Style(false)),
            "Cycle 4\n  State  failed\n  Stage  train\n  Why    the trainer died\n");
}

}  // namespace
}  // namespace amooz::client
