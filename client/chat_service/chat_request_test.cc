#include "client/chat_service/chat_request.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

namespace amooz::chat {
namespace {

// A named string: GCC 12 warns wrongly of a literal that is copied here (its bug 105651).
const std::string kX = "x";

v1::ChatRequest Good() {
  v1::ChatRequest request;
  request.set_instruction("سلام");
  return request;
}

void AddTurn(v1::ChatRequest* request, v1::Role role, const std::string& text) {
  v1::Turn* turn = request->add_context();
  turn->set_role(role);
  turn->set_text(text);
}

struct Bad {
  std::string field;  // that the message names first
  std::function<void(v1::ChatRequest*)> spoil;
};

TEST(ChatRequestTest, AcceptsWhatIsComplete) {
  v1::ChatRequest request = Good();
  EXPECT_TRUE(ValidateChatRequest(request).ok());
  AddTurn(&request, v1::ROLE_SYSTEM, "Be kind.");
  AddTurn(&request, v1::ROLE_USER, "a");
  AddTurn(&request, v1::ROLE_ASSISTANT, "b");
  request.mutable_options()->set_temperature(0);
  request.mutable_options()->set_top_k(0);
  EXPECT_TRUE(ValidateChatRequest(request).ok()) << ValidateChatRequest(request).ToString();
}

TEST(ChatRequestTest, NamesTheFieldOfEachMistake) {
  const std::vector<Bad> cases = {
      {"instruction", [](auto* r) { r->set_instruction(" \u2003\n"); }},
      {"instruction", [](auto* r) { r->set_instruction(std::string("a\0b", 3)); }},
      {"instruction and context",
       [](auto* r) { r->set_instruction(std::string((1 << 20) + 1, 'x')); }},
      {"instruction and context",
       [](auto* r) {
         AddTurn(r, v1::ROLE_USER, std::string(1 << 19, 'x'));
         AddTurn(r, v1::ROLE_ASSISTANT, std::string(1 << 19, 'x'));
       }},
      {"context[0].text", [](auto* r) { AddTurn(r, v1::ROLE_USER, ""); }},
      {"context[0].role", [](auto* r) { AddTurn(r, v1::ROLE_UNSPECIFIED, "x"); }},
      {"context[1].role",
       [](auto* r) {
         AddTurn(r, v1::ROLE_USER, "x");
         AddTurn(r, v1::ROLE_SYSTEM, "x");
       }},
      {"subject", [](auto* r) { r->set_subject(std::string(257, 'x')); }},
      {"source", [](auto* r) { r->set_source(std::string("\0", 1)); }},
      {"options.max_tokens", [](auto* r) { r->mutable_options()->set_max_tokens(0); }},
      {"options.max_tokens", [](auto* r) { r->mutable_options()->set_max_tokens(4097); }},
      {"options.min_tokens",
       [](auto* r) {
         r->mutable_options()->set_max_tokens(5);
         r->mutable_options()->set_min_tokens(6);
       }},
      {"options.temperature", [](auto* r) { r->mutable_options()->set_temperature(-0.1); }},
      {"options.temperature", [](auto* r) { r->mutable_options()->set_temperature(NAN); }},
      {"options.top_p", [](auto* r) { r->mutable_options()->set_top_p(0); }},
      {"options.top_p", [](auto* r) { r->mutable_options()->set_top_p(1.01); }},
      {"options.top_k", [](auto* r) { r->mutable_options()->set_top_k(0xffffffff); }},
      {"options.repetition_penalty",
       [](auto* r) { r->mutable_options()->set_repetition_penalty(INFINITY); }},
      {"options.no_repeat_ngram_size",
       [](auto* r) { r->mutable_options()->set_no_repeat_ngram_size(5000); }},
      {"options.stop",
       [](auto* r) {
         for (int i = 0; i < 17; ++i) r->mutable_options()->add_stop(kX);
       }},
      {"options.stop[0]", [](auto* r) { r->mutable_options()->add_stop(std::string()); }},
  };
  for (const Bad& bad : cases) {
    v1::ChatRequest request = Good();
    bad.spoil(&request);
    const Status status = ValidateChatRequest(request);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << bad.field;
    EXPECT_EQ(status.message().substr(0, bad.field.size()), bad.field) << status.message();
  }
}

TEST(ChatRequestTest, LeavesUnsetOptionsToTheModel) {
  v1::ChatRequest request = Good();
  host::GenerateRequest asked = ToGenerateRequest(request, 77);
  EXPECT_FALSE(asked.max_tokens || asked.min_tokens || asked.top_k || asked.temperature ||
               asked.top_p || asked.repetition_penalty || asked.no_repeat_ngram_size);
  EXPECT_EQ(asked.seed, 77u);
  request.mutable_options()->set_seed(0);
  request.mutable_options()->set_temperature(0);
  asked = ToGenerateRequest(request, 77);
  EXPECT_EQ(asked.seed, 0u);
  EXPECT_EQ(asked.temperature, 0.0);
}

TEST(ChatRequestTest, LogsWhoWroteTheReplyAndWhen) {
  v1::ChatRequest request = Good();
  request.set_subject("p-1");
  request.set_source("web");
  AddTurn(&request, v1::ROLE_USER, "before");
  const v1::Chat chat = ToLoggedChat(request, "درود", "abc", 1'700'000'000'123'456);
  EXPECT_EQ(chat.response(), "درود");
  EXPECT_EQ(chat.response_author(), v1::RESPONSE_AUTHOR_MODEL);
  EXPECT_EQ(chat.model_digest(), "abc");
  EXPECT_EQ(chat.subject(), "p-1");
  EXPECT_EQ(chat.source(), "web");
  EXPECT_EQ(chat.context(0).text(), "before");
  EXPECT_EQ(chat.time().seconds(), 1'700'000'000);
  EXPECT_EQ(chat.time().nanos(), 123'456'000);
}

}  // namespace
}  // namespace amooz::chat
