#include "sdk/tool/rows.h"

#include <array>
#include <iostream>
#include <iterator>
#include <utility>

#include "amooz/sdk/abi.h"
#include "sdk/base/files.h"
#include "sdk/base/json.h"
#include "sdk/base/utf8.h"

namespace amooz::tool {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, std::int32_t>, 3> kRoles{
    {{"user", AMOOZ_ROLE_USER},
     {"assistant", AMOOZ_ROLE_ASSISTANT},
     {"system", AMOOZ_ROLE_SYSTEM}}};

Status Bad(const std::string& what) { return Status(Code::kInvalidArgument, what); }

Result<std::string> TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) {
    return Bad(std::string("needs the key \"") + key + "\" with a string");
  }
  const std::string& text = found->get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) return Bad(std::string(key) + " holds U+0000");
  return text;
}

Result<host::Turn> TurnOf(const json& value) {
  if (!value.is_object()) return Bad("a turn of the context must be an object");
  AMOOZ_ASSIGN_OR_RETURN(const std::string role, TextOf(value, "role"));
  AMOOZ_ASSIGN_OR_RETURN(std::string text, TextOf(value, "text"));
  for (const auto& [name, number] : kRoles) {
    if (name == role) return host::Turn{number, std::move(text)};
  }
  return Bad("role is '" + role + "', must be user, assistant or system");
}

Result<std::vector<host::Turn>> ContextOf(const json& value) {
  if (!value.is_array()) return Bad("the context must be an array of turns");
  std::vector<host::Turn> turns;
  for (const json& item : value) {
    AMOOZ_ASSIGN_OR_RETURN(host::Turn turn, TurnOf(item));
    turns.push_back(std::move(turn));
  }
  return turns;
}

Result<host::Example> RowOf(std::string_view line) {
  if (const std::size_t at = FindNotUtf8(line); at != std::string_view::npos) {
    return Bad("not UTF-8 at byte " + std::to_string(at + 1) + " of the line");
  }
  AMOOZ_ASSIGN_OR_RETURN(const json row, ParseJson(line, "the line"));
  if (!row.is_object())
    return Bad("the line is " + std::string(JsonTypeName(row)) + ", must be an object");
  host::Example example;
  AMOOZ_ASSIGN_OR_RETURN(example.instruction, TextOf(row, "instruction"));
  AMOOZ_ASSIGN_OR_RETURN(example.response, TextOf(row, "response"));
  if (row.contains("context")) {
    AMOOZ_ASSIGN_OR_RETURN(example.context, ContextOf(row["context"]));
  }
  return example;
}

}  // namespace

Result<std::vector<host::Example>> ParseRows(std::string_view jsonl) {
  std::vector<host::Example> rows;
  for (std::size_t line_number = 1; !jsonl.empty(); ++line_number) {
    const std::string_view line = jsonl.substr(0, jsonl.find('\n'));
    jsonl.remove_prefix(std::min(jsonl.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Result<host::Example> row = RowOf(line);
    if (!row.ok())
      return Bad("line " + std::to_string(line_number) + ": " + row.status().message());
    rows.push_back(*std::move(row));
  }
  return rows;
}

Result<std::vector<host::Example>> ReadRows(const std::string& path) {
  if (path == "-") {
    return ParseRows(std::string(std::istreambuf_iterator<char>(std::cin), {}));
  }
  AMOOZ_ASSIGN_OR_RETURN(const std::string text, Env::Default()->ReadFile(path));
  Result<std::vector<host::Example>> rows = ParseRows(text);
  if (!rows.ok()) return Status(rows.status().code(), path + ", " + rows.status().message());
  return rows;
}

Result<std::vector<host::Turn>> ParseContext(std::string_view text) {
  AMOOZ_ASSIGN_OR_RETURN(const json value, ParseJson(text, "the context"));
  return ContextOf(value);
}

}  // namespace amooz::tool
