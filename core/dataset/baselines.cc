#include "core/dataset/baselines.h"

#include <cmath>

namespace amooz::dataset {
namespace {

// Calls fn(context, symbol) for each byte and for the end.
template <typename Fn>
void ForEachSymbol(std::string_view response, std::size_t end, const Fn& fn) {
  std::size_t context = end;
  for (const char c : response) {
    const std::size_t symbol = static_cast<unsigned char>(c);
    fn(context, symbol);
    context = symbol;
  }
  fn(context, end);
}

}  // namespace

ByteBaselines::ByteBaselines() : pairs_(kSymbols * kSymbols, 0) {}

void ByteBaselines::Add(std::string_view response) {
  ForEachSymbol(response, kEnd, [this](std::size_t context, std::size_t symbol) {
    ++counts_[symbol];
    ++context_counts_[context];
    ++pairs_[context * kSymbols + symbol];
    ++total_;
  });
}

double ByteBaselines::UnigramNll(std::string_view response) const {
  const double all = static_cast<double>(total_) + kAdditive * static_cast<double>(kSymbols);
  double nll = 0;
  ForEachSymbol(response, kEnd, [&](std::size_t, std::size_t symbol) {
    nll -= std::log((static_cast<double>(counts_[symbol]) + kAdditive) / all);
  });
  return nll;
}

double ByteBaselines::BigramNll(std::string_view response) const {
  double nll = 0;
  ForEachSymbol(response, kEnd, [&](std::size_t context, std::size_t symbol) {
    const double all =
        static_cast<double>(context_counts_[context]) + kAdditive * static_cast<double>(kSymbols);
    nll -= std::log((static_cast<double>(pairs_[context * kSymbols + symbol]) + kAdditive) / all);
  });
  return nll;
}

}  // namespace amooz::dataset
