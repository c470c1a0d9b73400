// docs/rules.md rule 26: what a chat or an example of a file is.
#include "client/lib/import_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "client/lib/str_cat.h"
#include "client/lib/time.h"

namespace amooz::client {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::int64_t kStart = 1'700'000'000'000'000;

std::int64_t Micros(const v1::Chat& chat) { return absl::ToUnixMicros(ToTime(chat.time())); }

// The reason that a single line is bad for; "" if it is good.
std::string ReasonOf(std::string_view line) {
  const auto file = ReadChats(line, kStart);
  if (file->facts.bad.empty()) return "";
  EXPECT_TRUE(file->chats.empty());
  return file->facts.bad[0].reason;
}

std::string WithTimestamp(std::string_view timestamp) {
  return StrCat(R"({"instruction":"a","response":"b","timestamp":)", timestamp, "}");
}

TEST(ReadChats, TheProducerIsTheFilesDigestAndSeqTheLinesNumber) {
  const auto file = ReadChats(
      "{\"instruction\":\"a\",\"response\":\"b\"}\n\n{\"instruction\":\"c\",\"response\":\"d\"}\n",
      kStart);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->producer,
            "file:777f64fae3dc30b9e924dc70943160a600edb19cf57994732ffebb4200009a2e");
  ASSERT_EQ(file->chats.size(), 2u);
  EXPECT_EQ(file->chats[0].chat.seq(), 1u);
  EXPECT_EQ(file->chats[1].chat.seq(), 3u);
  EXPECT_EQ(file->chats[1].chat.chat().instruction(), "c");
}

TEST(ReadChats, TextsAreByteForByte) {
  const auto file = ReadChats(
      R"({"instruction":" سلام‌\n","response":"\u2028x\u0001\ud83d\ude00 "})", kStart);
  ASSERT_EQ(file->chats.size(), 1u);
  EXPECT_EQ(file->chats[0].chat.chat().instruction(), " سلام‌\n");
  EXPECT_EQ(file->chats[0].chat.chat().response(), "\u2028x\u0001😀 ");
}

TEST(ReadChats, AllFieldsOfALine) {
  const auto file = ReadChats(
      R"({"id":"s1","instruction":"a","response":"b","timestamp":"2026-01-14T05:17:38Z","source":"sample",)"
      R"("subject":"u07","response_author":"model","context":[{"role":"user","text":"x"}],"mood":1})",
      kStart);
  ASSERT_EQ(file->chats.size(), 1u) << DescribeBadRecords(file->facts);
  const v1::Chat& chat = file->chats[0].chat.chat();
  EXPECT_EQ(chat.id(), "s1");
  EXPECT_EQ(chat.source(), "sample");
  EXPECT_EQ(chat.subject(), "u07");
  EXPECT_EQ(chat.response_author(), v1::RESPONSE_AUTHOR_MODEL);
  EXPECT_EQ(chat.context(0).text(), "x");
  EXPECT_EQ(Micros(chat), 1768367858000000);
  EXPECT_FALSE(file->chats[0].has_import_time);
}

TEST(ReadChats, TimesAreRfc3339OrPythonsIsoformatToTheMicrosecond) {
  const auto time_of = [](std::string_view timestamp) {
    const auto file = ReadChats(WithTimestamp(timestamp), kStart);
    return file->chats.empty() ? -1 : Micros(file->chats[0].chat.chat());
  };
  EXPECT_EQ(time_of(R"("2024-01-01T00:02:47Z")"), 1704067367000000);
  EXPECT_EQ(time_of(R"("2024-01-01T00:02:47")"), 1704067367000000);  // no zone = UTC
  EXPECT_EQ(time_of(R"("2024-01-01T00:02:47.123456")"), 1704067367123456);
  EXPECT_EQ(time_of(R"("2024-01-01 00:02:47")"), 1704067367000000);
  EXPECT_EQ(time_of(R"("2024-01-01T03:32:47+03:30")"), 1704067367000000);
}

