#include "core/base/paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz {
namespace {

using testing::HasSubstr;

TEST(PagingTest, PageSizeHasADefaultAndALimit) {
  EXPECT_EQ(ParsePage(0, "")->limit, 50);
  EXPECT_EQ(ParsePage(1, "")->limit, 1);
  EXPECT_EQ(ParsePage(1000, "")->limit, 1000);
  const auto large = ParsePage(1001, "");
  EXPECT_EQ(large.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(large.status().message()), HasSubstr("page_size"));
}

TEST(PagingTest, TokensAreOursOrRefused) {
  EXPECT_EQ(ParsePage(0, "")->before, 0);
  EXPECT_EQ(PageToken(0), "");
  EXPECT_EQ(ParsePage(0, PageToken(1))->before, 1);
  EXPECT_EQ(ParsePage(0, PageToken(INT64_MAX))->before, INT64_MAX);
  for (const char* token : {"1", "before:", "before:0", "before:-1", "before:1x", "before: 1",
                            "before:99999999999999999999", "after:1"}) {
    const auto page = ParsePage(0, token);
    ASSERT_FALSE(page.ok()) << token;
    EXPECT_THAT(std::string(page.status().message()), HasSubstr("page_token")) << token;
  }
}

TEST(PagingTest, AFullPageHasANextOneUnlessItReachedTheFirstRow) {
  const Page page{.before = 0, .limit = 10};
  EXPECT_EQ(NextPageToken(page, 10, 7), PageToken(7));
  EXPECT_EQ(NextPageToken(page, 10, 1), "");
  EXPECT_EQ(NextPageToken(page, 9, 7), "");
  EXPECT_EQ(NextPageToken({.before = 0, .limit = 0}, 0, 7), "");
}

}  // namespace
}  // namespace amooz
