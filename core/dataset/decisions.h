// What becomes of each chat of a cycle (rules 8 and 9). Pure.
#ifndef AMOOZ_CORE_DATASET_DECISIONS_H_
#define AMOOZ_CORE_DATASET_DECISIONS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/domain.h"

namespace amooz::dataset {

// From `score * of` on a chat passes: `points` of `of`.
struct MinScore {
  double points = 5;
  double of = 7;
};
// score * of + 1e-9 >= points.
bool Passes(double score, const MinScore& min_score);

// What one scorer said of one chat.
struct Opinion {
  double weight = 1;
  std::optional<double> score;  // nullopt: abstained
};
// The weighted mean of those that do not abstain; nullopt if all do.
std::optional<double> WeightedMean(std::span<const Opinion> opinions);

// What a chat was judged on.
struct Judged {
  std::optional<double> score;
  bool is_vetoed = false;
};

// The duplicate keys of chat i; asked only for chats that passed the score.
struct DuplicateKeys {
  std::uint64_t among_chats = 0;  // lower instruction, 80 code points of the lower response
  std::uint64_t in_dataset = 0;   // the same with 100
};

struct Selected {
  Outcome outcome = Outcome::kAccepted;
  std::uint32_t first_chat = 0;  // kDuplicateOfChat: the index of the one that stays
  ExampleId example = 0;         // kDuplicateOfExample: the row that was there
  DuplicateKeys keys;            // set if it passed the score
  bool operator==(const Selected& other) const {
    return outcome == other.outcome && first_chat == other.first_chat && example == other.example;
  }
};

// One outcome a chat, in the cycle's order: the first that holds of vetoed, low quality, duplicate
// of a chat (of an earlier one that passed the score), duplicate of an example, accepted.
// `dataset`: the first row of each dataset key. `keys_of(i)` returns chat i's DuplicateKeys.
template <typename KeysOf>
std::vector<Selected> Select(std::span<const Judged> chats, const MinScore& min_score,
                             const std::unordered_map<std::uint64_t, ExampleId>& dataset,
                             const KeysOf& keys_of) {
  std::vector<Selected> selected(chats.size());
  std::unordered_map<std::uint64_t, std::uint32_t> first_of_key;
  first_of_key.reserve(chats.size());
  for (std::size_t i = 0; i < chats.size(); ++i) {
    Selected& one = selected[i];
    if (chats[i].is_vetoed) {
      one.outcome = Outcome::kVetoed;
      continue;
    }
    if (!chats[i].score || !Passes(*chats[i].score, min_score)) {
      one.outcome = Outcome::kLowQuality;
      continue;
    }
    one.keys = keys_of(i);
    const auto [first, is_first] =
        first_of_key.try_emplace(one.keys.among_chats, static_cast<std::uint32_t>(i));
    if (!is_first) {
      one.outcome = Outcome::kDuplicateOfChat;
      one.first_chat = first->second;
    } else if (const auto row = dataset.find(one.keys.in_dataset); row != dataset.end()) {
      one.outcome = Outcome::kDuplicateOfExample;
      one.example = row->second;
    }
  }
  return selected;
}

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_DECISIONS_H_
