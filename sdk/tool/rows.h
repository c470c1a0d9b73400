// The JSON Lines that the tool reads: {"instruction", "response"} and, if wanted, "context".
#ifndef AMOOZ_SDK_TOOL_ROWS_H_
#define AMOOZ_SDK_TOOL_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::tool {

// Texts may be empty; empty lines are skipped; other keys are ignored. INVALID_ARGUMENT names the
// line and what is wrong with it.
Result<std::vector<host::Example>> ParseRows(std::string_view jsonl);
// Of a file, or of standard input for "-". NOT_FOUND if there is no such file.
Result<std::vector<host::Example>> ReadRows(const std::string& path);
// A JSON array of {"role": "user" | "assistant" | "system", "text"}, oldest turn first.
Result<std::vector<host::Turn>> ParseContext(std::string_view json);

}  // namespace amooz::tool

#endif  // AMOOZ_SDK_TOOL_ROWS_H_
