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
  // Gives way first where the table is wider than the terminal: texts, not numbers and names.
  bool can_shrink = false;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // One cell a column. Texts of others may be in them: they are made printable here.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // A header and a line a row, each at most max_columns wide (0: as wide as needed) and without
  // trailing spaces.
  std::string ToString(int max_columns, const Style& style) const;

 private:
  std::vector<int> Widths(int max_columns) const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<int>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_TABLE_H_
