#include "core/base/status.h"

#include <gtest/gtest.h>

#include "core/base/status_macros.h"

namespace amooz {
namespace {

TEST(StatusConversion, KeepsCodeAndMessageBothWays) {
  for (int code = 1; code <= 15; ++code) {
    const Status ours(static_cast<Code>(code), "what happened");
    const absl::Status abseil = ToAbsl(ours);
    EXPECT_EQ(abseil.raw_code(), code);
    EXPECT_EQ(abseil.message(), "what happened");
    EXPECT_EQ(FromAbsl(abseil).code(), ours.code());
    EXPECT_EQ(FromAbsl(abseil).message(), ours.message());
  }
  EXPECT_TRUE(ToAbsl(Status()).ok());
  EXPECT_TRUE(FromAbsl(absl::OkStatus()).ok());
}

Result<int> OursOrError(bool fails) {
  if (fails) return Status(Code::kNotFound, "ours");
  return 1;
}
absl::StatusOr<int> AbseilOrError(bool fails) {
  if (fails) return absl::DataLossError("abseil");
  return 2;
}
absl::StatusOr<int> Sum(bool ours_fails, bool abseil_fails) {
  ASSIGN_OR_RETURN(const int ours, OursOrError(ours_fails));
  ASSIGN_OR_RETURN(const int abseil, AbseilOrError(abseil_fails));
  RETURN_IF_ERROR(Status());
  RETURN_IF_ERROR(absl::OkStatus());
  return ours + abseil;
}

TEST(StatusMacros, TakeBothKinds) {
  EXPECT_EQ(*Sum(false, false), 3);
  EXPECT_EQ(Sum(true, false).status(), absl::NotFoundError("ours"));
  EXPECT_EQ(Sum(false, true).status(), absl::DataLossError("abseil"));
}

}  // namespace
}  // namespace amooz
