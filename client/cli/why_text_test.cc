#include "client/cli/why_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::ExplainChatResponse Reply(v1::ChatOutcome outcome) {
  v1::ExplainChatResponse reply;
  reply.mutable_chat()->set_producer("chat-a");
  reply.mutable_chat()->set_seq(17);
  reply.mutable_chat()->mutable_chat()->set_instruction("سلام");
  reply.mutable_chat()->mutable_chat()->set_response("درود\x1B[31m");
  v1::ChatDecision& decision = *reply.mutable_decision();
  decision.set_outcome(outcome);
  decision.set_cycle_id(2);
  decision.set_points(4);
  decision.set_points_of(7);
  decision.set_points_needed(5);
  decision.set_explanation("4 of 7 points; 5 are needed.");
  return reply;
}

TEST(WhyText, LowQualityShowsPointsIssuesAndWhatWouldHelp) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_LOW_QUALITY);
  reply.mutable_decision()->add_issues("no_ending");
  reply.mutable_decision()->add_issues("rude");
  const std::string text = WhyText(reply, Style(false));
  EXPECT_THAT(text, HasSubstr("Out. 4 of 7 points; 5 are needed.\n"));
  EXPECT_THAT(text, HasSubstr("chat-a/17"));
  EXPECT_THAT(text, HasSubstr("4 of 7 points; 5 are needed"));
  EXPECT_THAT(text, HasSubstr("no_ending: a reply that ends its last sentence"));
  EXPECT_THAT(text, HasSubstr("rude\n"));
  EXPECT_THAT(text, HasSubstr("1 more point;"));
  EXPECT_THAT(text, Not(HasSubstr("\x1B")));
}

TEST(WhyText, AnAcceptedChatIsInWithItsExampleAndSplit) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_ACCEPTED);
  reply.mutable_example()->set_id(2041);
  reply.mutable_example()->set_split(v1::SPLIT_TRAIN);
  reply.mutable_example()->set_created_in(3);
  const std::string text = WhyText(reply, Style(false));
  EXPECT_THAT(text, HasSubstr("In. "));
  EXPECT_THAT(text, HasSubstr("2041, train, since version 3"));
}

TEST(WhyText, AcceptedButEvictedIsOut) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_ACCEPTED);
  reply.set_evicted_in(5);
  const std::string text = WhyText(reply, Style(false));
  EXPECT_THAT(text, HasSubstr("Out. "));
  EXPECT_THAT(text, HasSubstr("by the cap of dataset version 5"));
}

TEST(WhyText, ADuplicateNamesWhatItRepeats) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_DUPLICATE_OF_CHAT);
  reply.mutable_decision()->set_duplicate_of_chat("chat-a/3");
  EXPECT_THAT(WhyText(reply, Style(false)), HasSubstr("chat-a/3"));
  reply = Reply(v1::CHAT_OUTCOME_DUPLICATE_OF_EXAMPLE);
  reply.mutable_decision()->set_duplicate_of_example(12);
  EXPECT_THAT(WhyText(reply, Style(false)), HasSubstr("Repeats example  12"));
}

TEST(WhyText, OtherChatsWithItsIdAreNamedRightBelowIt) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_ACCEPTED);
  reply.mutable_chat()->mutable_chat()->set_id("s0042");
  reply.add_same_id("chat-b/3");
  reply.add_same_id("chat-c/4");
  EXPECT_THAT(WhyText(reply, Style(false)), HasSubstr("  Own id          s0042\n"
                                                      "  Others with it  chat-b/3\n"
                                                      "                  chat-c/4\n"));
}

TEST(WhyText, AnUnreadChatWaits) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_UNREAD);
  reply.clear_decision();
  EXPECT_THAT(WhyText(reply, Style(false)), HasSubstr("Not decided yet."));
}

TEST(WhyText, ARetiredChatSaysSo) {
  v1::ExplainChatResponse reply = Reply(v1::CHAT_OUTCOME_VETOED);
  reply.mutable_chat()->set_is_retired(true);
  reply.mutable_chat()->mutable_chat()->Clear();
  reply.mutable_decision()->set_reason("too_short");
  const std::string text = WhyText(reply, Style(false));
  EXPECT_THAT(text, HasSubstr("deleted by retention"));
  EXPECT_THAT(text, HasSubstr("a longer reply"));
}

}  // namespace
}  // namespace amooz::client
