#include "core/server/chat_convert.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

namespace amooz::server {
namespace {

using google::protobuf::util::TimeUtil;
using testing::HasSubstr;

v1::Chat FullChat() {
  v1::Chat chat;
  chat.set_instruction("سلام");
  chat.set_response("درود بر شما");
  v1::Turn* turn = chat.add_context();
  turn->set_role(v1::ROLE_SYSTEM);
  turn->set_text("be kind");
  *chat.mutable_time() = TimeUtil::MicrosecondsToTimestamp(1'700'000'000'123'456);
  chat.set_subject("p-1");
  chat.set_source("app");
  chat.set_response_author(v1::RESPONSE_AUTHOR_MODEL);
  chat.set_model_digest(std::string(64, 'a'));
  chat.set_id("mine-1");
  return chat;
}

TEST(ChatConvertTest, AChatSurvivesBothWays) {
  const v1::Chat chat = FullChat();
  v1::Chat copy = chat;
  const auto content = ToContent(std::move(copy));
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->instruction, "سلام");
  EXPECT_EQ(content->time_us, 1'700'000'000'123'456);
  EXPECT_EQ(content->context[0].role, Role::kSystem);
  EXPECT_EQ(content->author, Author::kModel);
  EXPECT_EQ(ToProto(*content).SerializeAsString(), chat.SerializeAsString());
}

TEST(ChatConvertTest, AnUnsetTimeIsLeftToTheStoreAndTimesBeforeTheEpochAreKept) {
  v1::Chat chat = FullChat();
  chat.clear_time();
  EXPECT_EQ(ToContent(v1::Chat(chat))->time_us, std::nullopt);
  *chat.mutable_time() = TimeUtil::MicrosecondsToTimestamp(-1);
  const auto content = ToContent(v1::Chat(chat));
  EXPECT_EQ(content->time_us, -1);
  EXPECT_EQ(TimeUtil::TimestampToMicroseconds(ToProto(*content).time()), -1);
}

TEST(ChatConvertTest, WhatTheDomainCannotHoldIsNamed) {
  v1::Chat role = FullChat();
  role.mutable_context(0)->set_role(v1::ROLE_UNSPECIFIED);
  EXPECT_THAT(std::string(ToContent(std::move(role)).status().message()),
              HasSubstr("chat.context[0].role"));
  v1::Chat author = FullChat();
  author.set_response_author(static_cast<v1::ResponseAuthor>(9));
  EXPECT_THAT(std::string(ToContent(std::move(author)).status().message()),
              HasSubstr("chat.response_author"));
  v1::Chat time = FullChat();
  time.mutable_time()->set_nanos(-1);
  EXPECT_THAT(std::string(ToContent(std::move(time)).status().message()), HasSubstr("chat.time"));
}

ChatExplanation Explained(Outcome outcome) {
  ChatExplanation explanation;
  explanation.chat.key = {"app", 3};
  explanation.chat.client_id = "mine-3";
  explanation.chat.is_retired = true;
  explanation.chat.decision = Decision{.cycle_id = 2,
                                       .outcome = outcome,
                                       .score = 6.0 / 7,
                                       .points = 6,
                                       .of = 7,
                                       .needed = 5,
                                       .issues = "too_long,repetitive"};
  return explanation;
}

TEST(ChatConvertTest, AnAcceptedChatNamesItsExample) {
  ChatExplanation explanation = Explained(Outcome::kAccepted);
  explanation.example = Example{.id = 12, .split = Split::kHeldOut};
  const v1::ExplainChatResponse proto = ToProto(explanation);
  EXPECT_EQ(proto.decision().explanation(),
            "Accepted with 6 of 7 points (5 needed); it became example 12 (held_out). Issues: "
            "too_long, repetitive.");
  EXPECT_EQ(proto.decision().points(), 6);
  EXPECT_EQ(proto.decision().issues_size(), 2);
  EXPECT_EQ(proto.example().id(), 12u);
  EXPECT_EQ(proto.chat().chat().id(), "mine-3");
  EXPECT_TRUE(proto.chat().is_retired());
}

TEST(ChatConvertTest, EveryOutcomeHasASentence) {
  ChatExplanation evicted = Explained(Outcome::kAccepted);
  evicted.chat.decision->evicted_in = 4;
  EXPECT_EQ(ToProto(evicted).decision().explanation(),
            "Accepted with 6 of 7 points (5 needed), but dataset version 4 was full "
            "(cycle.max_dataset_size) and left it out. Issues: too_long, repetitive.");
  EXPECT_EQ(ToProto(evicted).evicted_in(), 4u);

  ChatExplanation vetoed = Explained(Outcome::kVetoed);
  vetoed.chat.decision->reason = "too_short";
  EXPECT_EQ(ToProto(vetoed).decision().explanation(), "Barred by a scorer: too_short.");

  ChatExplanation unscored = Explained(Outcome::kLowQuality);
  unscored.chat.decision->score.reset();
  EXPECT_EQ(ToProto(unscored).decision().explanation(), "No scorer gave it a score.");
  EXPECT_FALSE(ToProto(unscored).decision().has_points());

  EXPECT_EQ(ToProto(Explained(Outcome::kLowQuality)).decision().explanation(),
            "Only 6 of 7 points (5 needed). Issues: too_long, repetitive.");

  ChatExplanation repeated = Explained(Outcome::kDuplicateOfChat);
  repeated.duplicate_of_chat = ChatKey{"app", 1};
  EXPECT_THAT(ToProto(repeated).decision().explanation(), HasSubstr("app/1"));
  EXPECT_EQ(ToProto(repeated).decision().duplicate_of_chat(), "app/1");

  ChatExplanation known = Explained(Outcome::kDuplicateOfExample);
  known.chat.decision->duplicate_of_example = 9;
  EXPECT_THAT(ToProto(known).decision().explanation(), HasSubstr("example 9"));

  ChatExplanation unread;
  EXPECT_FALSE(ToProto(unread).has_decision());
  EXPECT_EQ(ToProto(unread).chat().outcome(), v1::CHAT_OUTCOME_UNREAD);
}

}  // namespace
}  // namespace amooz::server
