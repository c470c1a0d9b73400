#include "client/cli/table.h"

#include <algorithm>

#include "client/cli/display_width.h"

namespace amooz::client {
namespace {

constexpr int kHidden = -1;
constexpr int kGap = 2;            // columns between two cells
constexpr int kReadableText = 20;  // columns are left out before a text becomes narrower
constexpr int kLeast = 4;
constexpr int kMostText = 120;  // of a text column where there is no screen to fit into

int TotalWidth(const std::vector<int>& widths) {
  int total = -kGap;
  for (const int width : widths) total += width == kHidden ? 0 : width + kGap;
  return total;
}

// Takes `excess` off the widest of the columns that `may_shrink` allows, one column at a time.
template <typename MayShrink>
void Shrink(std::vector<int>* widths, int max_columns, int least, const MayShrink& may_shrink) {
  while (TotalWidth(*widths) > max_columns) {
    int widest = -1;
    for (int i = 0; i < static_cast<int>(widths->size()); ++i) {
      const int width = (*widths)[static_cast<std::size_t>(i)];
      const bool is_wider = widest < 0 || width > (*widths)[static_cast<std::size_t>(widest)];
      if (may_shrink(i) && width > least && is_wider) widest = i;
    }
    if (widest < 0) return;
    --(*widths)[static_cast<std::size_t>(widest)];
  }
}

}  // namespace

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = PrintableLine(cell);
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::Widths(int max_columns) const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    const bool is_cut = max_columns <= 0 && columns_[i].narrow == kShrink;
    widths.push_back(is_cut ? std::min(width, kMostText) : width);
  }
  if (max_columns <= 0) return widths;
  const auto can_shrink = [&](int i) {
    return columns_[static_cast<std::size_t>(i)].narrow == kShrink;
  };
  for (std::size_t i = columns_.size(); i-- > 0;) {
    std::vector<int> readable = widths;
    Shrink(&readable, max_columns, kReadableText, can_shrink);
    if (TotalWidth(readable) <= max_columns) break;
    if (columns_[i].narrow == kLeave) widths[i] = kHidden;
  }
  Shrink(&widths, max_columns, kLeast, can_shrink);
  Shrink(&widths, max_columns, kLeast, [](int) { return true; });
  return widths;
}

std::string Table::Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                        bool is_for_terminal) const {
  std::string line;
  bool is_first = true;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == kHidden) continue;
    if (!is_first) line.append(kGap, ' ');
    is_first = false;
    const std::string shown = TruncateToWidth(cells[i], std::max(1, widths[i]));
    const std::string cell = is_for_terminal ? KeptInPlace(shown) : shown;
    const int space = std::max(0, widths[i] - DisplayWidth(cell));
    const std::string padding(static_cast<std::size_t>(space), ' ');
    line += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string Table::ToString(int max_columns, const Style& style) const {
  const std::vector<int> widths = Widths(max_columns);
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  const bool is_for_terminal = max_columns > 0;
  std::string text = style.Bold(Line(titles, widths, is_for_terminal)) + "\n";
  for (const auto& row : rows_) text += Line(row, widths, is_for_terminal) + "\n";
  return text;
}

}  // namespace amooz::client
