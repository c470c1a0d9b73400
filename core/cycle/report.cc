#include "core/cycle/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/base/status_macros.h"
#include "core/cycle/convert.h"
#include "core/cycle/event_log.h"

namespace amooz::cycle {
namespace {

constexpr std::int64_t kPage = 1000;
constexpr std::uint32_t kMostPoints = 2000;  // of a curve: more would not be seen

void AddCounts(const std::map<std::string, std::uint32_t>& counts,
               google::protobuf::RepeatedPtrField<v1::NamedCount>* out) {
  for (const auto& [name, count] : counts) {
    v1::NamedCount* one = out->Add();
    one->set_name(name);
    one->set_count(count);
  }
}

absl::Status AddDecisions(Store* store, CycleId id, v1::CycleReport* report) {
  ASSIGN_OR_RETURN(const std::vector<Decision> decisions, store->ListDecisions(id));
  std::map<std::string, std::uint32_t> outcomes, issues;
  std::map<double, std::uint32_t> histogram;
  for (const Decision& decision : decisions) {
    ++outcomes[std::string(OutcomeName(decision.outcome))];
    if (decision.score) ++histogram[std::floor(decision.points + 1e-9)];
    for (std::size_t from = 0; from < decision.issues.size();) {
      const std::size_t comma = std::min(decision.issues.find(',', from), decision.issues.size());
      ++issues[decision.issues.substr(from, comma - from)];
      from = comma + 1;
    }
  }
  AddCounts(outcomes, report->mutable_outcomes());
  AddCounts(issues, report->mutable_issues());
  for (const auto& [points, chats] : histogram) {
    v1::ScoreBin* bin = report->add_score_histogram();
    bin->set_points(points);
    bin->set_chats(chats);
  }
  return absl::OkStatus();
}

// Keeps the first of every so many points, and the last.
void Thin(google::protobuf::RepeatedPtrField<v1::CurvePoint>* curve) {
  const int size = curve->size();
  if (size <= static_cast<int>(kMostPoints)) return;
  const int every = (size + static_cast<int>(kMostPoints) - 1) / static_cast<int>(kMostPoints);
  google::protobuf::RepeatedPtrField<v1::CurvePoint> kept;
  for (int i = 0; i < size; ++i) {
    if (i % every == 0 || i == size - 1) *kept.Add() = curve->Get(i);
  }
  curve->Swap(&kept);
}

// A training that was taken up again tells some steps twice: the later one counts.
void AddPoint(const v1::Metric& metric, google::protobuf::RepeatedPtrField<v1::CurvePoint>* curve) {
  while (!curve->empty() && curve->rbegin()->step() >= metric.step()) curve->RemoveLast();
  v1::CurvePoint* point = curve->Add();
  point->set_step(metric.step());
  point->set_value(metric.value());
}

// And what it says of itself: the later word stands.
void SetFact(const v1::Fact& fact, v1::CycleReport* report) {
  auto* facts = report->mutable_training_facts();
  const auto known = std::find_if(facts->begin(), facts->end(), [&fact](const v1::Fact& one) {
    return one.name() == fact.name();
  });
  *(known != facts->end() ? &*known : facts->Add()) = fact;
}

absl::Status AddCurves(Store* store, CycleId id, v1::CycleReport* report) {
  std::int64_t after = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<CycleEvent> events, store->ReadEvents(id, after, kPage));
    for (const CycleEvent& stored : events) {
      after = stored.number;
      if (stored.kind != "metric" && stored.kind != "fact") continue;
      ASSIGN_OR_RETURN(const v1::CycleEvent event, ToProto(stored));
      if (event.has_fact()) SetFact(event.fact(), report);
      if (!event.has_metric() || !std::isfinite(event.metric().value())) continue;
      if (event.metric().name() == "loss")
        AddPoint(event.metric(), report->mutable_training_loss());
      if (event.metric().name() == "validation_loss")
        AddPoint(event.metric(), report->mutable_validation_loss());
    }
    if (static_cast<std::int64_t>(events.size()) < kPage) break;
  }
  Thin(report->mutable_training_loss());
  Thin(report->mutable_validation_loss());
  return absl::OkStatus();
}

