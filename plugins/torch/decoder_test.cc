#include "plugins/torch/decoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "plugins/torch/likelihood.h"
#include "plugins/torch/network.h"
#include "plugins/torch/random.h"
#include "plugins/torch/training.h"

namespace amooz::llama {
namespace {

constexpr ModelConfig kSmall{.vocab_size = 300,
                             .hidden_size = 64,
                             .intermediate_size = 100,
                             .num_hidden_layers = 2,
                             .num_attention_heads = 4,
                             .num_key_value_heads = 2,
                             .max_position_embeddings = 64};

// Weights large enough that every part of the network matters.
std::vector<float> Weights(const ModelConfig& config) {
  std::vector<float> weights = NewWeights(config, 5);
  for (float& w : weights) w = w == 1.0f ? 1.0f : w * 6;
  return weights;
}

Sequence SomeSequence(std::size_t n, std::size_t first_target) {
  Sequence sequence{{}, first_target};
  const CounterRandom random(9, Stream::kSample);
  for (std::size_t i = 0; i < n; ++i) {
    sequence.tokens.push_back(static_cast<std::int32_t>(random.Below(i, 300)));
  }
  return sequence;
}

TEST(Decoder, GivesTheSameBitsTokenByTokenAndTogether) {
  const Decoder decoder(kSmall, Weights(kSmall));
  const Sequence sequence = SomeSequence(50, 1);
  std::vector<float> together(50 * 64), alone(50 * 64);
  Decoder::State a(decoder, 50), b(decoder, 64);
  decoder.Forward(&a, sequence.tokens, together);
  for (std::size_t i = 0; i < 50; ++i) {
    decoder.Forward(&b, std::span(sequence.tokens).subspan(i, 1),
                    std::span(alone).subspan(i * 64, 64));
  }
  EXPECT_EQ(together, alone);
  EXPECT_EQ(b.length(), 50);
}

TEST(Network, AgreesWithTheDecoder) {
  std::vector<float> weights = Weights(kSmall), gradients(weights.size());
  const Sequence sequence = SomeSequence(40, 11);
  Row row;
  row.Append(sequence, {0, 40, 11});
  const double by_network = Network(kSmall, weights, gradients).LossSum(row);
  const double by_decoder = NegativeLogLikelihood(Decoder(kSmall, weights), sequence, [] {});
  EXPECT_NEAR(by_network / by_decoder, 1, 1e-5);
}

TEST(Network, KeepsExamplesOfOneRowApart) {
  std::vector<float> weights = Weights(kSmall), gradients(weights.size());
  Network network(kSmall, weights, gradients);
  Row a, b, both;
  const Sequence one = SomeSequence(20, 5), two = SomeSequence(33, 9);
  a.Append(one, {0, 20, 5});
  b.Append(two, {0, 33, 9});
  both.Append(one, {0, 20, 5});
  both.Append(two, {0, 33, 9});
  EXPECT_NEAR(network.LossSum(both), network.LossSum(a) + network.LossSum(b), 1e-3);
}

// The derivative along random directions, by the difference of two losses.
TEST(Network, GradientIsTheLossesSlope) {
  std::vector<float> weights = Weights(kSmall), gradients(weights.size());
  Network network(kSmall, weights, gradients);
  Row row;
  row.Append(SomeSequence(20, 5), {0, 20, 5});
  row.Append(SomeSequence(30, 3), {0, 30, 3});
  for (const DropoutPlan& dropout : {DropoutPlan{}, DropoutPlan{0.2f, 77}}) {
    std::fill(gradients.begin(), gradients.end(), 0.0f);
    network.LossAndGradient(row, dropout);
    const std::vector<float> gradient = gradients, origin = weights;
    for (std::uint64_t direction = 0; direction < 3; ++direction) {
      const CounterRandom random(direction, Stream::kSample);
      double slope = 0;
      const auto loss_at = [&](double step) {
        for (std::size_t i = 0; i < weights.size(); ++i) {
          weights[i] = static_cast<float>(origin[i] + step * random.Normal(i));
        }
        return network.LossAndGradient(row, dropout);
      };
      for (std::size_t i = 0; i < weights.size(); ++i) slope += gradient[i] * random.Normal(i);
      const double measured = (loss_at(3e-4) - loss_at(-3e-4)) / 6e-4;
      EXPECT_NEAR(measured, slope, 0.02 * std::abs(slope) + 0.02);
    }
    weights = origin;
  }
}

TEST(Likelihood, CountsEachTokenOfALongSequenceOnce) {
  const Decoder decoder(
      kSmall, std::vector<float>(static_cast<std::size_t>(ParameterLayout(kSmall).size()), 0.0f));
  // All logits are 0: each token costs ln 300.
  const double nll = NegativeLogLikelihood(decoder, SomeSequence(500, 100), [] {});
  EXPECT_NEAR(nll, 400 * std::log(300.0), 1e-3);
}

TEST(Kernels, ProductIsTheSameForEachRowWhateverIsBesideIt) {
  constexpr std::int64_t kIn = 70, kOut = 150, kRows = 23;
  const CounterRandom random(1, Stream::kSample);
  std::vector<float> w(kIn * kOut), x(kIn * kRows);
  std::vector<float> panels(static_cast<std::size_t>(PanelFloats(kIn, kOut)));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(random.Normal(i));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(random.Normal(i + 1'000'000));
  PackPanels(w.data(), kIn, kOut, panels.data());
  std::vector<float> together(kOut * kRows), alone(kOut);
  const Kernels& kernels = BestKernels();
  kernels.product(x.data(), kRows, kIn, panels.data(), kOut, together.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    kernels.product(x.data() + r * kIn, 1, kIn, panels.data(), kOut, alone.data());
    for (std::size_t o = 0; o < kOut; ++o) {
      double exact = 0;
      for (std::size_t i = 0; i < kIn; ++i) exact += double{x[r * kIn + i]} * w[o * kIn + i];
      ASSERT_EQ(alone[o], together[r * kOut + o]);
      ASSERT_NEAR(alone[o], exact, 1e-4);
    }
  }
}

}  // namespace
}  // namespace amooz::llama