TEST(ReadChats, AnUnreadableTimeIsABadLine) {
  EXPECT_THAT(ReasonOf(WithTimestamp(R"("yesterday")")), HasSubstr("timestamp is unreadable"));
  EXPECT_THAT(ReasonOf(WithTimestamp(R"("")")), HasSubstr("timestamp is unreadable"));
  EXPECT_THAT(ReasonOf(WithTimestamp("1704067367")), HasSubstr("timestamp must be text"));
}

TEST(ReadChats, WithoutATimeItIsTheLineBeforesAndTheFirstIsTheImportsStart) {
  const std::string none = R"({"instruction":"a","response":"b"})";
  const auto file =
      ReadChats(StrCat(none, "\n", none, "\n", WithTimestamp(R"("2024-01-01T00:02:47Z")"), "\n",
                       WithTimestamp("null")),
                kStart);
  ASSERT_EQ(file->chats.size(), 4u);
  EXPECT_EQ(Micros(file->chats[0].chat.chat()), kStart);
  EXPECT_TRUE(file->chats[0].has_import_time);
  EXPECT_EQ(Micros(file->chats[1].chat.chat()), kStart);
  EXPECT_TRUE(file->chats[1].has_import_time);
  EXPECT_EQ(Micros(file->chats[3].chat.chat()), 1704067367000000);
  EXPECT_FALSE(file->chats[3].has_import_time);
}

TEST(ReadChats, BadLinesHaveTheirReason) {
  EXPECT_EQ(ReasonOf(R"({"instruction":"a"})"), "response is missing");
  EXPECT_EQ(ReasonOf(R"({"instruction":3,"response":"b"})"),
            "instruction must be text, not an integer");
  EXPECT_EQ(ReasonOf(R"({"instruction":"a","response":" \u2003 "})"), "empty: response");
  EXPECT_EQ(ReasonOf(R"({"instruction":"a\u0000","response":"b"})"), "instruction holds U+0000");
  EXPECT_EQ(ReasonOf("{\"instruction\":\"a\",\"response\":\"\xC0\x80\"}"), "is not UTF-8");
  EXPECT_THAT(ReasonOf(R"({"instruction":"a","response":"\ud800"})"), HasSubstr("lone surrogate"));
  EXPECT_THAT(ReasonOf(R"({"instruction":"a","response":"b","response_author":"dog"})"),
              HasSubstr("human, model or unknown"));
  EXPECT_EQ(
      ReasonOf(StrCat(R"({"instruction":"a","response":"b","id":")", std::string(257, 'x'), "\"}")),
      "id has 257 bytes; at most 256");
}

TEST(ReadChats, OpenAiLinesAreChatsToo) {
  const auto file =
      ReadChats(R"({"messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},)"
                R"({"role":"assistant","content":"b"}],"id":7})",
                kStart);
  ASSERT_EQ(file->chats.size(), 1u);
  EXPECT_EQ(file->chats[0].chat.chat().instruction(), "a");
  EXPECT_EQ(file->chats[0].chat.chat().context(0).role(), v1::ROLE_SYSTEM);
  EXPECT_EQ(file->chats[0].chat.chat().id(), "7");
  EXPECT_THAT(ReasonOf(R"({"messages":[],"instruction":"a","response":"b"})"),
              HasSubstr("may not stand beside"));
}

TEST(ReadChats, TheOriginalsArrayCountsItsElements) {
  const auto file = ReadChats(
      "[\n  {\"instruction\": \"a\", \"response\": \"b\", \"timestamp\": "
      "\"2025-03-01T10:00:00.5\"},\n"
      "  {\"instruction\": \"\", \"response\": \"b\"},\n  {\"instruction\": \"c\", \"response\": "
      "\"d\"}\n]\n",
      kStart);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->facts.is_array);
  ASSERT_EQ(file->chats.size(), 2u);
  EXPECT_EQ(file->chats[0].chat.seq(), 1u);
  EXPECT_EQ(file->chats[1].chat.seq(), 3u);
  EXPECT_EQ(DescribeBadRecords(file->facts), "element 2: empty: instruction");
}

