#include "plugins/torch/packing.h"

namespace amooz::llama {

void Row::Append(const Sequence& sequence, const Window& window) {
  if (segment_starts.empty()) segment_starts.push_back(0);
  const std::int64_t start = size();
  for (std::size_t i = window.begin; i < window.end; ++i) tokens.push_back(sequence.tokens[i]);
  for (std::size_t i = window.first_target; i < window.end; ++i) {
    positions.push_back(start + static_cast<std::int64_t>(i - window.begin) - 1);
    targets.push_back(sequence.tokens[i]);
  }
  segment_starts.push_back(size());
}

std::vector<Piece> PiecesOf(std::span<const Sequence> sequences, std::size_t context) {
  std::vector<Piece> pieces;
  for (const Sequence& sequence : sequences) {
    for (const Window& window : Windows(sequence, context)) pieces.push_back({&sequence, window});
  }
  return pieces;
}

std::vector<Row> Pack(std::span<const Piece> pieces, std::span<const std::size_t> order,
                      std::int64_t row_tokens) {
  std::vector<Row> rows;
  for (const std::size_t i : order) {
    const auto& [sequence, window] = pieces[i];
    const auto tokens = static_cast<std::int64_t>(window.end - window.begin);
    if (rows.empty() || rows.back().size() + tokens > row_tokens) rows.emplace_back();
    rows.back().Append(*sequence, window);
  }
  return rows;
}

}  // namespace amooz::llama
