#include "client/lib/chat_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "client/lib/fake_server.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

// Acknowledges each batch, or ends the stream before the batch number `fail_at`.
class FakeChatLog : public v1::ChatLogService::Service {
 public:
  grpc::Status StreamChats(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamChatsResponse, v1::StreamChatsRequest>* stream) override {
    v1::StreamChatsRequest request;
    while (stream->Read(&request)) {
      if (static_cast<int>(batches.size()) == fail_at) {
        return {grpc::StatusCode::ABORTED, "another stream of this producer began"};
      }
      batches.push_back(request);
      v1::StreamChatsResponse response;
      for (const auto& chat : request.chats()) {
        response.set_upto_seq(chat.seq());
        for (const auto& rejected : rejects) {
          if (rejected.seq() == chat.seq()) *response.add_rejected() = rejected;
        }
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  std::vector<v1::RejectedChat> rejects;
  int fail_at = -1;
  std::vector<v1::StreamChatsRequest> batches;
};

class ImportChatsTest : public ::testing::Test {
 protected:
  ChatImport Import(const std::string& bytes) {
    FakeServer server({&service_});
    const auto stub = v1::ChatLogService::NewStub(server.Channel());
    return ImportChats(stub.get(), *ReadChats(bytes, 1), [&](std::size_t n) { answered_ = n; });
  }

  static std::string Lines(int n, std::string_view timestamp) {
    std::string bytes;
    for (int i = 0; i < n; ++i) {
      StrAppend(&bytes, R"({"instruction":"a","response":")", i, "\"", timestamp, "}\n");
    }
    return bytes;
  }

  void Reject(std::uint64_t seq, absl::StatusCode code, std::string message) {
    v1::RejectedChat rejected;
    rejected.set_seq(seq);
    rejected.set_code(static_cast<int>(code));
    rejected.set_message(std::move(message));
    service_.rejects.push_back(rejected);
  }

  FakeChatLog service_;
  std::size_t answered_ = 0;
};

constexpr std::string_view kTimed = R"(,"timestamp":"2026-01-14T05:17:38Z")";

TEST_F(ImportChatsTest, SendsAllInOrderInBatchesAndNamesTheProducerOnce) {
  const ChatImport result = Import(Lines(10000, kTimed));
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.acknowledged, 10000u);
  EXPECT_EQ(result.upto_seq, 10000u);
  EXPECT_EQ(answered_, 10000u);
  ASSERT_EQ(service_.batches.size(), 40u);
  EXPECT_THAT(service_.batches[0].producer(), HasSubstr("file:"));
  EXPECT_EQ(service_.batches[1].producer(), "");
  std::uint64_t seq = 0;
  for (const auto& batch : service_.batches) {
    for (const auto& chat : batch.chats()) EXPECT_EQ(chat.seq(), ++seq);
  }
}

TEST_F(ImportChatsTest, LargeChatsTravelInSmallerBatches) {
  const std::string text(600 << 10, 'x');
  const std::string line = StrCat(R"({"instruction":"a","response":")", text, "\"}\n");
  const ChatImport result = Import(line + line + line);
  EXPECT_EQ(result.acknowledged, 3u);
  EXPECT_EQ(service_.batches.size(), 3u);
}

TEST_F(ImportChatsTest, RejectedChatsAreNamed) {
  Reject(2, absl::StatusCode::kInvalidArgument, "response has 2000000 bytes; at most 1048576");
  const ChatImport result = Import(Lines(3, kTimed));
  EXPECT_TRUE(result.status.ok());
  EXPECT_EQ(result.acknowledged, 2u);
  ASSERT_EQ(result.rejected.size(), 1u);
  EXPECT_EQ(result.rejected[0].seq(), 2u);
}

// Rule 26 gives a chat without a time the import's start, which is another one the second time.
TEST_F(ImportChatsTest, ASecondImportOfChatsWithoutTimesFindsThemThere) {
  Reject(1, absl::StatusCode::kAlreadyExists, "the seq is taken by other content");
  const ChatImport again = Import(Lines(2, ""));
  EXPECT_TRUE(again.rejected.empty());
  EXPECT_EQ(again.acknowledged, 2u);
  EXPECT_EQ(again.already_stored, 1u);
  EXPECT_EQ(Import(Lines(2, kTimed)).rejected.size(), 1u);
}

TEST_F(ImportChatsTest, ABrokenStreamSaysWhatIsSafe) {
  service_.fail_at = 2;
  const ChatImport result = Import(Lines(10000, kTimed));
  EXPECT_TRUE(absl::IsAborted(result.status)) << result.status;
  EXPECT_EQ(result.acknowledged, 512u);
}

TEST_F(ImportChatsTest, AFileWithoutChatsSendsNothing) {
  EXPECT_TRUE(Import("").status.ok());
  EXPECT_TRUE(service_.batches.empty());
}

}  // namespace
}  // namespace amooz::client