TEST(ReadChats, AnEmptyFileHasNoChats) {
  const auto file = ReadChats("", kStart);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->chats.empty());
  EXPECT_TRUE(file->facts.bad.empty());
}

TEST(ReadChats, Rule26ARecordOverTheServersLimitIsBad) {
  const std::string line = R"({"instruction":"12345","response":"678","context":)"
                           R"([{"role":"user","text":"90"}]})";
  EXPECT_TRUE(ReadChats(line, kStart, 10)->facts.bad.empty());
  const auto file = ReadChats(line, kStart, 9);
  ASSERT_EQ(file->facts.bad.size(), 1u);
  EXPECT_THAT(file->facts.bad[0].reason, HasSubstr("chat_log.max_chat_bytes"));
  EXPECT_EQ(ReadExamples(line, 9)->facts.bad.size(), 1u);
}

TEST(ReadChats, Rule26ATimeOutsideTheYears1To9999IsUnreadable) {
  EXPECT_EQ(ReasonOf(WithTimestamp("\"9999-12-31T23:59:59Z\"")), "");
  EXPECT_THAT(ReasonOf(WithTimestamp("\"9999-12-31T23:59:59-05:00\"")), HasSubstr("timestamp"));
  EXPECT_THAT(ReasonOf(WithTimestamp("\"0001-01-01T00:00:00+01:00\"")), HasSubstr("timestamp"));
}

TEST(DescribeBadRecords, ListsTwentyAndNamesTheRest) {
  std::string bytes;
  for (int i = 0; i < 25; ++i) bytes += "nonsense\n";
  bytes += "{\"instruction\":\"a\",\"response\":\"b\"}\nnonsense";
  const auto file = ReadExamples(bytes);
  const std::string text = DescribeBadRecords(file->facts);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_THAT(text, HasSubstr("line 1: is not JSON"));
  EXPECT_THAT(text, HasSubstr("line 20: "));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("line 21: ")));
  EXPECT_THAT(text, EndsWith("\nand lines 21-25, 27"));
}

TEST(ReadExamples, ReadsLinesArraysAndMessages) {
  const auto lines = ReadExamples("{\"instruction\":\"a\",\"response\":\"b \"}\r\n");
  ASSERT_EQ(lines->examples.size(), 1u);
  EXPECT_EQ(lines->examples[0].response(), "b ");
  EXPECT_EQ(lines->examples[0].line(), 1u);
  const auto array =
      ReadExamples(R"([{"instruction":"a","response":"b"},{"instruction":"c","response":"d"}])");
  ASSERT_EQ(array->examples.size(), 2u);
  EXPECT_EQ(array->examples[1].line(), 2u);
  const auto messages = ReadExamples(
      R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})");
  EXPECT_EQ(messages->examples[0].instruction(), "a");
}

// The files beside the repository, where they are: none of their lines is bad.
TEST(ReadChats, TheSharedFilesAreGoodToTheLastLine) {
  const char* shared = std::getenv("AMOOZ_SHARED");
  const char* source = std::getenv("AMOOZ_SOURCE_DIR");
  const std::string root = shared != nullptr ? shared : StrCat(source ? source : ".", "/../shared");
  std::ifstream in(root + "/data/chats.fa.jsonl", std::ios::binary);
  if (!in) GTEST_SKIP() << "there is no " << root << "/data";
  std::ostringstream bytes;
  bytes << in.rdbuf();
  const auto file = ReadChats(bytes.str(), kStart);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->chats.size(), 22677u);
  EXPECT_TRUE(file->facts.bad.empty()) << DescribeBadRecords(file->facts);
  EXPECT_EQ(file->facts.digest, "21413fe10d6be58186ea92e985784f5bfe93a9ce5714da794f3d4b5b8af35293");
}

}  // namespace
}  // namespace amooz::client
