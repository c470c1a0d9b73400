#include "sdk/base/json.h"

#include <gmock/gmock.h>

namespace amooz {
namespace {

TEST(ParseJson, SaysWhatIsNotJsonAndWhere) {
  EXPECT_EQ((*ParseJson(R"({"a": 1})", "config"))["a"], 1);
  const Status status = ParseJson("{\"a\": ?}", "config").status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message(), "config is not JSON: an error at byte 7");
}

TEST(ParseJson, RefusesDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseJson(nested(60), "x").ok());
  EXPECT_THAT(ParseJson(nested(100'000), "x").status().message(), testing::HasSubstr("deeper"));
}

TEST(ParseJson, RefusesANumberBeyondDouble) {
  const auto parsed = ParseJson(R"({"a": 1e999})", "config");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(parsed.status().message(), "config has a number beyond the range of a double");
}

TEST(DumpJson, ReplacesWhatIsNotUtf8) { EXPECT_EQ(DumpJson("\xFF"), "\"\uFFFD\""); }

TEST(JsonTypeName, ReadsAsWords) {
  EXPECT_EQ(JsonTypeName(nlohmann::json::array()), "an array");
  EXPECT_EQ(JsonTypeName(nlohmann::json(1.5)), "a number");
  EXPECT_EQ(JsonTypeName(nlohmann::json()), "null");
}

}  // namespace
}  // namespace amooz
