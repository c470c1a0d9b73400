// What score and vary leave in the journal: all that plugins said, which a restart cannot compute
// again for nothing. (select and merge are pure functions of these; a restart computes them again.)
// Bytes, because a cycle may have a million chats: little-endian numbers, texts after their length.
#ifndef AMOOZ_CORE_CYCLE_STAGE_RESULTS_H_
#define AMOOZ_CORE_CYCLE_STAGE_RESULTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace amooz::cycle {

// What the scorers made of one chat.
struct ChatScore {
  std::optional<double> score;  // weighted mean; nullopt: all abstained
  bool is_vetoed = false;
  std::string veto_reason;
  std::string issues;  // comma list
  bool operator==(const ChatScore&) const = default;
};
std::string EncodeScores(const std::vector<ChatScore>& scores);
absl::StatusOr<std::vector<ChatScore>> DecodeScores(std::string_view bytes);  // DATA_LOSS

// A pair that a generator made, and where it came from: a row of the dataset, a chat of this cycle,
// or neither.
struct VariationRow {
  std::string instruction, response;
  std::int64_t example_id = 0;   // 0: none
  std::int64_t chat_index = -1;  // -1: none; position in the cycle's order
  bool operator==(const VariationRow&) const = default;
};
std::string EncodeVariations(const std::vector<VariationRow>& rows);
absl::StatusOr<std::vector<VariationRow>> DecodeVariations(std::string_view bytes);  // DATA_LOSS

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_STAGE_RESULTS_H_
