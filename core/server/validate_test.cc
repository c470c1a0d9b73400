#include "core/server/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::server {
namespace {

using testing::HasSubstr;

TEST(ValidateTest, AnEmptyFieldIsNamedWithTheRemedy) {
  EXPECT_TRUE(CheckNotEmpty("name", "x", "see the list").ok());
  const absl::Status status = CheckNotEmpty("name", "", "see the list");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "name is empty; see the list");
  EXPECT_TRUE(CheckId("id", 1, "see the list").ok());
  EXPECT_EQ(CheckId("id", 0, "see the list").code(), absl::StatusCode::kInvalidArgument);
}

TEST(ValidateTest, PageSizeHasADefaultAndALimit) {
  EXPECT_EQ(*PageSize(0), 50);
  EXPECT_EQ(*PageSize(1), 1);
  EXPECT_EQ(*PageSize(1000), 1000);
  EXPECT_EQ(PageSize(1001).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ValidateTest, PageTokensAreOursOrRefused) {
  EXPECT_EQ(*ParsePageToken(""), 0);
  EXPECT_EQ(PageToken(0), "");
  EXPECT_EQ(*ParsePageToken(PageToken(1)), 1);
  EXPECT_EQ(*ParsePageToken(PageToken(INT64_MAX)), INT64_MAX);
  for (const char* token : {"1", "before:", "before:0", "before:-1", "before:1x", "before: 1",
                            "before:99999999999999999999", "after:1"}) {
    const auto before = ParsePageToken(token);
    ASSERT_FALSE(before.ok()) << token;
    EXPECT_THAT(std::string(before.status().message()), HasSubstr("page_token")) << token;
  }
}

TEST(ValidateTest, CountsStayWithin32Bits) {
  EXPECT_EQ(ToCount(-1), 0u);
  EXPECT_EQ(ToCount(7), 7u);
  EXPECT_EQ(ToCount(INT64_MAX), UINT32_MAX);
}

}  // namespace
}  // namespace amooz::server
