#include "sdk/tool/table.h"

#include <algorithm>
#include <cstdio>

namespace amooz::tool {
namespace {

std::size_t CodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void AppendRow(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
               std::string* out) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    *out += row[i];
    if (i + 1 < row.size()) out->append(widths[i] - CodePoints(row[i]) + 2, ' ');
  }
  *out += '\n';
}

}  // namespace

std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& name : header) widths.push_back(CodePoints(name));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], CodePoints(row[i]));
  }
  std::string out;
  AppendRow(header, widths, &out);
  for (const auto& row : rows) AppendRow(row, widths, &out);
  return out;
}

std::string Fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

}  // namespace amooz::tool
