#include "core/dataset/reply_similarity.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "sdk/text/text.h"

namespace amooz::dataset {
namespace {

constexpr std::size_t kLongestRun = 6;
constexpr double kBetaSquared = 4;  // recall weighs twice as much as precision

std::u32string WithoutSpaces(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const std::string_view first = text::FirstCodePoints(text, 1);
    text.remove_prefix(first.size());
    const char32_t c = text::LastCodePoint(first);
    if (!text::IsPythonSpace(c)) points.push_back(c);
  }
  return points;
}

// All runs of n code points, sorted: a multiset.
std::vector<std::u32string_view> Runs(std::u32string_view points, std::size_t n) {
  std::vector<std::u32string_view> runs;
  for (std::size_t i = 0; i + n <= points.size(); ++i) runs.push_back(points.substr(i, n));
  std::sort(runs.begin(), runs.end());
  return runs;
}

std::size_t Shared(const std::vector<std::u32string_view>& a,
                   const std::vector<std::u32string_view>& b) {
  std::vector<std::u32string_view> shared;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
  return shared.size();
}

double Share(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double ReplySimilarity(std::string_view reply, std::string_view response) {
  const std::u32string said = WithoutSpaces(reply), kept = WithoutSpaces(response);
  if (said.empty() || kept.empty()) return 0;
  double precision = 0, recall = 0;
  for (std::size_t n = 1; n <= kLongestRun; ++n) {
    const auto said_runs = Runs(said, n), kept_runs = Runs(kept, n);
    const std::size_t shared = Shared(said_runs, kept_runs);
    if (!said_runs.empty()) precision += Share(shared, said_runs.size());
    if (!kept_runs.empty()) recall += Share(shared, kept_runs.size());
  }
  precision /= static_cast<double>(std::min(said.size(), kLongestRun));
  recall /= static_cast<double>(std::min(kept.size(), kLongestRun));
  if (precision == 0 && recall == 0) return 0;
  return (1 + kBetaSquared) * precision * recall / (kBetaSquared * precision + recall);
}

}  // namespace amooz::dataset
