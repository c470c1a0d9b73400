#include "core/ingest/chat_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace amooz {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t kMaxBytes = 100;

class ChatCheck : public ::testing::Test {
 protected:
  ChatCheck() {
    chat_.instruction = "سلام";
    chat_.response = "درود!";
  }
  std::string Error(std::uint64_t seq = 1) {
    const absl::Status status = CheckChat(seq, chat_, kMaxBytes);
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }
  ChatContent chat_;
};

TEST_F(ChatCheck, AGoodChatPasses) {
  chat_.context = {{Role::kSystem, ""}, {Role::kUser, "a"}, {Role::kAssistant, "b"}};
  chat_.model_digest = std::string(64, 'f');
  chat_.time_us = 0;
  chat_.subject = std::string(256, 's');
  EXPECT_EQ(Error(), "");
}

TEST_F(ChatCheck, Rule26_EveryCodePointButZero) {
  chat_.response = "\x01 \xef\xbf\xbf \xf4\x8f\xbf\xbf \xe2\x80\x8c";
  EXPECT_EQ(Error(), "");
  chat_.response = std::string("a\0b", 3);
  EXPECT_THAT(Error(), StartsWith("response: holds U+0000"));
}

TEST_F(ChatCheck, MalformedUtf8IsNamedByItsField) {
  chat_.instruction = "\xff";
  EXPECT_THAT(Error(), StartsWith("instruction: is not valid UTF-8"));
  chat_.instruction = "ok";
  chat_.response = "\xed\xa0\x80";  // a surrogate
  EXPECT_THAT(Error(), StartsWith("response: is not valid UTF-8"));
  chat_.response = "ok";
  chat_.context = {{Role::kUser, "ok"}, {Role::kUser, "\xc0\x80"}};
  EXPECT_THAT(Error(), StartsWith("context[1]: text: is not valid UTF-8"));
}

TEST_F(ChatCheck, EmptyOnceStrippedIsRefused) {
  chat_.response = " \t\u0085\x1c";
  EXPECT_THAT(Error(), StartsWith("response: is empty"));
  chat_.instruction = "";
  EXPECT_THAT(Error(), StartsWith("instruction: is empty"));
  chat_.instruction = "\u200c";  // ZWNJ is no white space
  chat_.response = "a";
  EXPECT_EQ(Error(), "");
}

TEST_F(ChatCheck, SizesAreBounded) {
  chat_.context = {{Role::kUser, std::string(kMaxBytes, 'a')}};
  EXPECT_THAT(Error(), HasSubstr("chat_log.max_chat_bytes"));
  chat_.context.clear();
  chat_.source = std::string(257, 's');
  EXPECT_THAT(Error(), StartsWith("source: has 257 bytes"));
  chat_.source = "";
  chat_.client_id = std::string(257, 's');
  EXPECT_THAT(Error(), StartsWith("id: has 257 bytes"));
}

TEST_F(ChatCheck, OtherFields) {
  EXPECT_THAT(Error(0), StartsWith("seq:"));
  EXPECT_THAT(Error(std::numeric_limits<std::uint64_t>::max()), StartsWith("seq:"));
  chat_.model_digest = "abc";
  EXPECT_THAT(Error(), StartsWith("model_digest:"));
  chat_.model_digest = "";
  chat_.time_us = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(Error(), StartsWith("time:"));
  chat_.time_us.reset();
  chat_.context = {{Role::kUser, "a"}, {Role::kSystem, "b"}};
  EXPECT_THAT(Error(), StartsWith("context[1].role: a system turn"));
  chat_.context = {{static_cast<Role>(9), "a"}};
  EXPECT_THAT(Error(), StartsWith("context[0].role"));
}

TEST(ProducerName, HasItsAlphabet) {
  EXPECT_TRUE(CheckProducerName("file:0aB._-").ok());
  EXPECT_TRUE(CheckProducerName(std::string(128, 'a')).ok());
  for (const std::string& name : {std::string(), std::string(129, 'a'), std::string("a/b"),
                                  std::string("a b"), std::string("نام")}) {
    EXPECT_FALSE(CheckProducerName(name).ok()) << name;
  }
}

}  // namespace
}  // namespace amooz
