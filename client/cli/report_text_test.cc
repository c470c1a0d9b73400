#include "client/cli/report_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/sample_report.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportText, BeginsWithTheSummaryAndShowsWhatLiesBehindIt) {
  const std::string text = ReportText(SampleReport(), Style(false));
  EXPECT_TRUE(text.starts_with("Enhancement Summary of cycle 2\n"));
  for (const char* part :
       {"\nThe gate\n  Result  passed: better than the active model", "relative gain 1.96 %",
        "\nChats by outcome\n  accepted     40  █", "no_ending", "7.0 points", "held_out  ",
        "Training loss    4.800 → 1.835", "stop_reason      early_stop", "train  120.50 s",
        "دلم برای <b>پدرم</b> تنگ شده"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ReportText, PartsThatAreEmptyAreLeftOut) {
  v1::CycleReport report;
  report.mutable_cycle()->set_id(5);
  report.mutable_cycle()->set_state(v1::CYCLE_STATE_FAILED);
  report.mutable_cycle()->set_error("the trainer died");
  const std::string text = ReportText(report, Style(false));
  EXPECT_THAT(text, HasSubstr("the trainer died"));
  EXPECT_THAT(text, Not(HasSubstr("Chats by")));
  EXPECT_THAT(text, Not(HasSubstr("The gate")));
}

}  // namespace
}  // namespace amooz::client
