// A plain table for people.
#ifndef AMOOZ_SDK_TOOL_TABLE_H_
#define AMOOZ_SDK_TOOL_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

namespace amooz::tool {

// Columns two spaces apart, as wide as their widest cell in code points, the last one unpadded.
std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows);
// A number with `digits` after the point.
std::string Fixed(double value, int digits);

}  // namespace amooz::tool

#endif  // AMOOZ_SDK_TOOL_TABLE_H_
