// The codec and the framing, with examples, properties and rubbish.
#include "sdk/host/wire.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "amooz/sdk/abi.h"
#include "sdk/host/messages.h"

namespace amooz::host {
namespace {

std::string FrameBytes(FrameType type, std::uint64_t id, const std::string& payload) {
  return EncodeFrameHeader(type, id, payload.size()) + payload;
}

TEST(Frame, HeaderIsLittleEndianAndSixteenBytes) {
  const std::string header = EncodeFrameHeader(FrameType::kCancel, 0x0102, 3);
  EXPECT_EQ(header, std::string("\3\0\0\0\x20\0\0\0\2\1\0\0\0\0\0\0", 16));
  EXPECT_EQ(header.size(), kFrameHeaderBytes);
}

TEST(FrameParser, RefusesAFrameThatIsTooLong) {
  FrameParser parser;
  parser.Feed(EncodeFrameHeader(FrameType::kChunk, 1, kMaxPayloadBytes + 1));
  EXPECT_EQ(parser.Next().status().code(), Code::kInternal);
}

TEST(FrameParser, RefusesFlagsThatNobodySets) {
  std::string header = EncodeFrameHeader(FrameType::kChunk, 1, 0);
  header[6] = 1;
  FrameParser parser;
  parser.Feed(header);
  EXPECT_FALSE(parser.Next().ok());
}

RC_GTEST_PROP(FrameParser, GivesBackWhatWasSentHoweverItIsCut,
              (const std::vector<std::string>& payloads)) {
  std::string stream;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    stream += FrameBytes(FrameType::kChunk, i, payloads[i]);
  }
  FrameParser parser;
  std::vector<std::string> received;
  while (!stream.empty()) {
    const auto n = *rc::gen::inRange<std::size_t>(1, stream.size() + 1);
    parser.Feed(std::string_view(stream).substr(0, n));
    stream.erase(0, n);
    for (;;) {
      const auto frame = parser.Next();
      RC_ASSERT(frame.ok());
      if (!frame->has_value()) break;
      RC_ASSERT((*frame)->call_id == received.size());
      received.push_back((*frame)->payload);
    }
  }
  RC_ASSERT(received == payloads);
}

RC_GTEST_PROP(FrameParser, NeverCrashesOnRubbish, (const std::string& rubbish)) {
  FrameParser parser;
  parser.Feed(rubbish);
  for (int i = 0; i < 100; ++i) {
    const auto frame = parser.Next();
    if (!frame.ok() || !frame->has_value()) break;
  }
}

RC_GTEST_PROP(Codec, AMessageSurvivesTheWay,
              (std::uint64_t model_id, const std::string& instruction,
               const std::vector<std::string>& stop, std::uint64_t seed, bool has_seed)) {
  GenerateMessage sent;
  sent.model_id = model_id;
  sent.instruction = instruction;
  sent.stop.assign(stop.begin(), stop.end());
  if (has_seed) sent.seed = seed;
  sent.temperature = 0.5;
  for (const std::string& text : stop) sent.context.push_back({2, text});
  const std::string payload = Encode(sent);
  GenerateMessage received;
  RC_ASSERT(Decode(payload, &received).ok());
  RC_ASSERT(received.model_id == model_id);
  RC_ASSERT(received.instruction == instruction);
  RC_ASSERT(std::vector<std::string>(received.stop.begin(), received.stop.end()) == stop);
  RC_ASSERT(received.seed == sent.seed);
  RC_ASSERT(received.temperature == 0.5);
  RC_ASSERT(!received.top_p.has_value());
  RC_ASSERT(received.context.size() == stop.size());
}

RC_GTEST_PROP(Codec, ARowTakesTheBytesThatItSays,
              (const std::string& text, const std::vector<std::string>& context, bool has_score)) {
  ExampleMessage row{text, text, {}, 1, 1, 1, std::nullopt, text};
  for (const std::string& turn : context) row.context.push_back({AMOOZ_ROLE_USER, turn});
  if (has_score) row.score = 0.5;
  RC_ASSERT(Encode(row).size() + (has_score ? 0 : sizeof(double)) == row.frame_bytes());
}

RC_GTEST_PROP(Codec, AShortenedMessageIsRefused, (const std::string& text)) {
  ExamplesMessage message;
  message.examples.resize(3);
  message.examples[1].instruction = text;
  message.examples[1].score = 0.5;
  const std::string payload = Encode(message);
  const auto n = *rc::gen::inRange<std::size_t>(0, payload.size());
  ExamplesMessage received;
  RC_ASSERT(!Decode(std::string_view(payload).substr(0, n), &received).ok());
  RC_ASSERT(!Decode(payload + "x", &received).ok());
}

// What either end may be sent by a process that went mad: any bytes as any message.
template <typename M>
void DecodeAnything(std::string_view bytes) {
  M message;
  const Status status = Decode(bytes, &message);
  if (status.ok()) RC_ASSERT(Encode(message) == bytes);
}

RC_GTEST_PROP(Codec, RubbishIsRefusedOrMeansItself, (const std::vector<std::uint8_t>& raw)) {
  const std::string bytes(raw.begin(), raw.end());
  DecodeAnything<HelloMessage>(bytes);
  DecodeAnything<CreateMessage>(bytes);
  DecodeAnything<ScoreMessage>(bytes);
  DecodeAnything<JobMessage>(bytes);
  DecodeAnything<GenerateMessage>(bytes);
  DecodeAnything<EvaluateMessage>(bytes);
  DecodeAnything<PullExamplesMessage>(bytes);
  DecodeAnything<ResultMessage>(bytes);
  DecodeAnything<LogMessage>(bytes);
  DecodeAnything<VariationMessage>(bytes);
}

// Valid messages with one byte changed reach further than rubbish does.
RC_GTEST_PROP(Codec, AChangedByteDoesNoHarm, (std::uint8_t byte)) {
  const std::vector<double> scores{0.5, 1};
  const std::vector<NoteMessage> notes{{0, 0, "points", "5"}, {1, 1, "", "too_short"}};
  std::string payload = Encode(ScoreReply{scores, notes});
  payload[*rc::gen::inRange<std::size_t>(0, payload.size())] = static_cast<char>(byte);
  ScoreReply reply;
  if (Decode(payload, &reply).ok()) RC_ASSERT(Encode(reply) == payload);
}

TEST(Codec, ALyingCountTakesNoMemory) {
  Encoder encoder;
  encoder(std::int64_t{0}, std::uint64_t{0}, std::uint64_t{0}, std::uint32_t{0xFFFFFFFF});
  ScoreMessage message;
  EXPECT_FALSE(Decode(encoder.Take(), &message).ok());
  EXPECT_EQ(message.items.capacity(), 0u);
}

}  // namespace
}  // namespace amooz::host
