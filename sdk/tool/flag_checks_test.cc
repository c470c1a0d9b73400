#include "sdk/tool/flag_checks.h"

#include <gmock/gmock.h>

namespace amooz::tool {
namespace {

using ::testing::HasSubstr;

TEST(CheckWholeNumber, RefusesSignsOverflowAndWhatIsOutOfRange) {
  EXPECT_EQ(CheckWholeNumber("0", 0), "");
  EXPECT_EQ(CheckWholeNumber("18446744073709551615", 0), "");
  EXPECT_EQ(CheckWholeNumber("9", 1, 8), "is '9', must be a whole number from 1 to 8");
  for (const char* bad : {"-1", "+1", "99999999999999999999999", "1.5", "", "x", "1x"}) {
    EXPECT_THAT(CheckWholeNumber(bad, 0), HasSubstr("whole number")) << bad;
  }
}

TEST(CheckNumber, RefusesWhatIsNotFiniteOrOutOfRange) {
  EXPECT_EQ(CheckNumber("0", {}), "");
  EXPECT_EQ(CheckNumber("1e-3", {.above = true}), "");
  EXPECT_EQ(CheckNumber("-1", {}), "is '-1', must be a number of at least 0");
  EXPECT_EQ(CheckNumber("0", {.above = true, .max = 1}),
            "is '0', must be a number greater than 0 and at most 1");
  for (const char* bad : {"nan", "inf", "", "1e999", "2 "}) {
    EXPECT_THAT(CheckNumber(bad, {}), HasSubstr("must be a number")) << bad;
  }
}

TEST(CheckUtf8, NamesTheByte) {
  EXPECT_EQ(CheckUtf8("سلام"), "");
  EXPECT_EQ(CheckUtf8("ab\xFF"), "is not UTF-8 at byte 3");
}

TEST(CheckJsonObject, TakesNothingElse) {
  EXPECT_EQ(CheckJsonObject("{\"a\": 1}"), "");
  EXPECT_THAT(CheckJsonObject(""), HasSubstr("is empty"));
  EXPECT_EQ(CheckJsonObject("[]"), "is an array, must be a JSON object");
  EXPECT_THAT(CheckJsonObject("nope"), HasSubstr("not JSON"));
  EXPECT_THAT(CheckJsonObject("{\"a\": \"\xFF\"}"), HasSubstr("byte 8"));
}

}  // namespace
}  // namespace amooz::tool
