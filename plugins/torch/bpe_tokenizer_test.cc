#include "plugins/torch/bpe_tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/bpe_trainer.h"

namespace amooz::llama {
namespace {

BpeTokenizer Trained(std::size_t size = 400) {
  BpeTrainer trainer;
  for (int i = 0; i < 20; ++i) {
    trainer.Add("سلام، حالت چطور است؟ دلم برای مادرم تنگ شده");
    trainer.Add("Hello there, how are you today?");
  }
  return trainer.Train(size);
}

std::string Decoded(const BpeTokenizer& tokenizer, const std::vector<std::int32_t>& ids) {
  std::string text;
  for (const std::int32_t id : ids) text += tokenizer.Bytes(id);
  return text;
}

TEST(BpeTokenizer, DecodesWhatItEncoded) {
  const BpeTokenizer tokenizer = Trained();
  for (const char* text :
       {"سلام", "می‌خواهم 🙂", "Hello", "", " \n\t", "\xE2\x80\x8C", "漢字"}) {
    EXPECT_EQ(Decoded(tokenizer, tokenizer.Encode(text)), text);
  }
}

TEST(BpeTokenizer, EncodesAFrequentWordAsOneToken) {
  EXPECT_EQ(Trained().Encode(" مادرم").size(), 1u);
}

TEST(BpeTokenizer, NeverTakesTextForTheEndToken) {
  const BpeTokenizer tokenizer = Trained();
  const auto ids = tokenizer.Encode("a <|end|> b");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), tokenizer.end_id()), 0);
  EXPECT_EQ(Decoded(tokenizer, ids), "a <|end|> b");
}

TEST(BpeTokenizer, ReadsBackItsOwnJson) {
  const BpeTokenizer tokenizer = Trained();
  const BpeTokenizer read = BpeTokenizer::FromJson(tokenizer.ToJson(), "tokenizer.json");
  EXPECT_EQ(read.ToJson(), tokenizer.ToJson());
  EXPECT_EQ(read.Encode("دلم تنگ شده today"), tokenizer.Encode("دلم تنگ شده today"));
}

TEST(BpeTokenizer, NamesTheFileThatIsDamaged) {
  const std::string good = Trained().ToJson();
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), good.substr(0, good.size() / 2),
        std::string(R"({"model":{"vocab":{},"merges":[]}})")}) {
    try {
      BpeTokenizer::FromJson(bad, "/m/tokenizer.json");
      FAIL() << bad.substr(0, 40);
    } catch (const sdk::Error& e) {
      EXPECT_EQ(e.code(), AMOOZ_DATA_LOSS);
      EXPECT_NE(std::string(e.what()).find("/m/tokenizer.json"), std::string::npos);
    }
  }
}

TEST(BpeTokenizer, EncodesAMegabyteWithoutASpaceInReasonableTime) {
  const BpeTokenizer tokenizer = Trained();
  std::string text;
  while (text.size() < (1 << 20)) text += "سلامHello";
  EXPECT_EQ(Decoded(tokenizer, tokenizer.Encode(text)), text);
}

TEST(BpeTrainer, DoesNotDependOnTheOrderOfTexts) {
  BpeTrainer a, b;
  for (const char* text : {"one two two", "three three three", "two one"}) a.Add(text);
  for (const char* text : {"two one", "three three three", "one two two"}) b.Add(text);
  EXPECT_EQ(a.Train(300).ToJson(), b.Train(300).ToJson());
}

TEST(BpeTrainer, MergesNothingThatOccursOnce) {
  BpeTrainer trainer;
  trainer.Add("abcdef");
  EXPECT_EQ(trainer.Train(8000).size(), 257);
}

TEST(BpeTrainer, CountsTokensAsTheTokenizerMakesThem) {
  BpeTrainer trainer;
  const std::string text = "سلام   سلام\n\nhow are how are 12 ";
  trainer.Add(text);
  const BpeTokenizer tokenizer = trainer.Train(300);
  EXPECT_EQ(trainer.CountTokens(tokenizer), tokenizer.Encode(text).size());
}

// docs/rules.md, rule 20.
TEST(BpeTrainer, HasOneEntryForEach64BytesAndAtMostTheLimit) {
  EXPECT_EQ(VocabularySize(0, 8000), 257u);
  EXPECT_EQ(VocabularySize(64'000, 8000), 1000u);
  EXPECT_EQ(VocabularySize(64'000'000, 8000), 8000u);
}

}  // namespace
}  // namespace amooz::llama
