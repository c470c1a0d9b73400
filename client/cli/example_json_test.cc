#include "client/cli/example_json.h"

#include <gtest/gtest.h>

namespace amooz::client {
namespace {

v1::Example Sample() {
  v1::Example example;
  example.set_id(7);
  example.set_instruction(" سلام‌\n");
  example.set_response("\u2028\"x\"\\ 😀");
  example.set_origin(v1::ORIGIN_CHAT);
  example.set_split(v1::SPLIT_HELD_OUT);
  example.set_source("sample");
  example.set_created_in(2);
  auto* turn = example.add_context();
  turn->set_role(v1::ROLE_USER);
  turn->set_text("x");
  return example;
}

TEST(ExampleJson, APairIsInstructionAndResponseUnescaped) {
  EXPECT_EQ(PairJson(Sample()).dump(),
            "{\"instruction\":\" سلام‌\\n\",\"response\":\"\u2028\\\"x\\\"\\\\ 😀\"}");
}

TEST(ExampleJson, TextsComeBackByteForByte) {
  const auto json = nlohmann::json::parse(PairJson(Sample()).dump());
  EXPECT_EQ(json["instruction"], Sample().instruction());
  EXPECT_EQ(json["response"], Sample().response());
}

TEST(ExampleJson, AllFieldsInShortWords) {
  const auto json = FullExampleJson(Sample());
  EXPECT_EQ(json["id"], 7);
  EXPECT_EQ(json["origin"], "chat");
  EXPECT_EQ(json["split"], "held_out");
  EXPECT_EQ(json["context"].dump(), R"([{"role":"user","text":"x"}])");
  EXPECT_EQ(json["source"], "sample");
  EXPECT_TRUE(json["score"].is_null());
  EXPECT_EQ(json["created_in"], 2);
  v1::Example scored = Sample();
  scored.set_score(0);
  EXPECT_EQ(FullExampleJson(scored)["score"], 0.0);
}

}  // namespace
}  // namespace amooz::client