absl::Status AddHistory(Store* store, const Cycle& cycle, v1::CycleReport* report) {
  const VersionId last = cycle.version.value_or(cycle.base_version);
  ASSIGN_OR_RETURN(std::vector<DatasetVersion> versions, store->ListVersions(last + 1, kPage));
  std::reverse(versions.begin(), versions.end());
  for (const DatasetVersion& version : versions) {
    v1::DatasetPoint* point = report->add_dataset_growth();
    point->set_version(static_cast<std::uint32_t>(version.id));
    point->set_size(static_cast<std::uint32_t>(version.rows.total()));
    if (version.cycle_id) point->set_cycle_id(static_cast<std::uint32_t>(*version.cycle_id));
  }
  ASSIGN_OR_RETURN(std::vector<Cycle> cycles, store->ListCycles(cycle.id + 1, kPage));
  std::reverse(cycles.begin(), cycles.end());
  for (const Cycle& one : cycles) {
    if (one.summary_json.empty()) continue;
    v1::CycleSummary summary;
    RETURN_IF_ERROR(FromJson(one.summary_json, "a cycle's summary", &summary));
    if (!summary.has_held_out_after()) continue;
    v1::HeldOutPoint* point = report->add_held_out();
    point->set_cycle_id(static_cast<std::uint32_t>(one.id));
    if (summary.has_held_out_before()) point->set_before(summary.held_out_before());
    point->set_after(summary.held_out_after());
    point->set_promoted(summary.promoted());
  }
  return absl::OkStatus();
}

absl::Status AddVersion(Store* store, const Cycle& cycle, v1::CycleReport* report) {
  if (!cycle.version || *cycle.version == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const DatasetVersion version, store->GetVersion(*cycle.version));
  const std::array<std::pair<Split, std::int64_t>, 4> splits = {
      {{Split::kTrain, version.rows.train},
       {Split::kValidation, version.rows.validation},
       {Split::kHeldOut, version.rows.held_out},
       {Split::kExcluded, version.rows.excluded}}};
  for (const auto& [split, count] : splits) {
    v1::NamedCount* one = report->add_splits();
    one->set_name(std::string(SplitName(split)));
    one->set_count(static_cast<std::uint32_t>(count));
  }
  if (version.cycle_id != cycle.id) return absl::OkStatus();
  return store->VisitVersion(version.id, [&](Example&& row) {
    if (row.origin == Origin::kVariation && row.created_in == version.id)
      *report->add_variations() = ToProto(row);
    return absl::OkStatus();
  });
}

absl::Status AddStageTimes(Store* store, const Cycle& cycle, v1::CycleReport* report) {
  ASSIGN_OR_RETURN(const CycleProgress progress, store->GetCycleProgress(cycle.id));
  std::int64_t before = cycle.started_us;
  for (const JournalEntry& entry : progress.journal) {
    v1::StageTime* time = report->add_stage_times();
    time->set_stage(static_cast<v1::Stage>(entry.stage));
    time->set_seconds(static_cast<double>(entry.time_us - before) * 1e-6);
    before = entry.time_us;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::CycleReport> BuildReport(Store* store, CycleId id) {
  ASSIGN_OR_RETURN(const Cycle cycle, store->GetCycle(id));
  v1::CycleReport report;
  ASSIGN_OR_RETURN(*report.mutable_cycle(), ToProto(cycle));
  RETURN_IF_ERROR(AddDecisions(store, id, &report));
  RETURN_IF_ERROR(AddCurves(store, id, &report));
  RETURN_IF_ERROR(AddHistory(store, cycle, &report));
  RETURN_IF_ERROR(AddVersion(store, cycle, &report));
  RETURN_IF_ERROR(AddStageTimes(store, cycle, &report));
  if (!cycle.candidate_digest.empty()) {
    ASSIGN_OR_RETURN(const Model model, store->GetModel(cycle.candidate_digest));
    if (!model.gate_json.empty()) {
      RETURN_IF_ERROR(FromJson(model.gate_json, "the gate's figures", report.mutable_gate()));
    }
  }
  return report;
}

}  // namespace amooz::cycle
