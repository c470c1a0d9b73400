#include "sdk/base/status.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

TEST(Status, PrintsItsCodeAndMessage) {
  EXPECT_EQ(Status::Ok().ToString(), "OK");
  EXPECT_EQ(Status(Code::kNotFound, "no file").ToString(), "NOT_FOUND: no file");
}

TEST(CodeName, NamesEveryCodeAndCallsOthersUnknown) {
  for (int code = 0; code <= 15; ++code) {
    EXPECT_EQ(CodeName(static_cast<Code>(code)) == "UNKNOWN", code == 2) << code;
  }
  EXPECT_EQ(CodeName(static_cast<Code>(99)), "UNKNOWN");
}

Result<int> Half(int n) {
  if (n % 2 != 0) return Status(Code::kInvalidArgument, "odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  AMOOZ_ASSIGN_OR_RETURN(const int half, Half(n));
  AMOOZ_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(Result, FailuresPassThroughTheMacros) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Quarter(3).status().message(), "odd");
}

}  // namespace
}  // namespace amooz
