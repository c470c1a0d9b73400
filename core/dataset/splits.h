// Which row is for what: train, validation, held out or excluded (rules 13, 14, 16, 17). Pure.
//
// Invariants after AssignSplits, whatever the rows:
//  1. An old row's split is as it was, but that rule 16 moves rows between train and excluded.
//  2. A row that becomes held out was not written by our models, is no variation, and neither its
//     normalised instruction nor its response is in a row that was there before and is, was or may
//     yet be trained on.
//  3. No row that enters as train or validation has a held-out row's normalised instruction or
//     response, nor holds its response in the context.
//  4. At most 500 rows are held out, and of all rows at most a fifth (twice the share, if that is
//     more), or as many as were before.
#ifndef AMOOZ_CORE_DATASET_SPLITS_H_
#define AMOOZ_CORE_DATASET_SPLITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/domain.h"

namespace amooz::dataset {

inline constexpr std::size_t kMaxHeldOut = 500;
inline constexpr std::size_t kFillUpTo = 20;  // held-out rows, to at most a fifth of all
// Held-out rows are never evicted: under a small cap they would else crowd out what is trained on.
inline constexpr double kMaxHeldOutPart = 0.2;

struct SplitPolicy {
  double held_out_share = 0.05;
  double validation_share = 0.05;
  double max_model_written_share = 0.25;  // of the train rows
};

// One row of the new version, in insertion order.
struct SplitRow {
  bool is_new = false;               // else split and exclusion are what they were
  bool is_variation_source = false;  // this cycle's variations were made from it: never held out
  Origin origin = Origin::kChat;
  Author author = Author::kUnknown;
  std::optional<double> score;
  std::uint64_t instruction = 0;  // keyed hashes of the normalised texts
  std::uint64_t response = 0;
  std::vector<std::uint64_t> context;
  Split split = Split::kTrain;
  Exclusion exclusion = Exclusion::kNone;
};

// Where a hash lies in [0, 1).
double UnitInterval(std::uint64_t hash);
// Rule 17: a generator may see a row with this response hash.
bool IsAboveBothShares(std::uint64_t response_hash, const SplitPolicy& policy);

// Gives new rows their split and applies rule 16 to all. `ever_trained`: the keys of every row that
// ever was in train or validation, of all versions.
void AssignSplits(std::span<SplitRow> rows, std::span<const ExampleKeys> ever_trained,
                  const SplitPolicy& policy);

SplitCounts CountSplits(std::span<const SplitRow> rows);

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_SPLITS_H_
