#include "sdk/tool/table.h"

#include <gtest/gtest.h>

namespace amooz::tool {
namespace {

TEST(FormatTable, AlignsByCodePoints) {
  EXPECT_EQ(FormatTable({"name", "n"}, {{"سلام!", "1"}, {"b", "22"}}),
            "name   n\nسلام!  1\nb      22\n");
}

TEST(Fixed, HasItsDigits) { EXPECT_EQ(Fixed(1.0 / 3, 3), "0.333"); }

}  // namespace
}  // namespace amooz::tool
