#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/codec.h"
#include "core/store/store_testing.h"

namespace amooz::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChatsTest : public StoreTest {
 protected:
  std::vector<AppendOutcome> Append(const std::vector<NewChat>& chats) {
    return store_->AppendChats(chats).value();
  }
};

TEST_F(ChatsTest, Rule25_SameContentIsStoredOnceOtherContentIsRefused) {
  const ProducerId producer = ProducerOf("p");
  std::vector<NewChat> chats = Chats(producer, 1, 2);
  EXPECT_THAT(Append(chats), ElementsAre(AppendOutcome::kStored, AppendOutcome::kStored));
  EXPECT_THAT(Append(chats),
              ElementsAre(AppendOutcome::kAlreadyStored, AppendOutcome::kAlreadyStored));
  chats[1].content.subject = "someone";
  EXPECT_THAT(Append(chats),
              ElementsAre(AppendOutcome::kAlreadyStored, AppendOutcome::kOtherContent));
  EXPECT_EQ(store_->CountChats()->total, 2);
  EXPECT_EQ(store_->CountChats()->unread, 2);
}

TEST_F(ChatsTest, OneBatchMayRepeatAChatAndHoldSeveralProducers) {
  const ProducerId a = ProducerOf("a"), b = ProducerOf("b");
  EXPECT_EQ(ProducerOf("a"), a);
  std::vector<NewChat> chats = Chats(a, 5, 1);
  chats.push_back(chats[0]);
  chats.push_back(Chats(b, 5, 1)[0]);
  chats.push_back(Chats(a, 3, 1)[0]);  // below what is there, yet new and unread
  EXPECT_THAT(Append(chats), ElementsAre(AppendOutcome::kStored, AppendOutcome::kAlreadyStored,
                                         AppendOutcome::kStored, AppendOutcome::kStored));
  const std::vector<Producer> producers = store_->ListProducers().value();
  ASSERT_EQ(producers.size(), 2U);
  EXPECT_EQ(producers[0].high, 5);
  EXPECT_EQ(producers[0].unread, 2);
  EXPECT_EQ(producers[1].unread, 1);
}

TEST_F(ChatsTest, AMissingTimeIsTheArrivalAndTheSameWhenSentAgain) {
  NewChat chat{.producer_id = ProducerOf("p"), .seq = 1, .content = Content("i", "r")};
  EXPECT_THAT(Append({chat}), ElementsAre(AppendOutcome::kStored));
  const std::int64_t arrival = clock_.now_us;
  clock_.now_us += 1'000'000;
  EXPECT_THAT(Append({chat}), ElementsAre(AppendOutcome::kAlreadyStored));
  EXPECT_EQ(store_->ExplainChat({"p", 1})->chat.content.time_us, arrival);
}

TEST_F(ChatsTest, AnUnknownProducerFailsTheWholeBatch) {
  std::vector<NewChat> chats = Chats(ProducerOf("p"), 1, 1);
  chats.push_back({.producer_id = 99, .seq = 1, .content = Content("i", "r")});
  EXPECT_EQ(store_->AppendChats(chats).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->CountChats()->total, 0);
}

TEST_F(ChatsTest, EveryFieldComesBack) {
  ChatContent content = Content("پرسش؟", "پاسخ\nو بعد");
  content.context = {{Role::kSystem, "be kind"}, {Role::kUser, "سلام"}, {Role::kAssistant, ""}};
  content.time_us = -5;
  content.subject = "s";
  content.source = "pquad";
  content.author = Author::kModel;
  content.model_digest = std::string(64, 'a');
  content.client_id = "their-id";
  Append({{.producer_id = ProducerOf("p"), .seq = 9, .content = content}});
  const ChatRecord record = store_->ExplainChat({"p", 9})->chat;
  EXPECT_EQ(record.content, content);
  EXPECT_EQ(record.digest, ToHex(DigestOf(content)));
  EXPECT_EQ(record.outcome(), Outcome::kUnread);
  EXPECT_FALSE(record.is_retired);
  const std::vector<Chat> read =
      store_->ReadChats({{.producer_id = 1, .from_exclusive = 0, .to_inclusive = 9}}).value();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].content.context, content.context);
}

