#include "client/cli/sample_report.h"

namespace amooz::client {
namespace {

void AddCount(google::protobuf::RepeatedPtrField<v1::NamedCount>* counts, const char* name,
              std::uint32_t count) {
  v1::NamedCount& added = *counts->Add();
  added.set_name(name);
  added.set_count(count);
}

void AddPoint(google::protobuf::RepeatedPtrField<v1::CurvePoint>* curve, std::uint32_t step,
              double value) {
  v1::CurvePoint& point = *curve->Add();
  point.set_step(step);
  point.set_value(value);
}

v1::Cycle SampleCycle() {
  v1::Cycle cycle;
  cycle.set_id(2);
  cycle.set_state(v1::CYCLE_STATE_FINISHED);
  cycle.set_stage(v1::STAGE_REPORT);
  cycle.mutable_started_at()->set_seconds(1768367858);
  cycle.mutable_finished_at()->set_seconds(1768367858 + 154);
  cycle.set_from_version(3);
  cycle.set_to_version(4);
  cycle.set_seed("17");
  v1::CycleSummary& summary = *cycle.mutable_summary();
  summary.set_original_size(511);
  summary.set_chats_read(64);
  summary.set_found_in_chats(41);
  summary.set_added_from_chats(40);
  summary.set_added_variations(9);
  summary.set_duplicates_removed(1);
  summary.set_final_size(560);
  summary.set_growth(49);
  summary.set_growth_percent(9.589);
  summary.set_trained(true);
  summary.set_training_reason("47 rows changed; at least 20 are needed");
  summary.set_held_out_before(1.884);
  summary.set_held_out_after(1.847);
  summary.set_held_out_rows(84);
  summary.set_held_out_bytes(17320);
  summary.set_promoted(true);
  summary.set_promotion_reason("better by 2.0 % on the same held-out examples");
  summary.set_server_cpu_seconds(0.21);
  return cycle;
}

v1::GateResult SampleGate() {
  v1::GateResult gate;
  gate.set_rows(84);
  gate.set_bytes(17320);
  gate.set_active_bits_per_byte(1.884);
  gate.set_candidate_bits_per_byte(1.847);
  gate.set_relative_gain(0.0196);
  gate.set_min_improvement(0.002);
  gate.set_mean_difference(5.29);
  gate.set_standard_error(0.87);
  gate.set_passed(true);
  gate.set_reason("better");
  return gate;
}

}  // namespace

v1::CycleReport SampleReport() {
  v1::CycleReport report;
  *report.mutable_cycle() = SampleCycle();
  *report.mutable_gate() = SampleGate();
  AddCount(report.mutable_outcomes(), "accepted", 40);
  AddCount(report.mutable_outcomes(), "low_quality", 15);
  AddCount(report.mutable_outcomes(), "vetoed", 8);
  AddCount(report.mutable_issues(), "no_ending", 13);
  AddCount(report.mutable_issues(), "too_short", 8);
  for (std::uint32_t points = 0; points <= 7; ++points) {
    v1::ScoreBin& bin = *report.add_score_histogram();
    bin.set_points(points);
    bin.set_chats(points * points);
  }
  for (std::uint32_t step = 0; step <= 200; step += 10) {
    AddPoint(report.mutable_training_loss(), step, 4.2 / (1 + 0.012 * step) + 0.6);
    if (step % 40 == 0) {
      AddPoint(report.mutable_validation_loss(), step, 4.3 / (1 + 0.01 * step) + 0.9);
    }
  }
  const std::uint32_t sizes[] = {320, 440, 511, 560};
  for (std::uint32_t version = 1; version <= 4; ++version) {
    v1::DatasetPoint& point = *report.add_dataset_growth();
    point.set_version(version);
    point.set_size(sizes[version - 1]);
    if (version > 2) point.set_cycle_id(version - 2);
  }
  for (std::uint32_t cycle = 1; cycle <= 2; ++cycle) {
    v1::HeldOutPoint& point = *report.add_held_out();
    point.set_cycle_id(cycle);
    if (cycle > 1) point.set_before(1.884);
    point.set_after(cycle == 1 ? 1.884 : 1.847);
    point.set_promoted(true);
  }
  AddCount(report.mutable_splits(), "train", 430);
  AddCount(report.mutable_splits(), "held_out", 84);
  v1::Example& variation = *report.add_variations();
  variation.set_instruction("دلم برای <b>پدرم</b> تنگ شده");
  variation.set_response("پدرت همیشه کنارت است & دوستت دارد.");
  v1::Fact& fact = *report.add_training_facts();
  fact.set_name("stop_reason");
  fact.set_value("early_stop");
  v1::StageTime& time = *report.add_stage_times();
  time.set_stage(v1::STAGE_TRAIN);
  time.set_seconds(120.5);
  return report;
}

}  // namespace amooz::client
