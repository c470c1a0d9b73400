#include "core/server/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::server {
namespace {

TEST(ValidateTest, AnEmptyFieldIsNamedWithTheRemedy) {
  EXPECT_TRUE(CheckNotEmpty("name", "x", "see the list").ok());
  const absl::Status status = CheckNotEmpty("name", "", "see the list");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "name is empty; see the list");
  EXPECT_TRUE(CheckId("id", 1, "see the list").ok());
  EXPECT_EQ(CheckId("id", 0, "see the list").code(), absl::StatusCode::kInvalidArgument);
}

TEST(ValidateTest, CountsStayWithin32Bits) {
  EXPECT_EQ(ToCount(-1), 0u);
  EXPECT_EQ(ToCount(7), 7u);
  EXPECT_EQ(ToCount(INT64_MAX), UINT32_MAX);
}

}  // namespace
}  // namespace amooz::server
