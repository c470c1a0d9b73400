#include "client/lib/import_records.h"

#include <algorithm>

#include "client/lib/code_points.h"
#include "client/lib/str_cat.h"
#include "sdk/base/json.h"
#include "sdk/base/utf8.h"

namespace amooz::client {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kJsonSpace = " \t\r\n";

std::string_view StripJsonSpace(std::string_view text) {
  const auto first = text.find_first_not_of(kJsonSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kJsonSpace) - first + 1);
}

std::vector<ImportRecord> SplitLines(std::string_view bytes) {
  std::vector<ImportRecord> records;
  std::uint64_t number = 0;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    ++number;
    const std::string_view line = StripJsonSpace(bytes.substr(0, end));
    if (!line.empty()) records.push_back({number, line});
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return records;
}

// The length of the element that `text` begins with: up to the ',' or ']' that belongs to the
// array itself; npos if there is none. Knows strings, escapes and brackets, nothing else: whether
// the element is good JSON is told later, for it alone.
std::size_t ElementLength(std::string_view text) {
  int depth = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      if (c == '"') is_in_string = false;
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth == 0 && (c == ',' || c == ']')) {
      return i;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::string_view::npos;
}

absl::StatusOr<std::vector<ImportRecord>> SplitArray(std::string_view text) {
  text.remove_prefix(1);  // [
  std::vector<ImportRecord> records;
  for (std::uint64_t number = 1;; ++number) {
    const std::size_t length = ElementLength(text);
    if (length == std::string_view::npos) {
      return absl::DataLossError(StrCat("the JSON array is not closed: it breaks off in element ",
                                        number, ". Is the file whole? Nothing was imported."));
    }
    const std::string_view element = StripJsonSpace(text.substr(0, length));
    const bool is_last = text[length] == ']';
    const bool is_empty_array = is_last && number == 1 && element.empty();
    if (!is_empty_array) records.push_back({number, element});
    text.remove_prefix(length + 1);
    if (is_last) break;
  }
  if (!StripJsonSpace(text).empty()) {
    return absl::DataLossError(
        "something follows the JSON array's closing bracket. Nothing was imported.");
  }
  return records;
}

// What files begin with that hold a text only after something was done, and what.
absl::Status CheckIsText(std::string_view bytes) {
  struct Packed {
    std::string_view magic, what, unpack;
  };
  static constexpr Packed kPacked[] = {
      {"\x1F\x8B", "gzip", "zcat"},      {"BZh", "bzip2", "bzcat"},
      {"\xFD\x37zXZ", "xz", "xzcat"},    {"\x28\xB5\x2F\xFD", "zstd", "zstdcat"},
      {"PK\x03\x04", "zip", "unzip -p"},
  };
  for (const Packed& packed : kPacked) {
    if (!bytes.starts_with(packed.magic)) continue;
    return absl::DataLossError(StrCat("the file is compressed (", packed.what,
                                      "); unpack it into the import: ", packed.unpack,
                                      " FILE | amooz ... import -"));
  }
  const std::string_view start = bytes.substr(0, 2);
  const bool has_mark = start == "\xFF\xFE" || start == "\xFE\xFF";
  const auto zero = start.find('\0');
  if (!has_mark && zero == std::string_view::npos) return absl::OkStatus();
  const std::string_view order = has_mark ? "" : zero == 0 ? "BE" : "LE";
  return absl::DataLossError(StrCat("the file is UTF-16", order,
                                    ", not UTF-8; turn it into the import: iconv -f UTF-16", order,
                                    " -t UTF-8 FILE | amooz ... import -"));
}

// str.isspace() of Python 3. Its own short list, because client/ does not know sdk/text.
bool IsPythonSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

}  // namespace

absl::StatusOr<ImportRecords> SplitRecords(std::string_view bytes) {
  AMOOZ_RETURN_IF_ERROR(CheckIsText(bytes));
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const auto first = bytes.find_first_not_of(kJsonSpace);
  ImportRecords result;
  result.is_array = first != std::string_view::npos && bytes[first] == '[';
  if (result.is_array) {
    AMOOZ_ASSIGN_OR_RETURN(result.records, SplitArray(bytes.substr(first)));
  } else {
    result.records = SplitLines(bytes);
  }
  return result;
}

absl::StatusOr<nlohmann::json> ParseRecord(std::string_view json) {
  if (!IsUtf8(json)) return absl::InvalidArgumentError("is not UTF-8");
  try {
    nlohmann::json value = nlohmann::json::parse(json);
    if (value.is_object()) return value;
    return absl::InvalidArgumentError(StrCat("is ", JsonTypeName(value), ", not a JSON object"));
  } catch (const nlohmann::json::parse_error& error) {
    if (std::string_view(error.what()).find("surrogate") != std::string_view::npos) {
      return absl::InvalidArgumentError("holds a lone surrogate escape (\\uD800 to \\uDFFF)");
    }
    return absl::InvalidArgumentError(StrCat("is not JSON: an error at byte ", error.byte));
  } catch (const nlohmann::json::exception&) {
    return absl::InvalidArgumentError("is not JSON: a number is out of range");
  }
}

bool IsBlank(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = 0;
    if (!IsPythonSpace(FirstCodePoint(text, &length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

absl::Status CheckText(std::string_view field, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(StrCat(field, " holds U+0000"));
  }
  if (IsBlank(text)) return absl::InvalidArgumentError(StrCat("empty: ", field));
  return absl::OkStatus();
}

}  // namespace amooz::client
