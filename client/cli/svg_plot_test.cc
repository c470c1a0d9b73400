#include "client/cli/svg_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

namespace amooz::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(EscapeHtml, LeavesNoMarkup) {
  EXPECT_EQ(EscapeHtml("<script>alert('x & \"y\"')</script>"),
            "&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;");
  EXPECT_EQ(EscapeHtml("سلام‌ 😀\n"), "سلام‌ 😀\n");
  EXPECT_EQ(EscapeHtml(std::string_view("a\0b\x1B\xFF", 5)), "a\uFFFDb\uFFFD\uFFFD");
}

TEST(Ticks, AreRoundAndCoverTheRange) {
  EXPECT_THAT(Ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(Ticks(320, 389, 5), ElementsAre(320, 340, 360, 380, 400));
  for (const auto& [low, high] : {std::pair{1.847, 1.884}, {0.0, 0.0}, {-3.0, 7.0}, {5e6, 5e6}}) {
    const auto ticks = Ticks(low, high, 5);
    ASSERT_GE(ticks.size(), 2u);
    EXPECT_LE(ticks.size(), 12u);
    EXPECT_LE(ticks.front(), low);
    EXPECT_GE(ticks.back(), high);
  }
}

TEST(LinePlotSvg, HasTooltipsAndATextForThoseWhoCannotSeeIt) {
  const std::string svg = LinePlotSvg({.description = "sizes & more",
                                       .x_label = "x",
                                       .y_label = "y",
                                       .series = {{"a", {{1, 2, "first <1>"}, {2, 3, "second"}}}}});
  EXPECT_THAT(svg, HasSubstr("aria-label=\"sizes &amp; more\""));
  EXPECT_THAT(svg, HasSubstr("<title>first &lt;1&gt;</title>"));
}

TEST(LinePlotSvg, LeavesOutWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      LinePlotSvg({.description = "",
                   .x_label = "",
                   .y_label = "",
                   .series = {{"a", {{1, nan, ""}, {2, 3, ""}, {3, INFINITY, ""}}}}});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_EQ(
      LinePlotSvg(
          {.description = "", .x_label = "", .y_label = "", .series = {{"a", {{1, nan, ""}}}}}),
      "");
}

TEST(LinePlotSvg, OnePointStandsInTheMiddle) {
  const std::string svg = LinePlotSvg(
      {.description = "", .x_label = "", .y_label = "", .series = {{"a", {{1, 5, "p"}}}}});
  EXPECT_THAT(svg, HasSubstr("<circle"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(BarPlotSvg, DrawsABarEach) {
  const std::string svg = BarPlotSvg({.description = "",
                                      .x_label = "",
                                      .y_label = "",
                                      .bars = {{"0", 3, "three", 1}, {"1", 0, "none", 1}}});
  EXPECT_THAT(svg, HasSubstr("<title>three</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>none</title>"));
  EXPECT_EQ(BarPlotSvg({}), "");
}

}  // namespace
}  // namespace amooz::client
