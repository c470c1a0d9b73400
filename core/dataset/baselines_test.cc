#include "core/dataset/baselines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace amooz::dataset {
namespace {

TEST(ByteBaselines, Rule23CountsBytesAndEndsWithAdditiveSmoothing) {
  ByteBaselines baselines;
  baselines.Add("ab");
  baselines.Add("a");
  // Symbols: a 2, b 1, end 2; five in all.
  const double all = 5 + 0.01 * 257;
  EXPECT_NEAR(baselines.UnigramNll("a"), -std::log(2.01 / all) - std::log(2.01 / all), 1e-12);
  // Pairs: end-a 2 of 2, a-b 1 of 2, a-end 1 of 2, b-end 1 of 1.
  const double two = 2 + 2.57, one = 1 + 2.57;
  EXPECT_NEAR(baselines.BigramNll("ab"),
              -std::log(2.01 / two) - std::log(1.01 / two) - std::log(1.01 / one), 1e-12);
  // Never seen: the additive mass alone.
  EXPECT_NEAR(baselines.BigramNll("c"), -std::log(0.01 / two) - std::log(0.01 / 2.57), 1e-12);
}

TEST(ByteBaselines, Rule23ProbabilitiesOfAllSymbolsSumToOne) {
  ByteBaselines baselines;
  baselines.Add("سلام");
  double unigram = 0, bigram = 0;
  const double end = baselines.UnigramNll("");
  unigram += std::exp(-end);
  bigram += std::exp(-baselines.BigramNll(""));
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    unigram += std::exp(-(baselines.UnigramNll(text) - end));
  }
  EXPECT_NEAR(unigram, 1.0, 1e-9);
  EXPECT_LT(bigram, 1.0);
}

TEST(ByteBaselines, Rule23TheBigramIsBetterWhereBytesDependOnTheOneBefore) {
  ByteBaselines baselines;
  for (int i = 0; i < 20; ++i) baselines.Add("آبان آذر دی بهمن اسفند");
  EXPECT_LT(baselines.BigramNll("بهمن"), baselines.UnigramNll("بهمن"));
}

}  // namespace
}  // namespace amooz::dataset
