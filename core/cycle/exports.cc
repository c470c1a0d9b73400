#include "core/cycle/exports.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "core/base/status_macros.h"
#include "core/cycle/convert.h"
#include "sdk/base/json.h"

namespace amooz::cycle {
namespace {

constexpr std::int64_t kPage = 1000;
constexpr const char* kFirstFields[] = {"original_size", "final_size", "added_from_chats",
                                        "added_variations", "growth"};

// RFC 8259's escapes and nothing more: Persian stays readable.
void AppendJsonString(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out->append("\\u00");
          out->push_back(kHex[static_cast<unsigned char>(c) >> 4]);
          out->push_back(kHex[c & 0xf]);
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

absl::StatusOr<nlohmann::ordered_json> LogEntry(const std::string& summary_json,
                                                std::int64_t time_us) {
  const auto summary =
      nlohmann::ordered_json::parse(summary_json, nullptr, /*allow_exceptions=*/false);
  if (!summary.is_object()) return absl::DataLossError("a cycle's summary cannot be read");
  nlohmann::ordered_json entry;
  entry["timestamp"] = google::protobuf::util::TimeUtil::ToString(
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time_us));
  for (const char* field : kFirstFields) {
    if (summary.contains(field)) entry[field] = summary[field];
  }
  for (const auto& [name, value] : summary.items()) {
    if (!entry.contains(name)) entry[name] = value;
  }
  return entry;
}

}  // namespace

absl::Status WriteDatasetJson(Store* store, Env* env, const std::string& data_dir,
                              VersionId version) {
  std::string json = "[";
  RETURN_IF_ERROR(store->VisitVersion(version, [&](Example&& row) {
    json.append(json.size() == 1 ? "\n  {\"instruction\": " : ",\n  {\"instruction\": ");
    AppendJsonString(row.instruction, &json);
    json.append(", \"response\": ");
    AppendJsonString(row.response, &json);
    json.push_back('}');
    return absl::OkStatus();
  }));
  json.append("\n]\n");
  return ToAbsl(WriteFileAtomically(env, JoinPath(data_dir, "dataset.json"), json));
}

absl::Status WriteEnhancementLog(Store* store, Env* env, const std::string& data_dir,
                                 const Cycle& current, const v1::CycleSummary& summary,
                                 std::int64_t time_us) {
  std::vector<nlohmann::ordered_json> entries;  // newest first
  ASSIGN_OR_RETURN(entries.emplace_back(), LogEntry(ToJson(summary), time_us));
  for (CycleId before = current.id; before > 1;) {
    ASSIGN_OR_RETURN(const std::vector<Cycle> cycles, store->ListCycles(before, kPage));
    if (cycles.empty()) break;
    for (const Cycle& cycle : cycles) {
      if (cycle.summary_json.empty()) continue;
      ASSIGN_OR_RETURN(entries.emplace_back(),
                       LogEntry(cycle.summary_json, cycle.ended_us.value_or(cycle.started_us)));
    }
    before = cycles.back().id;
  }
  std::reverse(entries.begin(), entries.end());
  const nlohmann::ordered_json all(entries);
  return ToAbsl(
      WriteFileAtomically(env, JoinPath(data_dir, "enhancement_log.json"), all.dump(2) + "\n"));
}

}  // namespace amooz::cycle
