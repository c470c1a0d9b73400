// Aligned columns for people.
#ifndef AMOOZ_CLIENT_CLI_TABLE_H_
#define AMOOZ_CLIENT_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "client/cli/terminal.h"

namespace amooz::client {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  enum class Narrow {
    kKeep,    // numbers and names: cut only when nothing else is left
    kShrink,  // texts: cut first
    kLeave,   // good to know: left out, the last such column first, before texts become unreadable
  };
  Narrow narrow = Narrow::kKeep;  // where the table is wider than the terminal
};
inline constexpr Column::Narrow kShrink = Column::Narrow::kShrink;
inline constexpr Column::Narrow kLeave = Column::Narrow::kLeave;

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // One cell a column. Texts of others may be in them: they are made printable here.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // A header and a line a row, each at most max_columns wide (0: as wide as needed) and without
  // trailing spaces; wider ones lose columns and ends of texts, see Column. Within a terminal's
  // width right-to-left cells keep their places.
  std::string ToString(int max_columns, const Style& style) const;

 private:
  // Of each column; kHidden for one that is left out.
  std::vector<int> Widths(int max_columns) const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                   bool is_for_terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_TABLE_H_
