#include "sdk/host/schema.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sdk/host/plugin.h"

namespace amooz::host {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kSchema = R"({
  "type": "object",
  "required": ["size"],
  "properties": {
    "size": {"type": "integer", "minimum": 1, "maximum": 10},
    "rate": {"type": "number", "default": 0.5, "minimum": 0},
    "mode": {"type": "string", "enum": ["classic", "unicode"], "default": "unicode"},
    "word": {"type": "string", "pattern": "^[a-z]+$"},
    "on": {"type": "boolean", "default": true},
    "list": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
    "length": {"type": "object", "properties": {
      "min": {"type": "integer", "default": 50}, "max": {"type": "integer", "default": 300}}},
    "open": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
  }
})";

json Valid(const std::string& config) {
  const auto result = ValidateConfig(kSchema, config);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? json::parse(*result) : json();
}

std::string Refusal(const std::string& config) {
  const auto result = ValidateConfig(kSchema, config);
  EXPECT_EQ(result.status().code(), Code::kInvalidArgument) << config;
  return result.status().message();
}

TEST(ValidateConfig, FillsInDefaultsNestedOnesToo) {
  EXPECT_EQ(Valid(R"({"size": 3})"),
            json::parse(R"({"size": 3, "rate": 0.5, "mode": "unicode", "on": true,
                            "length": {"min": 50, "max": 300}})"));
  EXPECT_EQ(Valid(R"({"size": 3, "length": {"min": 1}})")["length"],
            json::parse(R"({"min": 1, "max": 300})"));
}

TEST(ValidateConfig, AnObjectWithARequiredMemberWithoutDefaultStaysAbsent) {
  EXPECT_FALSE(Valid(R"({"size": 3})").contains("open"));
  EXPECT_THAT(Refusal(R"({"size": 3, "open": {}})"), HasSubstr("/open lacks the required key 'x'"));
}

TEST(ValidateConfig, NamesThePlaceAndTheLimit) {
  EXPECT_THAT(Refusal("{}"), HasSubstr("lacks the required key 'size'"));
  EXPECT_THAT(Refusal(R"({"size": 0})"), HasSubstr("/size is 0, must be at least 1"));
  EXPECT_THAT(Refusal(R"({"size": 11})"), HasSubstr("must be at most 10"));
  EXPECT_THAT(Refusal(R"({"size": "3"})"), HasSubstr("/size is a string, must be an integer"));
  EXPECT_THAT(Refusal(R"({"size": 3, "mode": "old"})"), HasSubstr(R"(["classic","unicode"])"));
  EXPECT_THAT(Refusal(R"({"size": 3, "word": "A1"})"), HasSubstr("must match ^[a-z]+$"));
  EXPECT_THAT(Refusal(R"({"size": 3, "list": []})"), HasSubstr("/list has 0 items"));
  EXPECT_THAT(Refusal(R"({"size": 3, "list": [1,2,3,4]})"), HasSubstr("must have at most 3"));
  EXPECT_THAT(Refusal(R"({"size": 3, "list": [1, "x"]})"), HasSubstr("/list/1 is a string"));
  EXPECT_THAT(Refusal(R"({"size": 3, "length": {"min": 1.5}})"), HasSubstr("/length/min"));
  EXPECT_THAT(Refusal("[]"), HasSubstr("is an array, must be an object"));
  EXPECT_THAT(Refusal("{"), HasSubstr("not JSON"));
}

TEST(ValidateConfig, AnUnknownKeyGetsTheNearestKnownOne) {
  EXPECT_THAT(Refusal(R"({"size": 3, "mdoe": "classic"})"), HasSubstr("did you mean 'mode'?"));
  EXPECT_THAT(Refusal(R"({"size": 3, "length": {"mni": 1}})"),
              HasSubstr("/length has the unknown key 'mni'; did you mean 'min'?"));
  EXPECT_THAT(Refusal(R"({"size": 3, "unrelated_thing": 1})"), HasSubstr("known keys: "));
}

TEST(ValidateConfig, AWholeNumberIsAnIntegerHoweverItIsWritten) {
  EXPECT_EQ(Valid(R"({"size": 3.0})")["size"], 3);
  EXPECT_TRUE(Valid(R"({"size": 3.0})")["size"].is_number_integer());
  EXPECT_FALSE(ValidateConfig(kSchema, R"({"size": 3, "on": 1})").ok());
}

TEST(CheckConfigSchema, RefusesWhatItDoesNotUnderstand) {
  const auto refusal = [](const char* schema) {
    const Status status = CheckConfigSchema(schema);
    EXPECT_EQ(status.code(), Code::kFailedPrecondition) << schema;
    return status.message();
  };
  EXPECT_THAT(refusal("nonsense"), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(R"({"type": "string"})"), HasSubstr("of type object"));
  EXPECT_THAT(refusal(R"({"type": "object", "oneOf": []})"), HasSubstr("'oneOf'"));
  EXPECT_THAT(refusal(R"({"type": "object", "properties": {"a": {"default": 1}}})"),
              HasSubstr("/properties/a has no 'type'"));
  EXPECT_THAT(refusal(R"({"type": "object", "properties": {"a": {"type": "date"}}})"),
              HasSubstr("/properties/a has a 'type'"));
  EXPECT_THAT(
      refusal(R"({"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}})"),
      HasSubstr("not a regular expression"));
  EXPECT_THAT(refusal(R"({"type": "object", "required": ["b"]})"), HasSubstr("does not describe"));
  EXPECT_THAT(refusal(R"({"type": "object", "additionalProperties": true})"),
              HasSubstr("malformed 'additionalProperties'"));
  EXPECT_THAT(
      refusal(R"({"type": "object", "properties": {"a": {"type": "string", "description": 5}}})"),
      HasSubstr("/properties/a has a 'description' that is no string"));
  EXPECT_TRUE(CheckConfigSchema(R"({"type": "object", "additionalProperties": false})").ok());
}

TEST(CheckConfigSchema, AWrongDefaultIsABugOfThePluginNotOfTheUser) {
  for (const char* property :
       {R"({"type": "integer", "default": "three"})",
        R"({"type": "number", "minimum": 1, "default": 0})",
        R"({"type": "object", "properties": {"y": {"type": "boolean", "default": 1}}})",
        R"({"type": "array", "items": {"type": "integer"}, "default": [1, "2"]})"}) {
    const std::string schema =
        R"({"type": "object", "properties": {"x": )" + std::string(property) + "}}";
    const auto result = ValidateConfig(schema, "{}");
    EXPECT_EQ(result.status().code(), Code::kFailedPrecondition) << property;
    EXPECT_THAT(result.status().message(), HasSubstr("/properties/x")) << property;
    EXPECT_THAT(result.status().message(), HasSubstr("bug in the plugin")) << property;
  }
}

}  // namespace
}  // namespace amooz::host
