#include "plugins/torch/reply_stream.h"

#include <gtest/gtest.h>

namespace amooz::llama {
namespace {

TEST(ReplyStream, DropsOneLeadingSpace) {
  ReplyStream stream({});
  EXPECT_EQ(stream.Push(" "), "");
  EXPECT_EQ(stream.Push(" a"), " a");
}

TEST(ReplyStream, HoldsBackBytesUntilTheyAreACodePoint) {
  ReplyStream stream({});
  EXPECT_EQ(stream.Push("\xD8"), "");
  EXPECT_EQ(stream.Push("\xB3\xF0\x9F"), "\xD8\xB3");
  EXPECT_EQ(stream.Push("\x99\x82"), "🙂");
}

TEST(ReplyStream, ReplacesWhatIsNoUtf8) {
  ReplyStream stream({});
  EXPECT_EQ(stream.Push("a\xFF\xE2\x82z"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(stream.Push(std::string_view("\0", 1)), "\uFFFD");
  EXPECT_EQ(stream.Push("\xE2\x82"), "");
  EXPECT_EQ(stream.Finish(), "\uFFFD");
}

TEST(ReplyStream, StopsBeforeAStopStringThatCameInPieces) {
  ReplyStream stream({"STOP"});
  EXPECT_EQ(stream.Push("one ST"), "one ");
  EXPECT_EQ(stream.Push("ORM S"), "STORM ");
  EXPECT_EQ(stream.Push("TOP two"), "");
  EXPECT_TRUE(stream.stopped());
  EXPECT_EQ(stream.Push("more"), "");
  EXPECT_EQ(stream.Finish(), "");
}

TEST(ReplyStream, ShowsAtTheEndWhatWasNoStopString) {
  ReplyStream stream({"<<", ""});
  EXPECT_EQ(stream.Push("a<"), "a");
  EXPECT_EQ(stream.Finish(), "<");
  EXPECT_FALSE(stream.stopped());
}

TEST(ReplyStream, StopsAtTheFirstOfSeveral) {
  ReplyStream stream({"zz", "b"});
  EXPECT_EQ(stream.Push("aabzz"), "aa");
  EXPECT_TRUE(stream.stopped());
}

}  // namespace
}  // namespace amooz::llama
