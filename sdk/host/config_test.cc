#include "sdk/host/config.h"

#include <gtest/gtest.h>

namespace amooz::host {
namespace {

const ConfigDocument& Document() {
  static const ConfigDocument document(
      R"({"f": 0.5, "i": -3, "big": 18446744073709551615, "on": true, "text": "سلام",
          "list": [1, 2], "a/b": {"~": 7}})");
  return document;
}

TEST(ConfigDocument, ReadsByPointerAndType) {
  double number = 0;
  std::int64_t integer = 0;
  std::int32_t flag = 0;
  std::string_view text;
  std::size_t size = 0;
  EXPECT_EQ(Document().GetF64("/f", &number), AMOOZ_OK);
  EXPECT_EQ(number, 0.5);
  EXPECT_EQ(Document().GetF64("/i", &number), AMOOZ_OK);
  EXPECT_EQ(number, -3);
  EXPECT_EQ(Document().GetI64("/i", &integer), AMOOZ_OK);
  EXPECT_EQ(integer, -3);
  EXPECT_EQ(Document().GetBool("/on", &flag), AMOOZ_OK);
  EXPECT_EQ(flag, 1);
  EXPECT_EQ(Document().GetStr("/text", &text), AMOOZ_OK);
  EXPECT_EQ(text, "سلام");
  EXPECT_EQ(Document().GetSize("/list", &size), AMOOZ_OK);
  EXPECT_EQ(size, 2u);
  EXPECT_EQ(Document().GetI64("/list/1", &integer), AMOOZ_OK);
  EXPECT_EQ(integer, 2);
  EXPECT_EQ(Document().GetI64("/a~1b/~0", &integer), AMOOZ_OK);
  EXPECT_EQ(integer, 7);
}

TEST(ConfigDocument, AbsentIsNotFoundAndAnotherTypeIsInvalid) {
  double number = 0;
  std::int64_t integer = 0;
  std::string_view text;
  std::size_t size = 0;
  EXPECT_EQ(Document().GetF64("/nothing", &number), AMOOZ_NOT_FOUND);
  EXPECT_EQ(Document().GetI64("/list/9", &integer), AMOOZ_NOT_FOUND);
  EXPECT_EQ(Document().GetI64("/f", &integer), AMOOZ_INVALID_ARGUMENT);
  EXPECT_EQ(Document().GetI64("/big", &integer), AMOOZ_INVALID_ARGUMENT);
  EXPECT_EQ(Document().GetStr("/i", &text), AMOOZ_INVALID_ARGUMENT);
  EXPECT_EQ(Document().GetSize("/text", &size), AMOOZ_INVALID_ARGUMENT);
  EXPECT_EQ(Document().GetF64("no slash", &number), AMOOZ_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace amooz::host
