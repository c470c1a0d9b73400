#include "core/dataset/decisions.h"

namespace amooz::dataset {

bool Passes(double score, const MinScore& min_score) {
  return score * min_score.of + 1e-9 >= min_score.points;
}

std::optional<double> WeightedMean(std::span<const Opinion> opinions) {
  double sum = 0, weights = 0;
  for (const Opinion& opinion : opinions) {
    if (!opinion.score) continue;
    sum += opinion.weight * *opinion.score;
    weights += opinion.weight;
  }
  if (weights <= 0) return std::nullopt;
  return sum / weights;
}

}  // namespace amooz::dataset
