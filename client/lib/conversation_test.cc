// docs/rules.md rule 26: OpenAI's lines.
#include "client/lib/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::client {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json Message(const char* role, const char* content) {
  return {{"role", role}, {"content", content}};
}

std::string Reason(const json& messages) {
  return std::string(ReadMessages(messages).status().message());
}

TEST(ReadMessages, TheLastExchangeIsThePairAndTheRestItsContext) {
  const auto read =
      ReadMessages({Message("system", "Be kind."), Message("user", "A"), Message("assistant", "B"),
                    Message("user", "C"), Message("assistant", "D")});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->instruction, "C");
  EXPECT_EQ(read->response, "D");
  ASSERT_EQ(read->context.size(), 3);
  EXPECT_EQ(read->context[0].role(), v1::ROLE_SYSTEM);
  EXPECT_EQ(read->context[0].text(), "Be kind.");
  EXPECT_EQ(read->context[2].text(), "B");
}

TEST(ReadMessages, OnePairHasNoContext) {
  const auto read = ReadMessages({Message("user", " A "), Message("assistant", "B\n")});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->instruction, " A ");
  EXPECT_EQ(read->response, "B\n");
  EXPECT_TRUE(read->context.empty());
}

TEST(ReadMessages, AnyOtherOrderIsBad) {
  EXPECT_THAT(Reason(json::array()), HasSubstr("must end with the assistant"));
  EXPECT_THAT(Reason(json::array({Message("system", "S")})),
              HasSubstr("must end with the assistant"));
  EXPECT_THAT(Reason(json::array({Message("user", "A")})),
              HasSubstr("must end with the assistant"));
  EXPECT_THAT(Reason({Message("user", "A"), Message("assistant", "B"), Message("user", "C")}),
              HasSubstr("must end with the assistant"));
  EXPECT_THAT(Reason({Message("assistant", "A"), Message("assistant", "B")}),
              HasSubstr("messages[0] must be from the user"));
  EXPECT_THAT(Reason({Message("user", "A"), Message("user", "B"), Message("assistant", "C")}),
              HasSubstr("messages[1] must be from the assistant"));
  EXPECT_THAT(Reason({Message("user", "A"), Message("system", "S"), Message("assistant", "C")}),
              HasSubstr("messages[1] must be from the assistant"));
}

TEST(ReadMessages, BadRolesAndContentsAreNamed) {
  EXPECT_THAT(Reason(json::array({Message("tool", "A")})), HasSubstr("messages[0].role"));
  EXPECT_THAT(Reason(json::array({{{"role", "user"}, {"content", nullptr}}})),
              HasSubstr("messages[0].content must be text"));
  EXPECT_EQ(Reason({Message("user", "A"), Message("assistant", "\u00A0")}),
            "empty: messages[1].content");
  EXPECT_THAT(Reason("text"), HasSubstr("must be an array"));
}

TEST(ReadContext, ReadsTurnsAndASystemTurnOnlyFirst) {
  const auto turns = ReadContext({{{"role", "system"}, {"text", "S"}}, Message("user", "A")});
  ASSERT_TRUE(turns.ok()) << turns.status();
  EXPECT_EQ((*turns)[1].text(), "A");
  EXPECT_FALSE(ReadContext({Message("user", "A"), Message("system", "S")}).ok());
  EXPECT_FALSE(ReadContext("no").ok());
}

}  // namespace
}  // namespace amooz::client
