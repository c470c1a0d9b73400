#include <cstdio>

#include "sdk/base/json.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/interrupt.h"
#include "sdk/tool/rows.h"
#include "sdk/tool/table.h"

namespace amooz::tool {
namespace {

using nlohmann::json;

std::string AnnotationOf(const host::ScoreResult& result, std::string_view key) {
  for (const auto& [name, value] : result.annotations) {
    if (name == key) return value;
  }
  return {};
}

json ToJson(std::size_t row, const host::ScoreResult& result) {
  json annotations = json::object();
  for (const auto& [key, value] : result.annotations) annotations[key] = value;
  return {{"row", row},
          {"score", result.score.has_value() ? json(*result.score) : json()},
          {"points", AnnotationOf(result, "points")},
          {"of", AnnotationOf(result, "of")},
          {"issues", AnnotationOf(result, "issues")},
          {"vetoed", result.vetoed},
          {"veto_reason", result.veto_reason},
          {"failure", result.failure},
          {"annotations", annotations}};
}

std::vector<std::string> ToRow(std::size_t row, const host::ScoreResult& result) {
  const std::string points = AnnotationOf(result, "points");
  const std::string of = AnnotationOf(result, "of");
  return {std::to_string(row), result.score.has_value() ? Fixed(*result.score, 3) : "-",
          points.empty() ? "-" : points + "/" + of, result.vetoed ? result.veto_reason : "-",
          result.failure.empty() ? AnnotationOf(result, "issues") : "FAILED: " + result.failure};
}

}  // namespace

Status RunScore(const ScoreOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<host::Example> rows, ReadRows(options.in));
  const host::CallOptions call{StopOnInterrupt(), nullptr, 0};
  AMOOZ_ASSIGN_OR_RETURN(const std::unique_ptr<host::Plugin> plugin,
                         Open(options.plugin, host::Kind::kScorer, call.stop));
  std::vector<host::ExampleView> items;
  for (const host::Example& row : rows) {
    items.push_back({row.instruction, row.response, row.context, 0, 0, 0, std::nullopt});
  }
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<host::ScoreResult> results,
                         plugin->scorer()->Score(items, call));
  std::vector<std::vector<std::string>> table;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (options.json) {
      std::printf("%s\n", DumpJson(ToJson(i + 1, results[i])).c_str());
    } else {
      table.push_back(ToRow(i + 1, results[i]));
    }
  }
  if (!options.json) {
    std::printf("%s", FormatTable({"row", "score", "points", "veto", "issues"}, table).c_str());
  }
  return Status::Ok();
}

}  // namespace amooz::tool
