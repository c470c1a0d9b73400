// The records of an import file: the lines of a JSONL file, or the elements of a JSON array. A bad
// record spoils only itself, so each is cut out by its bytes before any is parsed.
#ifndef AMOOZ_CLIENT_LIB_IMPORT_RECORDS_H_
#define AMOOZ_CLIENT_LIB_IMPORT_RECORDS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace amooz::client {

struct ImportRecord {
  std::uint64_t number = 0;  // the line's number, or the element's index + 1
  std::string_view json;     // points into the bytes that were split
};

struct ImportRecords {
  bool is_array = false;
  std::vector<ImportRecord> records;
};

// A file whose first character (after white space and a byte order mark) is '[' is an array, any
// other is lines. Lines end at \n alone: U+2028, U+0085 and a lone \r stay inside; a \r before the
// \n is white space. Empty lines are no records but are counted. DATA_LOSS if an array is
// not closed or is followed by something, or the file is compressed or UTF-16.
absl::StatusOr<ImportRecords> SplitRecords(std::string_view bytes);

// The record as an object. INVALID_ARGUMENT with the reason: not UTF-8, not JSON, a lone surrogate
// escape, not an object. Of keys that occur twice the last one holds.
absl::StatusOr<nlohmann::json> ParseRecord(std::string_view json);

// A text that may be stored: no U+0000, and something left once white space as Python's str.strip()
// knows it is taken from the ends. INVALID_ARGUMENT "empty: <field>" or "<field> holds U+0000".
absl::Status CheckText(std::string_view field, std::string_view text);
// True if str.strip() of Python 3 leaves nothing of this UTF-8 text.
bool IsBlank(std::string_view text);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_IMPORT_RECORDS_H_
