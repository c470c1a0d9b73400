#include "core/dataset/merge.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

namespace amooz::dataset {
namespace {

// What goes first sorts first.
auto EvictionRank(std::span<const MergeRow> rows, std::size_t i) {
  const MergeRow& row = rows[i];
  const bool is_import = row.origin == Origin::kImport;
  const double score = is_import ? 0 : row.score.value_or(0);
  return std::tuple(is_import, score, row.origin != Origin::kVariation, i);
}

}  // namespace

std::optional<Eviction> ParseEviction(std::string_view name) {
  if (name == "lowest_score") return Eviction::kLowestScore;
  if (name == "newest_first") return Eviction::kNewestFirst;
  return std::nullopt;
}

std::vector<Fate> RemoveDuplicates(std::span<const MergeRow> rows) {
  std::vector<Fate> fates(rows.size(), Fate::kStays);
  std::unordered_set<std::uint64_t> seen;
  seen.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!seen.insert(rows[i].dataset_key).second) fates[i] = Fate::kDuplicate;
  }
  return fates;
}

void ApplyCap(std::span<const MergeRow> rows, std::size_t cap, Eviction eviction,
              std::span<Fate> fates) {
  std::vector<std::size_t> staying;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (fates[i] == Fate::kStays) staying.push_back(i);
  }
  if (staying.size() <= cap) return;
  const std::size_t excess = staying.size() - cap;
  if (eviction == Eviction::kNewestFirst) {
    for (std::size_t i = cap; i < staying.size(); ++i) fates[staying[i]] = Fate::kEvicted;
    return;
  }
  std::erase_if(staying, [&](std::size_t i) { return rows[i].is_held_out; });
  const std::size_t leaving = std::min(excess, staying.size());
  const auto first_to_stay = staying.begin() + static_cast<std::ptrdiff_t>(leaving);
  std::nth_element(
      staying.begin(), first_to_stay, staying.end(),
      [&](std::size_t a, std::size_t b) { return EvictionRank(rows, a) < EvictionRank(rows, b); });
  for (auto i = staying.begin(); i != first_to_stay; ++i) fates[*i] = Fate::kEvicted;
}

Arithmetic Count(std::span<const Fate> fates, std::size_t previous_rows, std::size_t chat_rows) {
  Arithmetic sums;
  sums.original_size = static_cast<std::uint32_t>(previous_rows);
  sums.found_in_chats = static_cast<std::uint32_t>(chat_rows);
  sums.added_variations = static_cast<std::uint32_t>(fates.size() - previous_rows - chat_rows);
  for (std::size_t i = 0; i < fates.size(); ++i) {
    switch (fates[i]) {
      case Fate::kDuplicate:
        ++sums.duplicates_removed;
        break;
      case Fate::kEvicted:
        ++sums.evicted;
        break;
      case Fate::kStays:
        ++sums.final_size;
        if (i >= previous_rows && i < previous_rows + chat_rows) ++sums.added_from_chats;
        break;
    }
  }
  return sums;
}

}  // namespace amooz::dataset