TEST_F(ChatsTest, Rule1_ReadInOrderOfTimeProducerSeq) {
  // "z" comes first, so its number is lower than that of "a".
  const ProducerId z = ProducerOf("z"), a = ProducerOf("a");
  const auto at = [](ProducerId producer, std::int64_t seq, std::int64_t time_us) {
    NewChat chat{.producer_id = producer, .seq = seq, .content = Content("i", "r")};
    chat.content.time_us = time_us;
    return chat;
  };
  Append({at(z, 1, 30), at(z, 2, 10), at(a, 7, 30), at(a, 6, 30), at(z, 3, 99)});
  std::vector<std::pair<ProducerId, std::int64_t>> order;
  const auto chats = store_->ReadChats({{z, 0, 2}, {a, 0, 7}}).value();
  for (const Chat& chat : chats) {
    order.emplace_back(chat.producer_id, chat.seq);
  }
  EXPECT_THAT(order,
              ElementsAre(std::pair(z, 2), std::pair(a, 6), std::pair(a, 7), std::pair(z, 1)));
}

TEST_F(ChatsTest, ListsPagesNewestFirstWithFilters) {
  const ProducerId a = ProducerOf("a"), b = ProducerOf("b");
  AppendAll(Chats(a, 1, 3));
  ReadEverything();
  std::vector<NewChat> more = Chats(b, 1, 2);
  more[1].content.source = "s";
  AppendAll(more);
  const ChatPage first = store_->ListChats({}, 0, 3).value();
  ASSERT_EQ(first.chats.size(), 3U);
  EXPECT_EQ(first.chats[0].key, (ChatKey{"b", 2}));
  EXPECT_EQ(first.chats[2].key, (ChatKey{"a", 3}));
  const ChatPage second = store_->ListChats({}, first.next_before, 3).value();
  EXPECT_EQ(second.chats.size(), 2U);
  EXPECT_EQ(second.next_before, 0);
  EXPECT_EQ(store_->ListChats({.producer = "a"}, 0, 9)->chats.size(), 3U);
  EXPECT_EQ(store_->ListChats({.producer = "nobody"}, 0, 9)->chats.size(), 0U);
  EXPECT_EQ(store_->ListChats({.source = "s"}, 0, 9)->chats.size(), 1U);
  EXPECT_EQ(store_->ListChats({.outcome = Outcome::kUnread}, 0, 9)->chats.size(), 2U);
  EXPECT_EQ(store_->ListChats({.outcome = Outcome::kVetoed}, 0, 9)->chats.size(), 3U);
}

TEST_F(ChatsTest, FoundByKeyAndByTheirOwnIdEvenIfSeveral) {
  const ProducerId p = ProducerOf("p");
  std::vector<NewChat> chats = Chats(p, 1, 3);
  chats[0].content.client_id = "x";
  chats[2].content.client_id = "x";
  AppendAll(chats);
  EXPECT_THAT(store_->FindChats("p/2").value(), ElementsAre(ChatKey{"p", 2}));
  EXPECT_THAT(store_->FindChats("x").value(), ElementsAre(ChatKey{"p", 1}, ChatKey{"p", 3}));
  EXPECT_THAT(store_->FindChats("p/4").value(), IsEmpty());
  EXPECT_THAT(store_->FindChats("").value(), IsEmpty());
}

TEST_F(ChatsTest, AFilesProducerIsFoundByTheFirstOfItsDigits) {
  AppendAll(Chats(ProducerOf("file:1a2b3c"), 1, 3));
  AppendAll(Chats(ProducerOf("file:1a2b99"), 1, 2));
  AppendAll(Chats(ProducerOf("chat-1a2b"), 1, 1));
  EXPECT_THAT(store_->FindChats("file:1a2b3/2").value(), ElementsAre(ChatKey{"file:1a2b3c", 2}));
  EXPECT_EQ(store_->ListChats({.producer = "file:1a2b9"}, 0, 9)->chats.size(), 2U);
  EXPECT_THAT(store_->FindChats("file:1a2b4/2").value(), IsEmpty());
  EXPECT_THAT(store_->FindChats("file:1a2/2").value(), IsEmpty());
  EXPECT_THAT(store_->FindChats("chat-1/1").value(), IsEmpty());
  const absl::Status several = store_->FindChats("file:1a2b/2").status();
  EXPECT_TRUE(absl::IsInvalidArgument(several)) << several;
  EXPECT_THAT(several.message(), ::testing::HasSubstr("more of the digits"));
}

