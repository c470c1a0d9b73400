#include "core/cycle/convert.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include "core/base/status_macros.h"

namespace amooz::cycle {
namespace {

using google::protobuf::util::TimeUtil;

}  // namespace

v1::Example ToProto(const Example& example) {
  v1::Example proto;
  proto.set_id(static_cast<std::uint32_t>(example.id));
  proto.set_instruction(example.instruction);
  proto.set_response(example.response);
  proto.set_origin(static_cast<v1::Origin>(example.origin));
  proto.set_split(static_cast<v1::Split>(example.split));
  for (const Turn& turn : example.context) {
    v1::Turn* out = proto.add_context();
    out->set_role(static_cast<v1::Role>(turn.role));
    out->set_text(turn.text);
  }
  proto.set_source(example.source);
  if (example.score) proto.set_score(*example.score);
  proto.set_created_in(static_cast<std::uint32_t>(example.created_in));
  if (example.evicted_in) proto.set_evicted_in(static_cast<std::uint32_t>(*example.evicted_in));
  proto.set_exclusion_reason(std::string(ExclusionName(example.exclusion)));
  proto.set_response_author(static_cast<v1::ResponseAuthor>(example.author));
  return proto;
}

v1::DatasetVersion ToProto(const DatasetVersion& version) {
  v1::DatasetVersion proto;
  proto.set_version(static_cast<std::uint32_t>(version.id));
  proto.set_size(static_cast<std::uint32_t>(version.rows.total()));
  proto.set_digest(version.digest);
  *proto.mutable_created_at() = TimeUtil::MicrosecondsToTimestamp(version.created_us);
  if (version.cycle_id) proto.set_cycle_id(static_cast<std::uint32_t>(*version.cycle_id));
  proto.set_made_by(version.cycle_id ? "cycle " + std::to_string(*version.cycle_id)
                                     : "import of " + version.import_name);
  proto.set_train_rows(static_cast<std::uint32_t>(version.rows.train));
  proto.set_validation_rows(static_cast<std::uint32_t>(version.rows.validation));
  proto.set_held_out_rows(static_cast<std::uint32_t>(version.rows.held_out));
  proto.set_excluded_rows(static_cast<std::uint32_t>(version.rows.excluded));
  proto.set_added(static_cast<std::uint32_t>(version.added));
  proto.set_removed(static_cast<std::uint32_t>(version.removed));
  return proto;
}

absl::StatusOr<v1::Cycle> ToProto(const Cycle& cycle) {
  v1::Cycle proto;
  proto.set_id(static_cast<std::uint32_t>(cycle.id));
  proto.set_state(static_cast<v1::CycleState>(cycle.state));
  proto.set_trigger(static_cast<v1::CycleTrigger>(cycle.trigger));
  // While it runs: the stage under way, which is the one after the last stored.
  const int stage = static_cast<int>(cycle.stage) + (cycle.state == CycleState::kFinished ? 0 : 1);
  proto.set_stage(static_cast<v1::Stage>(stage > v1::STAGE_REPORT ? v1::STAGE_REPORT : stage));
  *proto.mutable_started_at() = TimeUtil::MicrosecondsToTimestamp(cycle.started_us);
  if (cycle.ended_us)
    *proto.mutable_finished_at() = TimeUtil::MicrosecondsToTimestamp(*cycle.ended_us);
  proto.set_error(cycle.error);
  proto.set_from_version(static_cast<std::uint32_t>(cycle.base_version));
  if (cycle.version) proto.set_to_version(static_cast<std::uint32_t>(*cycle.version));
  proto.set_dataset_digest(cycle.dataset_digest);
  proto.set_candidate_digest(cycle.candidate_digest);
  proto.set_seed(std::to_string(cycle.seed));
  if (!cycle.summary_json.empty()) {
    RETURN_IF_ERROR(FromJson(cycle.summary_json, "the cycle's summary", proto.mutable_summary()));
  }
  return proto;
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails for text that is not UTF-8 alone, and every text was checked when it came in.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  return json;
}

absl::Status FromJson(const std::string& json, std::string_view what,
                      google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (google::protobuf::util::JsonStringToMessage(json, message, options).ok())
    return absl::OkStatus();
  return absl::DataLossError(std::string(what) + " cannot be read");
}

}  // namespace amooz::cycle
