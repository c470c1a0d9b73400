#include "sdk/base/time_text.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

std::string Canonical(std::string_view text) {
  const Result<std::int64_t> time = ParseTime(text);
  return time.ok() ? FormatTime(*time) : std::string(CodeName(time.status().code()));
}

TEST(TimeText, ReadsRfc3339) {
  EXPECT_EQ(*ParseTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(*ParseTime("1970-01-01T00:00:01.5Z"), 1'500'000);
  EXPECT_EQ(*ParseTime("1969-12-31T23:59:59Z"), -1'000'000);
  EXPECT_EQ(Canonical("2024-02-29t12:00:00+03:30"), "2024-02-29T08:30:00Z");
  EXPECT_EQ(Canonical("2024-01-01 00:00:00-01:00"), "2024-01-01T01:00:00Z");
  EXPECT_EQ(Canonical("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z");
  EXPECT_EQ(Canonical("2024-01-01T00:00:00.1234569Z"), "2024-01-01T00:00:00.123456Z");
}

TEST(TimeText, Rule26_ReadsPythonsIsoformatAsUtc) {
  EXPECT_EQ(Canonical("2024-05-06T07:08:09"), "2024-05-06T07:08:09Z");
  EXPECT_EQ(Canonical("2024-05-06T07:08:09.000123"), "2024-05-06T07:08:09.000123Z");
  EXPECT_EQ(Canonical("2024-05-06T07:08:09+03:25:44"), "2024-05-06T03:42:25Z");
  EXPECT_EQ(Canonical("0001-01-01T00:00:00"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(Canonical("9999-12-31T23:59:59.999999"), "9999-12-31T23:59:59.999999Z");
}

TEST(TimeText, RefusesOthers) {
  for (const char* text :
       {"", "now", "2024", "2024-01-01", "2024-01-01T00:00", "2024-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:61Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00X",
        "2024-01-01T00:00:00+3:30", "2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "1704067200"}) {
    EXPECT_EQ(Canonical(text), "INVALID_ARGUMENT") << text;
  }
}

}  // namespace
}  // namespace amooz
