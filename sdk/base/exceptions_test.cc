#include "sdk/base/exceptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace amooz {
namespace {

using testing::HasSubstr;

TEST(ExceptionsTest, WhatACallReturnsIsKept) {
  EXPECT_EQ(*WithoutExceptions([] { return Result<int>(7); }), 7);
  const Status status = WithoutExceptions([] { return Status(Code::kNotFound, "no such chat"); });
  EXPECT_EQ(status.ToString(), "NOT_FOUND: no such chat");
}

TEST(ExceptionsTest, WhatACallThrowsIsAFaultWithItsText) {
  const auto result =
      WithoutExceptions([]() -> Result<int> { throw std::runtime_error("broken"); });
  EXPECT_EQ(result.status().code(), Code::kInternal);
  EXPECT_THAT(result.status().message(), HasSubstr("broken"));
  EXPECT_EQ(WithoutExceptions([]() -> Status { throw 7; }).code(), Code::kInternal);
}

TEST(ExceptionsTest, NoMemoryIsResourceExhausted) {
  EXPECT_EQ(WithoutExceptions([]() -> Status { throw std::bad_alloc(); }).code(),
            Code::kResourceExhausted);
}

}  // namespace
}  // namespace amooz
