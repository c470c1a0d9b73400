// The two models that a first model must beat (rule 23): byte-unigram and byte-bigram over 257
// symbols (256 bytes and the end of the response), with additive smoothing.
#ifndef AMOOZ_CORE_DATASET_BASELINES_H_
#define AMOOZ_CORE_DATASET_BASELINES_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace amooz::dataset {

// Not thread-safe while Add is called; const functions may then be called from any thread.
class ByteBaselines {
 public:
  ByteBaselines();
  // Counts one train row's response.
  void Add(std::string_view response);
  // Nats of a response and its end.
  double UnigramNll(std::string_view response) const;
  double BigramNll(std::string_view response) const;  // the start's context is the end symbol

 private:
  static constexpr std::size_t kSymbols = 257;
  static constexpr std::size_t kEnd = 256;
  static constexpr double kAdditive = 0.01;

  std::array<std::uint64_t, kSymbols> counts_{};  // of symbols
  std::array<std::uint64_t, kSymbols> context_counts_{};
  std::vector<std::uint64_t> pairs_;  // [context][symbol]
  std::uint64_t total_ = 0;
};

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_BASELINES_H_
