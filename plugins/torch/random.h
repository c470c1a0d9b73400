// Randomness by counter: a draw is a function of (seed, stream, index) and of nothing else, so a
// resumed training and a repeated reply draw the same numbers whatever happened in between.
#ifndef AMOOZ_PLUGINS_TORCH_RANDOM_H_
#define AMOOZ_PLUGINS_TORCH_RANDOM_H_

#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace amooz::llama {

// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// OOPSLA 2014).
constexpr std::uint64_t Mix64(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// What a stream is for; part of the key, so that uses never share draws.
enum class Stream : std::uint64_t {
  kInit = 1,
  kOrder = 2,
  kReplace = 3,
  kDropout = 4,
  kSample = 5
};

class CounterRandom {
 public:
  CounterRandom(std::uint64_t seed, Stream stream, std::uint64_t step = 0)
      : key_(Mix64(Mix64(Mix64(seed) ^ static_cast<std::uint64_t>(stream)) ^ step)) {}

  std::uint64_t Bits(std::uint64_t index) const { return Mix64(key_ ^ Mix64(index)); }
  // [0, 1), 53 bits.
  double Uniform(std::uint64_t index) const {
    return static_cast<double>(Bits(index) >> 11) * 0x1.0p-53;
  }
  // [0, n); the bias is below n / 2^53.
  std::uint64_t Below(std::uint64_t index, std::uint64_t n) const {
    return static_cast<std::uint64_t>(Uniform(index) * static_cast<double>(n));
  }
  // Standard normal, by Box and Muller; uses indexes 2i and 2i + 1.
  double Normal(std::uint64_t index) const {
    const double u = 1.0 - Uniform(2 * index);
    const double angle = 6.283185307179586 * Uniform(2 * index + 1);
    return std::sqrt(-2.0 * std::log(u)) * std::cos(angle);
  }
  // A permutation of 0..n-1, by Fisher and Yates.
  std::vector<std::size_t> Shuffled(std::size_t n) const {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[Below(i, i)]);
    return order;
  }

 private:
  std::uint64_t key_;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_RANDOM_H_