TEST_F(ChatsTest, Rule27_RetiredTextLeavesDigestAndDecision) {
  const ProducerId p = ProducerOf("p");
  AppendAll(Chats(p, 1, 10));
  const CycleId cycle = ReadEverything();
  AppendAll(Chats(p, 11, 5));  // unread: never touched
  const std::string digest = store_->ExplainChat({"p", 1})->chat.digest;
  EXPECT_EQ(store_->RetireChatTexts(4).value(), 6);
  EXPECT_EQ(store_->RetireChatTexts(4).value(), 0);
  for (std::int64_t seq = 1; seq <= 15; ++seq) {
    const ChatRecord chat = store_->ExplainChat({"p", seq})->chat;
    EXPECT_EQ(chat.is_retired, seq <= 6) << seq;
    EXPECT_EQ(chat.content.instruction.empty(), seq <= 6) << seq;
  }
  const ChatRecord retired = store_->ExplainChat({"p", 1})->chat;
  EXPECT_EQ(retired.digest, digest);
  EXPECT_EQ(retired.decision->cycle_id, cycle);
  EXPECT_EQ(store_->CountChats()->total, 15);
  EXPECT_EQ(store_->RetireChatTexts(0).value(), 4);
  EXPECT_EQ(store_->ListChats({}, 0, 100)->chats.size(), 15U);
  // Sent again, it is still known.
  EXPECT_THAT(Append({Chats(p, 1, 1)}), ElementsAre(AppendOutcome::kAlreadyStored));
}

TEST_F(ChatsTest, RetiresInSeveralBatches) {
  AppendAll(Chats(ProducerOf("p"), 1, 9001));
  ReadEverything();
  EXPECT_EQ(store_->RetireChatTexts(1000).value(), 8001);
  EXPECT_FALSE(store_->ExplainChat({"p", 8002})->chat.is_retired);
  EXPECT_TRUE(store_->ExplainChat({"p", 8001})->chat.is_retired);
}

TEST_F(ChatsTest, WhatACycleHasPassedIsRefused) {
  const ProducerId p = ProducerOf("p");
  AppendAll(Chats(p, 5, 1));
  const CycleProgress progress = Begin();
  // Frozen up to 5, not yet read: 4 would be neither in this cycle nor in the next.
  EXPECT_THAT(Append(Chats(p, 4, 1)), ElementsAre(AppendOutcome::kAlreadyPassed));
  EXPECT_THAT(Append(Chats(p, 6, 1)), ElementsAre(AppendOutcome::kStored));
  ASSERT_TRUE(store_->EndCycle(progress.cycle.id, CycleState::kCancelled, "by hand", {}).ok());
  EXPECT_THAT(Append(Chats(p, 4, 1)), ElementsAre(AppendOutcome::kStored));
  ReadEverything();
  EXPECT_THAT(Append(Chats(p, 3, 1)), ElementsAre(AppendOutcome::kAlreadyPassed));
}

TEST_F(ChatsTest, UnknownChatIsNotFoundByName) {
  const absl::Status status = store_->ExplainChat({"p", 1}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("p/1"));
}

TEST(Codec, TurnsRoundTripAndDamageIsSeen) {
  const std::vector<Turn> turns = {{Role::kUser, "a"}, {Role::kAssistant, std::string(300, 'b')}};
  const std::string bytes = EncodeTurns(turns);
  EXPECT_EQ(DecodeTurns(bytes).value(), turns);
  EXPECT_EQ(EncodeTurns({}), "");
  for (const std::size_t cut : {std::size_t{1}, std::size_t{5}, bytes.size() - 1}) {
    EXPECT_EQ(DecodeTurns(bytes.substr(0, cut)).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodeTurns(std::string("\x09\0\0\0\0", 5)).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(Codec, DigestTellsFieldsApart) {
  ChatContent one, other;
  one.instruction = "ab";
  one.response = "c";
  other.instruction = "a";
  other.response = "bc";
  EXPECT_NE(DigestOf(one), DigestOf(other));
  other = one;
  other.time_us = 0;
  EXPECT_NE(DigestOf(one), DigestOf(other));
}

}  // namespace
}  // namespace amooz::store
