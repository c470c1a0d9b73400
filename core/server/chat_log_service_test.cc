// Chats in over gRPC, to the letter of rules 25 and 27.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "core/server/amooz_server_testing.h"

namespace amooz::server {
namespace {

using testing::HasSubstr;

class ChatLogServiceTest : public AmoozServerTest {
 protected:
  void SetUp() override { Start(); }

  // One client's stream.
  struct Stream {
    CallContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::StreamChatsRequest, v1::StreamChatsResponse>> rpc;

    void Send(const std::string& producer, const std::vector<v1::SequencedChat>& chats) {
      v1::StreamChatsRequest request;
      request.set_producer(producer);
      for (const v1::SequencedChat& chat : chats) *request.add_chats() = chat;
      EXPECT_TRUE(rpc->Write(request));
    }
    // Acknowledgements up to `seq`; what was rejected on the way.
    std::vector<v1::RejectedChat> WaitFor(std::uint64_t seq) {
      std::vector<v1::RejectedChat> rejected;
      v1::StreamChatsResponse ack;
      do {
        if (!rpc->Read(&ack)) {
          ADD_FAILURE() << "the stream ended before " << seq;
          return rejected;
        }
        already_stored += ack.already_stored();
        rejected.insert(rejected.end(), ack.rejected().begin(), ack.rejected().end());
      } while (ack.upto_seq() < seq);
      return rejected;
    }
    // Closes the client's side; what came until the end.
    grpc::Status Close() {
      rpc->WritesDone();
      v1::StreamChatsResponse ack;
      while (rpc->Read(&ack)) last_upto = ack.upto_seq();
      return rpc->Finish();
    }
    std::uint64_t last_upto = 0;
    std::uint32_t already_stored = 0;  // in what WaitFor read
  };
  std::unique_ptr<Stream> Open() {
    auto stream = std::make_unique<Stream>();
    stream->rpc = chats_->StreamChats(&stream->context);
    return stream;
  }
  v1::ListChatsResponse List(const v1::ListChatsRequest& request) {
    CallContext context;
    v1::ListChatsResponse response;
    const grpc::Status status = chats_->ListChats(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Explain(const std::string& id, v1::ExplainChatResponse* response) {
    CallContext context;
    v1::ExplainChatRequest request;
    request.set_id(id);
    return chats_->ExplainChat(&context, request, response);
  }
};

TEST_F(ChatLogServiceTest, WhatIsAcknowledgedIsStoredAndAHalfCloseAcknowledgesTheRest) {
  auto stream = Open();
  stream->Send("app", {GoodChat(1), GoodChat(2)});
  EXPECT_TRUE(stream->WaitFor(2).empty());
  EXPECT_EQ(List({}).total_chats(), 2u);
  for (std::uint64_t seq = 3; seq <= 200; ++seq) stream->Send("", {GoodChat(seq)});
  EXPECT_TRUE(stream->Close().ok());
  EXPECT_EQ(stream->last_upto, 200u);
  EXPECT_EQ(List({}).total_chats(), 200u);
}

TEST_F(ChatLogServiceTest, Rule25TheSameChatAgainIsAcknowledgedAndStoredOnce) {
  auto stream = Open();
  stream->Send("app", {GoodChat(1)});
  EXPECT_TRUE(stream->WaitFor(1).empty());
  stream->Send("app", {GoodChat(1), GoodChat(2)});
  EXPECT_TRUE(stream->WaitFor(2).empty());
  stream->Send("app", {GoodChat(2), GoodChat(3)});
  EXPECT_TRUE(stream->WaitFor(3).empty());
  EXPECT_TRUE(stream->Close().ok());
  EXPECT_EQ(stream->already_stored, 2u);
  EXPECT_EQ(List({}).total_chats(), 3u);
}

TEST_F(ChatLogServiceTest, Rule25OtherContentIsAlreadyExistsAndTheStreamGoesOn) {
  auto stream = Open();
  stream->Send("app", {GoodChat(1)});
  stream->WaitFor(1);
  v1::SequencedChat other = GoodChat(1);
  other.mutable_chat()->set_response("Something else that was never said about the plants.");
  stream->Send("app", {other, GoodChat(2)});
  const auto rejected = stream->WaitFor(2);
  ASSERT_EQ(rejected.size(), 1u);
  EXPECT_EQ(rejected[0].seq(), 1u);
  EXPECT_EQ(rejected[0].code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_TRUE(stream->Close().ok());
}

TEST_F(ChatLogServiceTest, Rule25ASecondStreamOfAProducerEndsTheFirstWithAborted) {
  auto first = Open();
  first->Send("app", {GoodChat(1)});
  first->WaitFor(1);
  auto second = Open();
  second->Send("app", {GoodChat(2)});
  second->WaitFor(2);
  v1::StreamChatsResponse ack;
  while (first->rpc->Read(&ack)) {
  }
  EXPECT_EQ(first->rpc->Finish().error_code(), grpc::StatusCode::ABORTED);
  second->Send("app", {GoodChat(3)});
  EXPECT_TRUE(second->Close().ok());
  EXPECT_EQ(List({}).total_chats(), 3u);
}

TEST_F(ChatLogServiceTest, BadChatsAreNamedAndTheOthersKept) {
  v1::SequencedChat empty = GoodChat(2);
  empty.mutable_chat()->set_response(" \n");
  v1::SequencedChat large = GoodChat(3);
  large.mutable_chat()->set_response(std::string((1 << 20) + 1, 'x'));
  v1::SequencedChat malformed = GoodChat(4);
  malformed.mutable_chat()->set_instruction("\xff\xfe");
  v1::SequencedChat role = GoodChat(5);
  role.mutable_chat()->add_context()->set_text("earlier");
  auto stream = Open();
  stream->Send("app", {GoodChat(1), empty, large, malformed, role, GoodChat(6)});
  const auto rejected = stream->WaitFor(6);
  ASSERT_EQ(rejected.size(), 4u);
  const std::vector<std::string> fields = {"response", "max_chat_bytes", "UTF-8", "role"};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(rejected[i].seq(), i + 2);
    EXPECT_EQ(rejected[i].code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(rejected[i].message(), HasSubstr(fields[i]));
  }
  EXPECT_TRUE(stream->Close().ok());
  EXPECT_EQ(List({}).total_chats(), 2u);
}

TEST_F(ChatLogServiceTest, VeryManyEmptyChatsInOneRequestAreRefusedUnread) {
  auto stream = Open();
  stream->Send("app", {GoodChat(1)});
  stream->WaitFor(1);
  stream->Send("app", std::vector<v1::SequencedChat>(200'000));
  grpc::Status status = stream->Close();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("chats: more than 100000 in one request"));

  v1::SequencedChat talk = GoodChat(2);
  for (int i = 0; i < 1'000'001; ++i) talk.mutable_chat()->add_context();
  stream = Open();
  stream->Send("app", {talk});
  status = stream->Close();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("chat.context: more than 1000000 turns"));
  EXPECT_EQ(List({}).total_chats(), 1u);
}

TEST_F(ChatLogServiceTest, ABadProducerNameEndsTheStreamWithItsReason) {
  auto stream = Open();
  stream->Send("no spaces, please", {GoodChat(1)});
  const grpc::Status status = stream->Close();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("producer"));
}

TEST_F(ChatLogServiceTest, AnotherProducerLaterInTheStreamIsRefused) {
  auto stream = Open();
  stream->Send("app", {GoodChat(1)});
  stream->Send("other", {GoodChat(2)});
  const grpc::Status status = stream->Close();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(stream->last_upto, 1u);  // what came before is acknowledged first
}

TEST_F(ChatLogServiceTest, AStreamCutOffInTheMiddleLosesNothingAcknowledged) {
  auto stream = Open();
  for (std::uint64_t seq = 1; seq <= 50; ++seq) stream->Send("app", {GoodChat(seq)});
  stream->WaitFor(10);
  stream->context.TryCancel();
  v1::StreamChatsResponse ack;
  while (stream->rpc->Read(&ack)) {
  }
  EXPECT_EQ(stream->rpc->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_GE(List({}).total_chats(), 10u);
  auto again = Open();
  for (std::uint64_t seq = 1; seq <= 50; ++seq) again->Send("app", {GoodChat(seq)});
  EXPECT_TRUE(again->Close().ok());
  EXPECT_EQ(List({}).total_chats(), 50u);
}

TEST_F(ChatLogServiceTest, AppendAnswersAfterTheCommit) {
  EXPECT_EQ(Append("app", 1, 3).stored(), 3u);
  const v1::AppendChatsResponse again = Append("app", 2, 3);
  EXPECT_EQ(again.stored(), 1u);
  EXPECT_EQ(again.already_stored(), 2u);
  EXPECT_EQ(again.upto_seq(), 4u);
  CallContext context;
  v1::AppendChatsResponse response;
  v1::AppendChatsRequest request;
  request.set_producer("\xff");
  EXPECT_EQ(chats_->AppendChats(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ChatLogServiceTest, PagesFollowEachOtherNewestFirst) {
  Append("app", 1, 25);
  Append("other", 1, 5);
  v1::ListChatsRequest request;
  request.set_page_size(10);
  request.set_producer("app");
  std::vector<std::uint64_t> seen;
  do {
    const v1::ListChatsResponse page = List(request);
    for (const v1::ChatRecord& chat : page.chats()) seen.push_back(chat.seq());
    request.set_page_token(page.next_page_token());
    EXPECT_EQ(page.total_chats(), 30u);
    EXPECT_EQ(page.unread_chats(), 30u);
  } while (!request.page_token().empty());
  ASSERT_EQ(seen.size(), 25u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], 25 - i);

  CallContext context;
  v1::ListChatsResponse response;
  request.set_page_token("made up");
  EXPECT_EQ(chats_->ListChats(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ChatLogServiceTest, AChatIsExplainedByItsKeyOrItsOwnId) {
  v1::SequencedChat named = GoodChat(1);
  named.mutable_chat()->set_id("mine");
  auto stream = Open();
  stream->Send("app", {named, GoodChat(2)});
  EXPECT_TRUE(stream->Close().ok());
  v1::ExplainChatResponse response;
  ASSERT_TRUE(Explain("mine", &response).ok());
  EXPECT_EQ(response.chat().seq(), 1u);
  EXPECT_FALSE(response.has_decision());
  RunCycle(/*skip_training=*/true);
  ASSERT_TRUE(Explain("app/2", &response).ok());
  EXPECT_EQ(response.decision().outcome(), v1::CHAT_OUTCOME_ACCEPTED);
  EXPECT_THAT(response.decision().explanation(), HasSubstr("Accepted"));
  EXPECT_TRUE(response.has_example());
  const grpc::Status missing = Explain("app/99", &response);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(missing.error_message(), HasSubstr("app/99"));
  EXPECT_EQ(Explain("", &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ChatLogServiceTest, AShutdownAcknowledgesWhatItHasAndEndsWithUnavailable) {
  auto stream = Open();
  for (std::uint64_t seq = 1; seq <= 20; ++seq) stream->Send("app", {GoodChat(seq)});
  stream->WaitFor(1);
  server_->Stop();
  v1::StreamChatsResponse ack;
  while (stream->rpc->Read(&ack)) {
  }
  EXPECT_EQ(stream->rpc->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace amooz::server
