// How a new version's rows come about: previous rows, accepted chats, variations; duplicates out,
// then the cap (rules 10 to 12). Pure, on what the rules look at alone; texts stay where they are.
#ifndef AMOOZ_CORE_DATASET_MERGE_H_
#define AMOOZ_CORE_DATASET_MERGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/domain.h"

namespace amooz::dataset {

enum class Eviction { kLowestScore, kNewestFirst };
// nullopt unless "lowest_score" or "newest_first".
std::optional<Eviction> ParseEviction(std::string_view name);

// One row, in the order of rule 10.
struct MergeRow {
  std::uint64_t dataset_key = 0;
  Origin origin = Origin::kChat;
  std::optional<double> score;  // of a variation: its source's
  bool is_held_out = false;
};

enum class Fate : std::uint8_t {
  kStays,
  kDuplicate,  // an earlier row has its dataset key
  kEvicted,    // past the cap
};

// Marks the first row of each dataset key as staying, the others as duplicates.
std::vector<Fate> RemoveDuplicates(std::span<const MergeRow> rows);

// Marks rows that stay beyond `cap` as evicted.
//  newest_first: what comes after the first `cap` goes.
//  lowest_score: the lowest score goes first (no score: 0); among equals variations before others,
//  then the older first; imported rows last whatever their score, the oldest first; a held-out row
//  never, even if more than `cap` rows then stay.
void ApplyCap(std::span<const MergeRow> rows, std::size_t cap, Eviction eviction,
              std::span<Fate> fates);

// Rule 11. original + found_in_chats + added_variations - duplicates_removed - evicted = final.
struct Arithmetic {
  std::uint32_t original_size = 0;
  std::uint32_t found_in_chats = 0;    // passed score and chat key
  std::uint32_t added_from_chats = 0;  // chat rows of this cycle in the new version
  std::uint32_t added_variations = 0;
  std::uint32_t duplicates_removed = 0;
  std::uint32_t evicted = 0;
  std::uint32_t final_size = 0;
  bool Balances() const {
    return std::uint64_t{original_size} + found_in_chats + added_variations ==
           std::uint64_t{duplicates_removed} + evicted + final_size;
  }
};
// rows = previous_rows old ones, then chat_rows of this cycle, then its variations.
Arithmetic Count(std::span<const Fate> fates, std::size_t previous_rows, std::size_t chat_rows);

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_MERGE_H_
