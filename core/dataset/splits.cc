#include "core/dataset/splits.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_set>

namespace amooz::dataset {
namespace {

using HashSet = std::unordered_set<std::uint64_t>;

bool IsTrainable(const SplitRow& row) {
  return row.split == Split::kTrain || row.split == Split::kValidation ||
         row.exclusion == Exclusion::kModelShare;  // it may come back
}

// Normalised texts that a model has seen, or will see.
HashSet TrainedTexts(std::span<const SplitRow> rows, std::span<const ExampleKeys> ever_trained) {
  HashSet texts;
  texts.reserve(2 * (rows.size() + ever_trained.size()));
  for (const ExampleKeys& keys : ever_trained) {
    texts.insert(keys.instruction);
    texts.insert(keys.response);
  }
  for (const SplitRow& row : rows) {
    if (row.is_new || !IsTrainable(row)) continue;
    texts.insert(row.instruction);
    texts.insert(row.response);
    texts.insert(row.context.begin(), row.context.end());
  }
  return texts;
}

// Rule 13: which new rows are held out.
class HeldOutChooser {
 public:
  HeldOutChooser(std::span<SplitRow> rows, std::span<const ExampleKeys> ever_trained)
      : rows_(rows), trained_(TrainedTexts(rows, ever_trained)) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].is_new && MayBeHeldOut(rows[i])) candidates_.push_back(i);
      if (!rows[i].is_new && rows[i].split == Split::kHeldOut) ++held_out_;
    }
    std::sort(candidates_.begin(), candidates_.end(), [&](std::size_t a, std::size_t b) {
      return std::tuple(rows[a].response, a) < std::tuple(rows[b].response, b);
    });
  }

  void Choose(double share) {
    auto next = candidates_.begin();
    const auto take = [&] {
      rows_[*next++].split = Split::kHeldOut;
      ++held_out_;
    };
    const double part = std::max(kMaxHeldOutPart, 2 * share) * static_cast<double>(rows_.size());
    const std::size_t limit = std::min(kMaxHeldOut, static_cast<std::size_t>(part));
    while (next != candidates_.end() && held_out_ < limit &&
           UnitInterval(rows_[*next].response) < share) {
      take();
    }
    const std::size_t fill_up_to = std::min(kFillUpTo, rows_.size() / 5);
    while (next != candidates_.end() && held_out_ < fill_up_to) take();
  }

 private:
  bool MayBeHeldOut(const SplitRow& row) const {
    return row.author != Author::kModel && row.origin != Origin::kVariation &&
           !row.is_variation_source && !trained_.contains(row.instruction) &&
           !trained_.contains(row.response);
  }

  const std::span<SplitRow> rows_;
  const HashSet trained_;
  std::vector<std::size_t> candidates_;  // lowest hash first
  std::size_t held_out_ = 0;
};

struct HeldOutTexts {
  HashSet instructions, responses;

  explicit HeldOutTexts(std::span<const SplitRow> rows) {
    for (const SplitRow& row : rows) {
      if (row.split != Split::kHeldOut) continue;
      instructions.insert(row.instruction);
      responses.insert(row.response);
    }
  }
  // Rule 14.
  Exclusion Excludes(const SplitRow& row) const {
    if (instructions.contains(row.instruction) || responses.contains(row.response)) {
      return Exclusion::kEqualsHeldOut;
    }
    const bool holds = std::any_of(row.context.begin(), row.context.end(),
                                   [&](std::uint64_t turn) { return responses.contains(turn); });
    return holds ? Exclusion::kContextHoldsHeldOut : Exclusion::kNone;
  }
};

// Rule 16: our own models' replies are at most a share of the train rows; the best and newest stay.
void LimitModelWritten(std::span<SplitRow> rows, double max_share) {
  std::vector<std::size_t> model_written;
  std::size_t others = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool counts =
        rows[i].split == Split::kTrain || rows[i].exclusion == Exclusion::kModelShare;
    if (!counts) continue;
    if (rows[i].author == Author::kModel) {
      model_written.push_back(i);
    } else {
      ++others;
    }
  }
  std::size_t allowed = model_written.size();
  if (max_share < 1) {
    // m <= share * (m + others), the tolerance for shares such as 0.2 that have no exact double.
    const double most =
        std::floor(max_share * static_cast<double>(others) / (1 - max_share) + 1e-9);
    allowed = std::min(allowed, static_cast<std::size_t>(most));
  }
  std::sort(model_written.begin(), model_written.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(rows[a].score.value_or(0), a) > std::tuple(rows[b].score.value_or(0), b);
  });
  for (std::size_t rank = 0; rank < model_written.size(); ++rank) {
    SplitRow& row = rows[model_written[rank]];
    row.split = rank < allowed ? Split::kTrain : Split::kExcluded;
    row.exclusion = rank < allowed ? Exclusion::kNone : Exclusion::kModelShare;
  }
}

}  // namespace

double UnitInterval(std::uint64_t hash) {
  // The 53 bits that a double holds: never rounds up to 1.
  return std::ldexp(static_cast<double>(hash >> 11), -53);
}

bool IsAboveBothShares(std::uint64_t response_hash, const SplitPolicy& policy) {
  return UnitInterval(response_hash) >= policy.held_out_share + policy.validation_share;
}

void AssignSplits(std::span<SplitRow> rows, std::span<const ExampleKeys> ever_trained,
                  const SplitPolicy& policy) {
  for (SplitRow& row : rows) {
    if (!row.is_new) continue;
    const double at = UnitInterval(row.response);
    const bool is_validation =
        at >= policy.held_out_share && at < policy.held_out_share + policy.validation_share;
    row.split = is_validation ? Split::kValidation : Split::kTrain;
    row.exclusion = Exclusion::kNone;
  }
  HeldOutChooser(rows, ever_trained).Choose(policy.held_out_share);
  const HeldOutTexts held_out(rows);
  for (SplitRow& row : rows) {
    if (!row.is_new || row.split == Split::kHeldOut) continue;
    row.exclusion = held_out.Excludes(row);
    if (row.exclusion != Exclusion::kNone) row.split = Split::kExcluded;
  }
  LimitModelWritten(rows, policy.max_model_written_share);
}

SplitCounts CountSplits(std::span<const SplitRow> rows) {
  SplitCounts counts;
  for (const SplitRow& row : rows) {
    switch (row.split) {
      case Split::kTrain:
        ++counts.train;
        break;
      case Split::kValidation:
        ++counts.validation;
        break;
      case Split::kHeldOut:
        ++counts.held_out;
        break;
      case Split::kExcluded:
        ++counts.excluded;
        break;
    }
  }
  return counts;
}

}  // namespace amooz::dataset
