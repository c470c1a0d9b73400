#include "client/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "client/cli/display_width.h"

namespace amooz::client {
namespace {

Table Sample() {
  Table table({{"ID", Align::kRight}, {"TEXT", Align::kLeft, kShrink}, {"STATE"}});
  table.AddRow({"7", "سلام دوست من، حالت چطور است؟", "in"});
  table.AddRow({"12", "漢字", "out"});
  return table;
}

TEST(Table, AlignsByDisplayWidth) {
  Table table({{"A"}, {"B", Align::kRight}, {"C"}});
  table.AddRow({"漢字", "1", "x"});
  table.AddRow({"می‌", "22", "y"});
  EXPECT_EQ(table.ToString(0, Style(false)),
            "A      B  C\n"
            "漢字   1  x\n"
            "می‌    22  y\n");
}

TEST(Table, FitsTheTerminalByShrinkingTexts) {
  for (const int columns : {20, 30, 40, 80}) {
    std::istringstream lines(Sample().ToString(columns, Style(false)));
    std::string line;
    while (std::getline(lines, line)) EXPECT_LE(DisplayWidth(line), columns) << line;
  }
  EXPECT_NE(Sample().ToString(26, Style(false)).find("…"), std::string::npos);
  EXPECT_EQ(Sample().ToString(0, Style(false)).find("…"), std::string::npos);
}

TEST(Table, PersianCellsStayInTheirColumnsOnATerminalThatReorders) {
  Table table({{"A", Align::kLeft, kShrink}, {"B", Align::kLeft, kShrink}, {"C"}});
  table.AddRow({"سلام.", "درود", "x"});
  // Left, then the text's own right, as the bidirectional algorithm counts them.
  EXPECT_EQ(table.ToString(80, Style(false)),
            "A      B     C\n"
            "\u200E\u200Fسلام.\u200F\u200E  \u200E\u200Fدرود\u200F\u200E  x\n");
  EXPECT_EQ(table.ToString(0, Style(false)).find("\u200E"), std::string::npos);
}

TEST(Table, ANarrowTerminalLosesColumnsBeforeTextsBecomeUnreadable) {
  Table table({{"NAME"},
               {"SIZE", Align::kRight, kLeave},
               {"WHY", Align::kLeft, kShrink},
               {"TIME", Align::kLeft, kLeave}});
  table.AddRow({"a", "12", std::string(30, 'x'), "2026-01-14"});
  const auto header = [&](int columns) {
    const std::string text = table.ToString(columns, Style(false));
    return text.substr(0, text.find('\n'));
  };
  EXPECT_EQ(header(80), "NAME  SIZE  WHY                             TIME");
  EXPECT_EQ(header(44), "NAME  SIZE  WHY                   TIME");
  EXPECT_EQ(header(43), "NAME  SIZE  WHY");
  EXPECT_EQ(header(31), "NAME  WHY");
  EXPECT_EQ(header(20), "NAME  WHY");
}

TEST(Table, ANameStaysWholeAsLongAsTextsCanShrink) {
  Table table({{"ID"}, {"TEXT", Align::kLeft, kShrink}});
  table.AddRow({std::string(40, 'n'), std::string(40, 'x')});
  EXPECT_EQ(table.ToString(47, Style(false)).substr(47), std::string(40, 'n') + "  " + "xxxx…\n");
  EXPECT_EQ(table.ToString(46, Style(false)).find("n…"), std::string::npos);
  EXPECT_NE(table.ToString(45, Style(false)).find("n…"), std::string::npos);
}

TEST(Table, WithoutAScreenALongTextIsCutToo) {
  Table table({{"TEXT", Align::kLeft, kShrink}, {"STATE"}});
  table.AddRow({std::string(100'000, 'x'), "in"});
  EXPECT_LT(table.ToString(0, Style(false)).size(), 400u);
}

TEST(Table, ACellIsOneLine) {
  Table table({{"A"}});
  table.AddRow({"x\ny\x1B"});
  EXPECT_EQ(table.ToString(0, Style(false)), "A\nx y\uFFFD\n");
}

TEST(Table, HasColoursOnlyWhereAsked) {
  EXPECT_EQ(Sample().ToString(0, Style(false)).find('\x1B'), std::string::npos);
  EXPECT_NE(Sample().ToString(0, Style(true)).find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace amooz::client
