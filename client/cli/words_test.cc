#include "client/cli/words.h"

#include <gtest/gtest.h>

#include "amooz/v1/chat_log.pb.h"
#include "amooz/v1/types.pb.h"

namespace amooz::client {
namespace {

TEST(Words, EnumsLoseTheirPrefix) {
  EXPECT_EQ(EnumWord(v1::SPLIT_HELD_OUT), "held_out");
  EXPECT_EQ(EnumWord(v1::CHAT_OUTCOME_DUPLICATE_OF_CHAT), "duplicate_of_chat");
  EXPECT_EQ(EnumWord(v1::ORIGIN_UNSPECIFIED), "unspecified");
  EXPECT_EQ(EnumWord(*v1::Split_descriptor(), 99), "99");
}

TEST(Words, Figures) {
  EXPECT_EQ(Count(0), "0");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Count(22677), "22,677");
  EXPECT_EQ(Count(-1234567), "-1,234,567");
  EXPECT_EQ(Counted(1, "chat"), "1 chat");
  EXPECT_EQ(Counted(0, "chat"), "0 chats");
  EXPECT_EQ(Signed(69), "+69");
  EXPECT_EQ(Signed(-3), "−3");
  EXPECT_EQ(Signed(0), "0");
  EXPECT_EQ(SignedPercent(21.56), "+21.6 %");
  EXPECT_EQ(SignedPercent(-2), "−2.0 %");
  EXPECT_EQ(SignedPercent(-0.01), "0.0 %");
  EXPECT_EQ(Bytes(1023), "1023 bytes");
  EXPECT_EQ(Bytes(29779558), "28.4 MiB");
  EXPECT_EQ(Fixed(1e300, 2), "very large");
  EXPECT_EQ(ShortDigest("9f31ab27c0de99"), "9f31ab27c0de");
  EXPECT_EQ(ShortDigest(""), "-");
  EXPECT_EQ(ShortProducer("file:9f31ab27c0de99"), "file:9f31ab27c0de");
  EXPECT_EQ(ShortProducer("chat-9f31ab27c0de99"), "chat-9f31ab27c0de99");
}

TEST(Words, Spans) {
  EXPECT_EQ(Span(absl::Seconds(45)), "45 s");
  EXPECT_EQ(Span(absl::Seconds(60)), "1 min");
  EXPECT_EQ(Span(absl::Seconds(72)), "1 min 12 s");
  EXPECT_EQ(Span(absl::Minutes(192)), "3 h 12 min");
  EXPECT_EQ(Span(absl::Hours(49)), "2 d 1 h");
  const absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_EQ(Ago(now - absl::Seconds(5), now), "5 s ago");
  EXPECT_EQ(Ago(now + absl::Minutes(5), now), "in 5 min");
}

TEST(ReadSpan, TakesWhatPeopleWrite) {
  EXPECT_EQ(*ReadSpan("90s"), absl::Seconds(90));
  EXPECT_EQ(*ReadSpan("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ReadSpan("2d"), absl::Hours(48));
  EXPECT_EQ(*ReadSpan("1d12h"), absl::Hours(36));
  for (const char* bad : {"", "90", "-5m", "d", "xd", "1h x", "inf", "soon"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadSpan(bad).status())) << bad;
  }
}

}  // namespace
}  // namespace amooz::client
