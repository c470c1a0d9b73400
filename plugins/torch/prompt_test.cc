#include "plugins/torch/prompt.h"

#include <gtest/gtest.h>

#include "plugins/torch/bpe_trainer.h"
#include "plugins/torch/fake_host.h"
#include "plugins/torch/packing.h"

namespace amooz::llama {
namespace {

const BpeTokenizer& Tokenizer() {
  static const auto* const kTokenizer = [] {
    BpeTrainer trainer;
    trainer.Add("User: hello\nAssistant: hello you System: be kind\n");
    return new BpeTokenizer(trainer.Train(257));  // bytes only: easy to read
  }();
  return *kTokenizer;
}

// The ids as text, the end token as "#".
std::string Shown(const std::vector<std::int32_t>& ids) {
  std::string text;
  for (const std::int32_t id : ids) text += id == 0 ? "#" : std::string(Tokenizer().Bytes(id));
  return text;
}

TEST(Prompt, IsAsTheFormatSays) {
  const std::vector<sdk::Turn> turns = {
      {AMOOZ_ROLE_SYSTEM, "be kind"}, {AMOOZ_ROLE_USER, "hi"}, {AMOOZ_ROLE_ASSISTANT, "hello"}};
  EXPECT_EQ(Shown(EncodePrompt(Tokenizer(), turns, "how?")),
            "System: be kind\nUser: hi\nAssistant: hello#User: how?\nAssistant:");
}

TEST(Prompt, LosesItsOldestTurnsWhenItIsTooLong) {
  const std::vector<sdk::Turn> turns = {{AMOOZ_ROLE_USER, "old"},
                                        {AMOOZ_ROLE_ASSISTANT, "older"},
                                        {AMOOZ_ROLE_USER, "new"},
                                        {AMOOZ_ROLE_ASSISTANT, "newer"}};
  const std::string last = "User: new\nAssistant: newer#User: x\nAssistant:";
  EXPECT_EQ(Shown(EncodePromptWithin(Tokenizer(), turns, "x", last.size(), [] {})), last);
}

TEST(Prompt, KeepsTheMostTurnsThatFit) {
  const std::vector<sdk::Turn> turns(40, {AMOOZ_ROLE_USER, "a"});  // of 8 tokens each
  const std::size_t bare = EncodePrompt(Tokenizer(), {}, "x").size();
  for (std::size_t fit = 0; fit <= turns.size(); ++fit) {
    for (const std::size_t spare : {0u, 7u}) {
      const auto ids = EncodePromptWithin(Tokenizer(), turns, "x", bare + 8 * fit + spare, [] {});
      EXPECT_EQ(ids.size(), bare + 8 * fit) << fit;
    }
  }
}

TEST(Prompt, TriesFewLengthsHoweverManyTurnsThereAre) {
  const std::vector<sdk::Turn> turns(200'000, {AMOOZ_ROLE_USER, "a"});
  int asked = 0;
  EXPECT_LE(EncodePromptWithin(Tokenizer(), turns, "x", 1024, [&] { ++asked; }).size(), 1024u);
  EXPECT_GT(asked, 1);
  EXPECT_LT(asked, 15);
}

TEST(Prompt, RefusesAnInstructionThatIsTooLongAlone) {
  try {
    EncodePromptWithin(Tokenizer(), {}, std::string(100, 'x'), 50, [] {});
    FAIL();
  } catch (const sdk::Error& e) {
    EXPECT_EQ(e.code(), AMOOZ_INVALID_ARGUMENT);
  }
}

Sequence EncodedExample(const FakeExample& example) {
  const std::vector<FakeExample> examples = {example};
  return EncodeExample(Tokenizer(), sdk::Example(RawExamples(examples).pointers()[0]));
}

TEST(Example, HasTheResponseAndTheEndTokenAsTargets) {
  const Sequence sequence = EncodedExample({"hi", "hello", {}});
  EXPECT_EQ(Shown(sequence.tokens), "User: hi\nAssistant: hello#");
  EXPECT_EQ(sequence.first_target, std::string("User: hi\nAssistant:").size());
}

TEST(Windows, CountEachResponseTokenOnce) {
  for (std::size_t prompt : {1u, 5u, 17u, 40u}) {
    for (std::size_t length = prompt + 1; length < 90; ++length) {
      const Sequence sequence{std::vector<std::int32_t>(length, 1), prompt};
      std::vector<int> counted(length, 0);
      for (const Window& window : Windows(sequence, 16)) {
        ASSERT_LE(window.end - window.begin, 16u);
        ASSERT_GT(window.first_target, window.begin);
        // At least half a window is read before, where there is so much.
        ASSERT_TRUE(window.begin == 0 || window.first_target - window.begin >= 8u);
        for (std::size_t i = window.first_target; i < window.end; ++i) ++counted[i];
      }
      for (std::size_t i = 0; i < length; ++i) ASSERT_EQ(counted[i], i >= prompt ? 1 : 0);
    }
  }
}

TEST(Packing, FillsRowsAndRestartsEachSegment) {
  const std::vector<Sequence> sequences = {EncodedExample({"a", "b", {}}),
                                           EncodedExample({"cc", "dd", {}})};
  const std::vector<Piece> pieces = PiecesOf(sequences, 512);
  const std::vector<std::size_t> order = {1, 0};
  const std::vector<Row> rows = Pack(pieces, order, 512);
  ASSERT_EQ(rows.size(), 1u);
  const auto n0 = static_cast<std::int64_t>(sequences[1].tokens.size());
  EXPECT_EQ(rows[0].segment_starts, (std::vector<std::int64_t>{0, n0, rows[0].size()}));
  // " dd#" and " b#": each predicted from the token before it.
  EXPECT_EQ(rows[0].targets.size(), 7u);
  EXPECT_EQ(rows[0].positions[0], static_cast<std::int64_t>(sequences[1].first_target) - 1);
  for (std::size_t i = 0; i < rows[0].targets.size(); ++i) {
    const auto next = static_cast<std::size_t>(rows[0].positions[i] + 1);
    EXPECT_EQ(rows[0].tokens[next], rows[0].targets[i]);
  }
}

TEST(Packing, LeavesNothingOut) {
  std::vector<Sequence> sequences;
  for (std::size_t n = 2; n < 60; ++n)
    sequences.push_back({std::vector<std::int32_t>(n, 1), n / 2});
  const std::vector<Piece> pieces = PiecesOf(sequences, 32);
  std::vector<std::size_t> order(pieces.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::size_t targets = 0, wanted = 0;
  for (const Row& row : Pack(pieces, order, 64)) {
    EXPECT_LE(row.size(), 64);
    targets += row.targets.size();
  }
  for (const Sequence& s : sequences) wanted += s.tokens.size() - s.first_target;
  EXPECT_EQ(targets, wanted);
}

}  // namespace
}  // namespace amooz::llama
