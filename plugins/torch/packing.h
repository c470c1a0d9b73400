// Short sequences side by side in one row, with no padding between them.
#ifndef AMOOZ_PLUGINS_TORCH_PACKING_H_
#define AMOOZ_PLUGINS_TORCH_PACKING_H_

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/torch/prompt.h"

namespace amooz::llama {

// N tokens in S segments. Tokens attend within their own segment only, and positions start at 0 in
// each.
struct Row {
  std::vector<std::int64_t> tokens;          // N
  std::vector<std::int64_t> segment_starts;  // S + 1, the last is N
  // For each prediction that counts: where in the row it is made, and the token that is right.
  std::vector<std::int64_t> positions;
  std::vector<std::int64_t> targets;

  std::int64_t size() const { return static_cast<std::int64_t>(tokens.size()); }
  void Append(const Sequence& sequence, const Window& window);
};

// Which window of which sequence.
struct Piece {
  const Sequence* sequence;
  Window window;
};
// Every window of every sequence, in order.
std::vector<Piece> PiecesOf(std::span<const Sequence> sequences, std::size_t context);

// The pieces, taken in `order`, as rows of at most `row_tokens` tokens (a longer piece is a row of
// its own). Nothing is left out, and a row is closed only when the next piece does not fit.
std::vector<Row> Pack(std::span<const Piece> pieces, std::span<const std::size_t> order,
                      std::int64_t row_tokens);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_PACKING_H_
