#include "client/cli/report_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/cli/sample_report.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Names of the tags that are open at the end, and whether any was closed in the wrong order.
std::vector<std::string> OpenTags(const std::string& html, bool* is_well_nested) {
  std::vector<std::string> open;
  *is_well_nested = true;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    const std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name =
        tag.substr(tag.front() == '/', tag.find_first_of(" \n") - (tag.front() == '/'));
    const bool is_void = tag.front() == '!' || tag.back() == '/' || name == "meta" || name == "br";
    if (is_void) continue;
    if (tag.front() != '/') {
      open.push_back(name);
    } else if (!open.empty() && open.back() == name) {
      open.pop_back();
    } else {
      *is_well_nested = false;
    }
  }
  return open;
}

TEST(ReportHtml, EscapesEveryTextOfAChatAndLetsItFindItsDirection) {
  const std::string html = ReportHtml(SampleReport());
  EXPECT_THAT(html, HasSubstr("<p dir=\"auto\">دلم برای &lt;b&gt;پدرم&lt;/b&gt; تنگ شده</p>"));
  EXPECT_THAT(html, HasSubstr("همیشه کنارت است &amp; دوستت دارد."));
}

TEST(ReportHtml, IsSelfContained) {
  const std::string html = ReportHtml(SampleReport());
  for (const char* outside : {"http", "src=", "<script", "<link", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
}

TEST(ReportHtml, ShowsAllFourPlotsWithTooltips) {
  const std::string html = ReportHtml(SampleReport());
  for (const char* part :
       {"Dataset growth", "Held-out quality", "<h3>Training</h3>", "Scores",
        "<title>version 4: 560 examples, by cycle 2</title>", "<title>cycle 2: 1.8470, promoted",
        "<title>step 40: validation loss", "<title>7 points: 49 chats</title>"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

TEST(ReportHtml, EveryTagIsClosedInOrder) {
  bool is_well_nested = false;
  EXPECT_TRUE(OpenTags(ReportHtml(SampleReport()), &is_well_nested).empty());
  EXPECT_TRUE(is_well_nested);
}

TEST(ReportHtml, TheErrorOfAFailedCycleIsEscaped) {
  v1::CycleReport report;
  report.mutable_cycle()->set_id(5);
  report.mutable_cycle()->set_state(v1::CYCLE_STATE_FAILED);
  report.mutable_cycle()->set_error("<img onerror=x>");
  const std::string html = ReportHtml(report);
  EXPECT_THAT(html, HasSubstr("&lt;img onerror=x&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
}

}  // namespace
}  // namespace amooz::client
