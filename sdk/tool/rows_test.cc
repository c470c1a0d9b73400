#include "sdk/tool/rows.h"

#include <gmock/gmock.h>

#include "amooz/sdk/abi.h"

namespace amooz::tool {
namespace {

using ::testing::HasSubstr;

TEST(ParseRows, ReadsPairsContextAndEmptyTexts) {
  const auto rows = ParseRows(
      "{\"instruction\":\"سلام\",\"response\":\"\",\"id\":7}\r\n\n"
      "{\"instruction\":\"a\",\"response\":\"b\",\"context\":[{\"role\":\"system\",\"text\":\"c\"}]"
      "}");
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].instruction, "سلام");
  EXPECT_EQ((*rows)[0].response, "");
  EXPECT_EQ((*rows)[1].context, (std::vector<host::Turn>{{AMOOZ_ROLE_SYSTEM, "c"}}));
}

TEST(ParseRows, ABadLineIsNamed) {
  const auto broken = ParseRows("{\"instruction\":\"a\",\"response\":\"b\"}\n{oops");
  EXPECT_EQ(broken.status().code(), Code::kInvalidArgument);
  EXPECT_THAT(broken.status().message(), HasSubstr("line 2"));
  EXPECT_THAT(ParseRows("{\"instruction\":\"a\"}").status().message(), HasSubstr("\"response\""));
  EXPECT_THAT(ParseRows("[]").status().message(), HasSubstr("an array"));
  EXPECT_FALSE(ParseRows("{\"instruction\":\"a\\u0000\",\"response\":\"b\"}").ok());
  EXPECT_FALSE(ParseRows("{\"instruction\":\"\\ud800\",\"response\":\"b\"}").ok());
}

TEST(ParseRows, BytesThatAreNotUtf8AreNamed) {
  const auto rows =
      ParseRows("{\"instruction\":\"a\",\"response\":\"b\"}\n{\"instruction\":\"\xFF\"}");
  EXPECT_EQ(rows.status().message(), "line 2: not UTF-8 at byte 17 of the line");
}

TEST(ParseContext, RefusesUnknownRoles) {
  EXPECT_TRUE(ParseContext("[{\"role\":\"user\",\"text\":\"x\"}]").ok());
  EXPECT_THAT(ParseContext("[{\"role\":\"robot\",\"text\":\"x\"}]").status().message(),
              HasSubstr("'robot'"));
}

TEST(ReadRows, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadRows("/nowhere/rows.jsonl").status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace amooz::tool
