#include "core/server/salvage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "amooz/v1/chat_log.pb.h"
#include "amooz/v1/dataset.pb.h"
#include "core/server/messages.h"

namespace amooz::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ItemFields kChats{.items = v1::StreamChatsRequest::kChatsFieldNumber,
                            .number = v1::SequencedChat::kSeqFieldNumber};

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

// Requests are written valid and then damaged, since Protobuf would complain about bad texts.
std::string Replace(std::string bytes, const std::string& from, const std::string& to) {
  for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from)) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

v1::StreamChatsRequest ThreeChats() {
  v1::StreamChatsRequest request;
  request.set_producer("app");
  for (const std::uint64_t seq : {7U, 8U, 9U}) {
    v1::SequencedChat* chat = request.add_chats();
    chat->set_seq(seq);
    chat->mutable_chat()->set_instruction(seq == 8 ? "XXXX" : "hello");
    chat->mutable_chat()->set_response("a reply");
  }
  return request;
}

TEST(SalvageTest, AChatThatIsNotUtf8IsTakenOutAndNamedByItsSeq) {
  const std::string damaged = Replace(ThreeChats().SerializeAsString(), "XXXX", "\xff\xfe\xfd\xfc");
  v1::StreamChatsRequest request;
  EXPECT_EQ(ParseMessage(Bytes(damaged), &request).code(), absl::StatusCode::kInvalidArgument);
  std::vector<std::uint64_t> bad;
  const absl::Status status = ParseWithoutBadItems(Bytes(damaged), kChats, &request, &bad);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(bad, ElementsAre(8u));
  EXPECT_EQ(request.producer(), "app");
  ASSERT_EQ(request.chats_size(), 2);
  EXPECT_EQ(request.chats(0).seq(), 7u);
  EXPECT_EQ(request.chats(1).seq(), 9u);
}

TEST(SalvageTest, ANumberBehindTheBadTextIsFoundToo) {
  v1::ImportExamplesRequest import;
  import.add_examples()->set_instruction("XXXX");
  import.mutable_examples(0)->set_line(42);
  const std::string damaged = Replace(import.SerializeAsString(), "XXXX", "\xc0\x80\xc0\x80");
  std::vector<std::uint64_t> bad;
  const ItemFields fields{.items = v1::ImportExamplesRequest::kExamplesFieldNumber,
                          .number = v1::ImportedExample::kLineFieldNumber};
  ASSERT_TRUE(ParseWithoutBadItems(Bytes(damaged), fields, &import, &bad).ok());
  EXPECT_THAT(bad, ElementsAre(42u));
  EXPECT_EQ(import.examples_size(), 0);
}

TEST(SalvageTest, ABadTextOutsideTheItemsIsRefused) {
  v1::StreamChatsRequest request = ThreeChats();
  request.set_producer("YYYY");
  const std::string damaged = Replace(request.SerializeAsString(), "YYYY", "\xff\xff\xff\xff");
  std::vector<std::uint64_t> bad;
  const absl::Status status = ParseWithoutBadItems(Bytes(damaged), kChats, &request, &bad);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("StreamChatsRequest"));
}

TEST(CountItems, CountsWhatLiesAtAPathAndNoMore) {
  v1::StreamChatsRequest request = ThreeChats();
  for (int i = 0; i < 5; ++i) request.mutable_chats(1)->mutable_chat()->add_context();
  request.mutable_chats(2)->mutable_chat()->add_context()->set_text("earlier");
  const grpc::ByteBuffer bytes = Bytes(request.SerializeAsString());
  constexpr int kChatPath[] = {2}, kTurnPath[] = {2, 2, 3}, kNowhere[] = {7, 1};
  EXPECT_EQ(CountItems(bytes, kChatPath, 100), 3);
  EXPECT_EQ(CountItems(bytes, kChatPath, 2), 2);
  EXPECT_EQ(CountItems(bytes, kTurnPath, 100), 6);
  EXPECT_EQ(CountItems(bytes, kTurnPath, 4), 4);
  EXPECT_EQ(CountItems(bytes, kNowhere, 100), 0);
  const std::string whole = request.SerializeAsString();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_LE(CountItems(Bytes(whole.substr(0, n)), kTurnPath, 100), 6) << n;
  }
}

TEST(SalvageTest, EveryTruncationIsRefusedOrRead) {
  const std::string whole = ThreeChats().SerializeAsString();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    v1::StreamChatsRequest request;
    std::vector<std::uint64_t> bad;
    const absl::Status status =
        ParseWithoutBadItems(Bytes(whole.substr(0, n)), kChats, &request, &bad);
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument) << n;
    EXPECT_THAT(bad, IsEmpty()) << n;
  }
}

}  // namespace
}  // namespace amooz::server
