// docs/rules.md rule 26: what is a line, and which lines are bad.
#include "client/lib/import_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::uint64_t> Numbers(std::string_view bytes) {
  std::vector<std::uint64_t> numbers;
  const auto split = SplitRecords(bytes);
  for (const auto& record : split->records) numbers.push_back(record.number);
  return numbers;
}

std::string Reason(std::string_view json) {
  return std::string(ParseRecord(json).status().message());
}

TEST(SplitRecords, LinesAreNumberedAndEmptyOnesLeaveGaps) {
  EXPECT_THAT(Numbers("{}\n\n{}\n \t\r\n{}"), ElementsAre(1, 3, 5));
  EXPECT_THAT(Numbers(""), ElementsAre());
  EXPECT_THAT(Numbers("\n\n"), ElementsAre());
  EXPECT_THAT(Numbers("{}\n"), ElementsAre(1));
}

TEST(SplitRecords, OnlyLineFeedEndsALine) {
  const auto records = SplitRecords("{\"a\":\"\u2028\u0085\"}\r\n{\"b\":1}\r{\"c\":1}");
  ASSERT_EQ(records->records.size(), 2u);
  EXPECT_EQ(records->records[0].json, "{\"a\":\"\u2028\u0085\"}");
  EXPECT_EQ(records->records[1].json, "{\"b\":1}\r{\"c\":1}");
}

TEST(SplitRecords, AByteOrderMarkIsNoPartOfTheFirstLine) {
  EXPECT_EQ(SplitRecords("\xEF\xBB\xBF{}")->records[0].json, "{}");
  EXPECT_TRUE(SplitRecords("\xEF\xBB\xBF []")->is_array);
}

TEST(SplitRecords, AFileThatIsNoUtf8TextSaysHowItBecomesOne) {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> cases[] = {
      {"\x1F\x8B\x08\x00"s, "zcat FILE | amooz"},
      {"BZh91AY"s, "bzcat"},
      {"\xFD\x37zXZ\x00"s, "xzcat"},
      {"\x28\xB5\x2F\xFD"s, "zstdcat"},
      {"PK\x03\x04"s, "unzip -p"},
      {"\xFF\xFE{\x00"s, "iconv -f UTF-16 -t UTF-8"},
      {"\xFE\xFF\x00{"s, "iconv"},
      {"{\x00\"\x00"s, "iconv -f UTF-16LE"},
      {"\x00{\x00\""s, "iconv -f UTF-16BE"},
  };
  for (const auto& [bytes, remedy] : cases) {
    const auto records = SplitRecords(bytes);
    EXPECT_TRUE(absl::IsDataLoss(records.status())) << remedy;
    EXPECT_THAT(records.status().message(), ::testing::HasSubstr(remedy));
  }
}

TEST(SplitRecords, AnArraysElementsAreCutAtItsOwnCommas) {
  const auto records = SplitRecords(" [ {\"a\":[1,2],\"b\":\"],\\\",\"} ,\n {\"c\":{\"d\":1}} ]\n");
  ASSERT_TRUE(records.ok());
  EXPECT_TRUE(records->is_array);
  ASSERT_EQ(records->records.size(), 2u);
  EXPECT_EQ(records->records[0].json, "{\"a\":[1,2],\"b\":\"],\\\",\"}");
  EXPECT_EQ(records->records[1].number, 2u);
  EXPECT_EQ(records->records[1].json, "{\"c\":{\"d\":1}}");
}

TEST(SplitRecords, ABadElementSpoilsOnlyItself) {
  EXPECT_THAT(Numbers("[{}, nonsense, , {}]"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Numbers("[]"), ElementsAre());
}

TEST(SplitRecords, AnArrayThatIsNotWholeIsRefused) {
  EXPECT_THAT(std::string(SplitRecords("[{}, {\"a\":").status().message()),
              HasSubstr("breaks off in element 2"));
  EXPECT_FALSE(SplitRecords("[{}] {}").ok());
}

TEST(ParseRecord, SaysWhyALineIsBad) {
  EXPECT_THAT(Reason("{\"a\": 1"), HasSubstr("not JSON: an error at byte 8"));
  EXPECT_EQ(Reason("\"text\""), "is a string, not a JSON object");
  EXPECT_EQ(Reason("{\"a\":\"\xFF\"}"), "is not UTF-8");
  EXPECT_EQ(Reason("{\"a\":1e999}"), "is not JSON: a number is out of range");
  EXPECT_THAT(Reason(""), HasSubstr("not JSON"));
}

TEST(ParseRecord, ALoneSurrogateEscapeIsBadAndAPairIsNot) {
  EXPECT_THAT(Reason(R"({"a":"\ud83d"})"), HasSubstr("lone surrogate"));
  EXPECT_THAT(Reason(R"({"a":"\ud83d x"})"), HasSubstr("lone surrogate"));
  EXPECT_THAT(Reason(R"({"a":"\udc00"})"), HasSubstr("lone surrogate"));
  EXPECT_EQ((*ParseRecord(R"({"a":"\ud83d\ude00"})"))["a"], "😀");
}

TEST(ParseRecord, TheLastOfEqualKeysHolds) {
  EXPECT_EQ((*ParseRecord(R"({"a":1,"a":2})"))["a"], 2);
}

TEST(CheckText, EmptyIsWhatPythonsStripLeavesEmpty) {
  EXPECT_EQ(
      CheckText("response", " \t\u001C\u001F\u0085\u00A0\u1680\u2003\u2028\u205F\u3000").message(),
      "empty: response");
  EXPECT_FALSE(CheckText("response", "").ok());
  EXPECT_TRUE(CheckText("response", "\u200C").ok());  // ZWNJ is no white space
  EXPECT_TRUE(CheckText("response", "\u200B").ok());
  EXPECT_TRUE(CheckText("response", "\uFEFF").ok());
  EXPECT_TRUE(CheckText("response", " 😀 ").ok());
}

TEST(CheckText, EveryCodePointButZeroIsAccepted) {
  EXPECT_TRUE(CheckText("response", "\u0001\u007F\uFFFF\U0010FFFF").ok());
  EXPECT_EQ(CheckText("response", std::string_view("a\0b", 3)).message(), "response holds U+0000");
}

}  // namespace
}  // namespace amooz::client
