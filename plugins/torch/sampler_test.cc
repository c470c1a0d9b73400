#include "plugins/torch/sampler.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

#include "amooz/sdk/plugin.hpp"

namespace amooz::llama {
namespace {

constexpr std::int32_t kEnd = 0;

// The tokens that come up in many draws from these logits.
std::set<std::int32_t> Drawn(SamplingOptions options, const std::vector<float>& logits,
                             const std::vector<std::int32_t>& ids = {}) {
  std::set<std::int32_t> drawn;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    options.seed = seed;
    std::vector<float> copy = logits;
    drawn.insert(Sampler(options, kEnd).Next(ids, 0, copy));
  }
  return drawn;
}

TEST(Sampler, TakesTheLargestAtTemperatureZero) {
  std::vector<float> logits = {1, 5, 3};
  EXPECT_EQ(Sampler({.temperature = 0}, kEnd).Next({}, 0, logits), 1);
}

TEST(Sampler, PenalizesRepetitionBySignOnceForEachToken) {
  std::vector<float> logits = {0, 4, -1, 3};
  const std::vector<std::int32_t> ids = {1, 1, 2};
  EXPECT_EQ(Sampler({.temperature = 0, .repetition_penalty = 2}, kEnd).Next(ids, 0, logits), 3);
  EXPECT_THAT(logits, testing::ElementsAre(0, 2, -2, 3));
}

TEST(Sampler, ForbidsWhatWouldRepeatAnNgram) {
  std::vector<float> logits = {0, 1, 2, 9};
  const std::vector<std::int32_t> ids = {1, 2, 3, 1, 2};
  EXPECT_EQ(Sampler({.temperature = 0, .no_repeat_ngram_size = 3}, kEnd).Next(ids, 2, logits), 2);
  EXPECT_EQ(logits[3], -std::numeric_limits<float>::infinity());
}

TEST(Sampler, KeepsTheEndBackUntilTheLeastLength) {
  std::vector<float> logits = {9, 1};
  EXPECT_EQ(Sampler({.min_tokens = 2, .temperature = 0}, kEnd).Next({}, 1, logits), 1);
  logits = {9, 1};
  EXPECT_EQ(Sampler({.min_tokens = 2, .temperature = 0}, kEnd).Next({}, 2, logits), 0);
}

TEST(Sampler, TopKKeepsWhatEqualsTheKth) {
  EXPECT_THAT(Drawn({.top_k = 2}, {0, 3, 2, 2, 1}), testing::UnorderedElementsAre(1, 2, 3));
}

TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  // Probabilities 0.5, 0.3, 0.15, 0.05.
  const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.15f),
                                     std::log(0.05f)};
  EXPECT_THAT(Drawn({.top_p = 0.7}, logits), testing::UnorderedElementsAre(0, 1));
  EXPECT_THAT(Drawn({.top_p = 0.9}, logits), testing::UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(Drawn({.top_p = 1e-9}, logits), testing::UnorderedElementsAre(0));
}

TEST(Sampler, DrawsInProportion) {
  int first = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    std::vector<float> logits = {std::log(0.75f), std::log(0.25f)};
    first += Sampler({.seed = seed}, kEnd).Next({}, 0, logits) == 0 ? 1 : 0;
  }
  EXPECT_NEAR(first / 4000.0, 0.75, 0.03);
}

TEST(Sampler, RepeatsItselfWithTheSameSeed) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<float> a = {1, 1, 1, 1}, b = a;
    EXPECT_EQ(Sampler({.seed = seed}, kEnd).Next({}, 3, a),
              Sampler({.seed = seed}, kEnd).Next({}, 3, b));
  }
}

TEST(SamplingOptions, NameTheFieldThatIsOutOfRange) {
  EXPECT_EQ(SamplingOptions{}.Problem(), "");
  EXPECT_NE(SamplingOptions{.temperature = -1}.Problem().find("temperature"), std::string::npos);
  EXPECT_NE(SamplingOptions{.top_p = 0}.Problem().find("top_p"), std::string::npos);
  EXPECT_NE(SamplingOptions{.repetition_penalty = 0}.Problem().find("repetition"),
            std::string::npos);
}

TEST(Sampler, DrawsNothingFromLogitsThatAreNoNumbers) {
  for (const double temperature : {0.0, 1.0}) {
    SamplingOptions options;
    options.temperature = temperature;
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      std::vector<float> logits = {1, 2, value, 3};
      EXPECT_THROW(Sampler(options, kEnd).Next({}, 0, logits), sdk::Error);
    }
  }
}

}  // namespace
}  // namespace amooz::llama
