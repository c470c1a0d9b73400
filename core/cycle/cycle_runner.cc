#include "core/cycle/cycle_runner.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/convert.h"
#include "core/cycle/exports.h"
#include "core/cycle/put_away.h"
#include "sdk/base/failpoint.h"

namespace amooz::cycle {
namespace {

// A cancel is over within two seconds, whatever a plugin asks for.
constexpr std::int32_t kMostGraceMs = 1500;

double ProcessCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// For the server's log.
std::string Outcome(const v1::CycleSummary& summary) {
  std::string text = StrCat("finished: ", summary.chats_read(), " chats read, ",
                            summary.final_size(), " rows in the dataset; ");
  if (!summary.trained()) return text + StrCat("no training (", summary.training_reason(), ")");
  return text + StrCat(summary.promoted() ? "its model went into service ("
                                          : "its model did not go into service (",
                       summary.promotion_reason(), ")");
}

Stage Next(Stage stage) { return static_cast<Stage>(static_cast<int>(stage) + 1); }

}  // namespace

std::string CancelledBy(Stage stage, bool has_dataset) {
  return StrCat("cancelled by hand during ", StageName(stage),
                has_dataset ? ": the dataset stands, training is owed"
                            : ": nothing was changed, its chats are unread as before");
}

absl::Status TooLateToCancel(CycleId id) {
  return absl::FailedPreconditionError(
      StrCat("cycle ", id, " cannot be cancelled any more: what it decided is committed, and a ",
             "model that it promoted is already in service; amooz model rollback goes back to ",
             "the one before"));
}

CycleRunner::CycleRunner(const CycleManagerOptions& options, Listeners* listeners,
                         CycleProgress progress, bool is_resumed)
    : options_(options),
      is_resumed_(is_resumed),
      cycle_(std::move(progress.cycle)),
      ranges_(std::move(progress.ranges)),
      journal_(std::move(progress.journal)),
      events_(options.store, cycle_.id, options.clock, listeners),
      keys_(options.store->split_key()),
      stop_(std::make_shared<host::StopToken>(kMostGraceMs)),
      config_(options.config),
      stage_(journal_.empty() ? Stage::kCollect : Next(journal_.back().stage)),
      is_promoting_(IsDone(Stage::kPromote)) {}

// ---- Stopping ----

absl::Status CycleRunner::Cancel() {
  MutexLock lock(&mutex_);
  if (is_promoting_) return TooLateToCancel(cycle_.id);
  wish_ = Wish::kCancel;
  stop_->Stop();
  AMOOZ_FAILPOINT("cycle.cancel.asked");
  return absl::OkStatus();
}

bool CycleRunner::is_cancelled() {
  MutexLock lock(&mutex_);
  return wish_ == Wish::kCancel;
}

void CycleRunner::Abandon() {
  MutexLock lock(&mutex_);
  if (wish_ == Wish::kNone) wish_ = Wish::kAbandon;
  stop_->Stop();
}

absl::Status CycleRunner::CheckStop() const {
  return stop_->stopped() ? absl::CancelledError("stopped") : absl::OkStatus();
}

// ---- The order of things ----

absl::Status CycleRunner::Run() {
  const absl::Status status = RunStages();
  if (!status.ok()) {
    {
      MutexLock lock(&mutex_);
      if (wish_ == Wish::kAbandon) return absl::OkStatus();
    }
    // First what the training wrote: it may be what fills the disk on which the end is stored.
    static_cast<void>(options_.env->RemoveAll(CheckpointDir(options_.config, cycle_.id)));
    static_cast<void>(options_.models->DropStaging(StagingName(cycle_.id)));
    AMOOZ_FAILPOINT("cycle.end.cleared");
    RETURN_IF_ERROR(End(status));
  }
  PutAway(options_, cycle_, config_);
  return absl::OkStatus();
}

absl::Status CycleRunner::RunStages() {
  RETURN_IF_ERROR(Prepare());
  if (IsDone(Stage::kSnapshot)) {
    RETURN_IF_ERROR(ReadSoFar());
  } else {
    RETURN_IF_ERROR(MakeDataset());
  }
  if (!cycle_.skip_training) {
    if (!IsDone(Stage::kTrain)) RETURN_IF_ERROR(RunTrain());
    if (!IsDone(Stage::kEvaluate)) RETURN_IF_ERROR(RunEvaluate());
    if (!IsDone(Stage::kPromote)) RETURN_IF_ERROR(RunPromote());
  }
  return RunReport();
}

absl::Status CycleRunner::Prepare() {
  cpu_mark_seconds_ =
      ProcessCpuSeconds() - (options_.ingest_cpu_seconds ? options_.ingest_cpu_seconds() : 0);
  v1::Config frozen;
  RETURN_IF_ERROR(FromJson(cycle_.config_json, "the cycle's frozen config", &frozen));
  config_ = std::move(frozen);
  config_.set_data_dir(options_.config.data_dir());  // the folder may have been moved since
  ASSIGN_OR_RETURN(plugins_, FrozenPluginsFromJson(cycle_.plugins_json));
  if (is_resumed_) {
    // Its first row is committed with the cycle itself.
    if (journal_.empty()) return absl::DataLossError("its journal is gone, so it cannot go on");
    const Stage stage = Next(journal_.back().stage);
    if (stage != Stage::kTrain || cycle_.skip_training) events_.Resumed(stage, 0);
  } else {
    Log(1, "starts");
    events_.StageStarted(Stage::kCollect);
    const auto producers = static_cast<std::int64_t>(ranges_.size());
    events_.StageFinished(Stage::kCollect, StrCat("chats of ", producers,
                                                  producers == 1 ? " producer" : " producers"));
  }
  return absl::OkStatus();
}

bool CycleRunner::IsDone(Stage stage) const {
  return std::any_of(journal_.begin(), journal_.end(),
                     [&](const JournalEntry& one) { return one.stage == stage; });
}

const std::string& CycleRunner::ResultOf(Stage stage) const {
  static const std::string kNone;
  for (const JournalEntry& entry : journal_) {
    if (entry.stage == stage) return entry.result;
  }
  return kNone;
}

absl::Status CycleRunner::ReadSoFar() {
  const std::string& result = ResultOf(journal_.back().stage);
  if (so_far_.ParseFromString(result)) return absl::OkStatus();
  return absl::DataLossError(
      "a stage's stored result is damaged: cancel the cycle and start it again");
}

absl::Status CycleRunner::Begin(Stage stage) {
  stage_ = stage;
  RETURN_IF_ERROR(CheckStop());
  events_.StageStarted(stage);
  AMOOZ_FAILPOINT(StrCat("cycle.", StageName(stage), ".begun").c_str());
  return absl::OkStatus();
}

StageCommit CycleRunner::MakeCommit(Stage stage, std::string result,
                                    std::vector<NewEvent> events) const {
  StageCommit commit;
  commit.cycle_id = cycle_.id;
  commit.stage = stage;
  commit.result = std::move(result);
  commit.events = std::move(events);
  return commit;
}

absl::Status CycleRunner::CommitPlain(Stage stage, std::string result, const std::string& message) {
  RETURN_IF_ERROR(CheckStop());
  events_.StageFinished(stage, message);
  return events_.CommitWith([&](std::vector<NewEvent> events) {
    return options_.store->CommitStage(MakeCommit(stage, std::move(result), std::move(events)));
  });
}

PluginCalls CycleRunner::CallsForPlugins() {
  return {.catalog = options_.plugins,
          .plugins = &plugins_,
          .events = &events_,
          .stop = stop_,
          .store = options_.store,
          .max_call_minutes = config_.plugins().max_call_minutes()};
}

// ---- collect to snapshot ----

absl::Status CycleRunner::MakeDataset() {
  ASSIGN_OR_RETURN(work_.chats, options_.store->ReadChats(ranges_));
  ASSIGN_OR_RETURN(work_.previous, options_.store->ReadVersion(cycle_.base_version));
  RETURN_IF_ERROR(RunScore());
  RETURN_IF_ERROR(RunSelect());
  RETURN_IF_ERROR(RunVary());
  RETURN_IF_ERROR(RunMerge());
  RETURN_IF_ERROR(RunSnapshot());
  work_ = {};
  return absl::OkStatus();
}

absl::Status CycleRunner::RunScore() {
  if (IsDone(Stage::kScore)) {
    ASSIGN_OR_RETURN(work_.scores, DecodeScores(ResultOf(Stage::kScore)));
    if (work_.scores.size() == work_.chats.size()) return absl::OkStatus();
    return absl::DataLossError(
        "the stored scores are not those of the cycle's chats: cancel the cycle");
  }
  RETURN_IF_ERROR(Begin(Stage::kScore));
  ASSIGN_OR_RETURN(work_.scores, Score(work_.chats, CallsForPlugins()));
  return CommitPlain(Stage::kScore, EncodeScores(work_.scores),
                     StrCat(work_.chats.size(), " chats scored"));
}

absl::Status CycleRunner::RunSelect() {
  if (IsDone(Stage::kSelect)) {
    Select(config_, keys_, &work_);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Begin(Stage::kSelect));
  Select(config_, keys_, &work_);
  return CommitPlain(Stage::kSelect, "",
                     StrCat(work_.found.size(), " of ", work_.chats.size(),
                            " chats passed and repeat no other chat"));
}

absl::Status CycleRunner::RunVary() {
  if (IsDone(Stage::kVary)) {
    ASSIGN_OR_RETURN(work_.variations, DecodeVariations(ResultOf(Stage::kVary)));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Begin(Stage::kVary));
  ASSIGN_OR_RETURN(work_.variations, Vary(config_, keys_, cycle_.seed, CallsForPlugins(), &work_));
  return CommitPlain(Stage::kVary, EncodeVariations(work_.variations),
                     StrCat(work_.variations.size(), " variations written"));
}

absl::Status CycleRunner::RunMerge() {
  if (IsDone(Stage::kMerge)) {
    Merge(config_, keys_, &work_);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Begin(Stage::kMerge));
  Merge(config_, keys_, &work_);
  const dataset::Arithmetic& sums = work_.sums;
  return CommitPlain(Stage::kMerge, "",
                     StrCat(sums.original_size, " + ", sums.found_in_chats, " from chats + ",
                            sums.added_variations, " variations - ", sums.duplicates_removed,
                            " duplicates - ", sums.evicted, " evicted = ", sums.final_size));
}

absl::Status CycleRunner::RunSnapshot() {
  RETURN_IF_ERROR(Begin(Stage::kSnapshot));
  const dataset::Arithmetic sums = work_.sums;
  const auto chats_read = static_cast<std::uint32_t>(work_.chats.size());
  ASSIGN_OR_RETURN(const std::vector<ExampleKeys> ever_trained, options_.store->EverTrainedKeys());
  ASSIGN_OR_RETURN(const ExampleId next_id, options_.store->NextExampleId());
  const BuiltSnapshot built =
      BuildSnapshot(config_, keys_, cycle_.base_version, ever_trained, next_id, &work_);

  v1::CycleSummary* summary = so_far_.mutable_cycle()->mutable_summary();
  summary->set_original_size(sums.original_size);
  summary->set_found_in_chats(sums.found_in_chats);
  summary->set_added_from_chats(sums.added_from_chats);
  summary->set_added_variations(sums.added_variations);
  summary->set_duplicates_removed(sums.duplicates_removed);
  summary->set_evicted(sums.evicted);
  summary->set_final_size(sums.final_size);
  const std::int64_t growth = std::int64_t{sums.final_size} - sums.original_size;
  summary->set_growth(static_cast<std::int32_t>(growth));
  if (sums.original_size > 0) {
    summary->set_growth_percent(100.0 * static_cast<double>(growth) / sums.original_size);
  }
  summary->set_chats_read(chats_read);
  summary->set_held_out_rows(static_cast<std::uint32_t>(built.splits.held_out));
  if (cycle_.skip_training)
    summary->set_training_reason("skipped: the cycle was started without training");
  CountCpu();
  const SplitCounts& splits = built.splits;
  events_.StageFinished(
      Stage::kSnapshot,
      StrCat(splits.total(), " rows: ", splits.train, " train, ", splits.validation,
             " validation, ", splits.held_out, " held out, ", splits.excluded, " excluded"));
  RETURN_IF_ERROR(CheckStop());
  return events_.CommitWith([&](std::vector<NewEvent> events) -> absl::Status {
    ASSIGN_OR_RETURN(
        const DatasetVersion version,
        options_.store->CommitSnapshot(
            MakeCommit(Stage::kSnapshot, so_far_.SerializeAsString(), std::move(events)),
            built.snapshot));
    cycle_.version = version.id;
    cycle_.dataset_digest = version.digest;
    return absl::OkStatus();
  });
}

// ---- train to promote ----

ModelCalls CycleRunner::CallsForModel(Stage stage) {
  ModelCalls calls;
  calls.plugins = CallsForPlugins();
  calls.store = options_.store;
  calls.artifacts = options_.artifacts;
  calls.env = options_.env;
  calls.config = config_;
  calls.cycle_id = cycle_.id;
  calls.version = cycle_.version.value_or(cycle_.base_version);
  calls.dataset_digest = cycle_.dataset_digest;
  calls.seed = cycle_.seed;
  calls.is_resumed = is_resumed_ && !journal_.empty() && Next(journal_.back().stage) == stage;
  return calls;
}

absl::Status CycleRunner::RunTrain() {
  RETURN_IF_ERROR(Begin(Stage::kTrain));
  const ModelCalls calls = CallsForModel(Stage::kTrain);
  ASSIGN_OR_RETURN(const TrainingNeed need, TrainingNeedOf(options_.store, calls.version, config_));
  std::optional<NewModel> candidate;
  if (need.is_owed) {
    // A training that was interrupted may have published what this one will not.
    RETURN_IF_ERROR(options_.models->DropStaging(StagingName(cycle_.id)));
    ASSIGN_OR_RETURN(candidate, Train(calls, &so_far_));
    cycle_.candidate_digest = candidate->digest;
  }
  v1::CycleSummary* summary = so_far_.mutable_cycle()->mutable_summary();
  summary->set_trained(candidate.has_value());
  summary->set_training_reason(need.reason);
  CountCpu();
  events_.StageFinished(Stage::kTrain, candidate ? "candidate " + candidate->digest.substr(0, 12)
                                                 : "not trained: " + need.reason);
  return events_.CommitWith([&](std::vector<NewEvent> events) {
    return options_.store->CommitTrain(
        MakeCommit(Stage::kTrain, so_far_.SerializeAsString(), std::move(events)), candidate);
  });
}

absl::Status CycleRunner::RunEvaluate() {
  RETURN_IF_ERROR(Begin(Stage::kEvaluate));
  v1::CycleSummary* summary = so_far_.mutable_cycle()->mutable_summary();
  std::string gate_json;
  if (summary->trained()) {
    RETURN_IF_ERROR(Evaluate(CallsForModel(Stage::kEvaluate), cycle_.candidate_digest, &so_far_));
    gate_json = ToJson(so_far_.gate());
  } else {
    summary->set_promotion_reason("no_candidate: nothing was trained");
  }
  CountCpu();
  RETURN_IF_ERROR(CheckStop());
  events_.StageFinished(Stage::kEvaluate, summary->promotion_reason());
  return events_.CommitWith([&](std::vector<NewEvent> events) {
    return options_.store->CommitEvaluate(
        MakeCommit(Stage::kEvaluate, so_far_.SerializeAsString(), std::move(events)), gate_json);
  });
}

absl::Status CycleRunner::RunPromote() {
  RETURN_IF_ERROR(Begin(Stage::kPromote));
  v1::CycleSummary* summary = so_far_.mutable_cycle()->mutable_summary();
  std::optional<PromotionRequest> request;
  if (summary->trained() && so_far_.gate().passed()) {
    request.emplace();
    request->digest = cycle_.candidate_digest;
    request->expected_active = so_far_.gate().active_digest();
    request->kind = PromotionKind::kGate;
    request->reason = summary->promotion_reason();
  }
  CountCpu();
  {
    MutexLock lock(&mutex_);
    if (wish_ != Wish::kNone) return absl::CancelledError("stopped before the promotion");
    is_promoting_ = true;
  }
  // What the transaction finds decides; a restart after it reads the outcome from what it changed.
  v1::CycleReport promoted = so_far_;
  promoted.mutable_cycle()->mutable_summary()->set_promoted(request.has_value());
  events_.StageFinished(Stage::kPromote, summary->promotion_reason());
  RETURN_IF_ERROR(events_.CommitWith([&](std::vector<NewEvent> events) -> absl::Status {
    return options_.store
        ->CommitPromote(
            MakeCommit(Stage::kPromote, promoted.SerializeAsString(), std::move(events)), request)
        .status();
  }));
  so_far_ = std::move(promoted);
  options_.models->NotifyActiveChanged();
  return absl::OkStatus();
}

// ---- report ----

absl::Status CycleRunner::RunReport() {
  RETURN_IF_ERROR(Begin(Stage::kReport));
  {
    MutexLock lock(&mutex_);
    is_promoting_ = true;
  }
  v1::CycleSummary* summary = so_far_.mutable_cycle()->mutable_summary();
  if (summary->promoted()) {
    // Rule 24: the transaction refused if another model was active by then.
    ASSIGN_OR_RETURN(const std::vector<Promotion> promotions,
                     options_.store->ListPromotions(cycle_.candidate_digest));
    const bool is_promoted =
        std::any_of(promotions.begin(), promotions.end(),
                    [&](const Promotion& promotion) { return promotion.cycle_id == cycle_.id; });
    if (!is_promoted) {
      summary->set_promoted(false);
      summary->set_promotion_reason(
          "active_changed: another model went into service meanwhile; training is owed");
      so_far_.mutable_gate()->set_passed(false);
      so_far_.mutable_gate()->set_reason("active_changed");
      events_.Log(Stage::kReport, 2, summary->promotion_reason());
    }
  }
  RETURN_IF_ERROR(RememberTokenizer(options_.store, so_far_, summary->promoted()));
  const VersionId version = cycle_.version.value_or(cycle_.base_version);
  RETURN_IF_ERROR(WriteDatasetJson(options_.store, options_.env, config_.data_dir(), version));
  CountCpu();
  RETURN_IF_ERROR(WriteEnhancementLog(options_.store, options_.env, config_.data_dir(), cycle_,
                                      *summary, options_.clock->NowMicros()));
  return Finish();
}

absl::Status CycleRunner::Finish() {
  const v1::CycleSummary& summary = so_far_.cycle().summary();
  events_.StageFinished(Stage::kReport, StrCat("the dataset has ", summary.final_size(), " rows"));
  v1::CycleEvent ended;
  ended.mutable_ended()->set_state(v1::CYCLE_STATE_FINISHED);
  events_.Add(Stage::kReport, ended);
  RETURN_IF_ERROR(events_.CommitWith([&](std::vector<NewEvent> events) {
    return options_.store->FinishCycle(MakeCommit(Stage::kReport, "", std::move(events)),
                                       ToJson(summary));
  }));
  cycle_.state = CycleState::kFinished;
  Log(1, Outcome(summary));
  return absl::OkStatus();
}

void CycleRunner::Log(std::int32_t level, std::string_view what) const {
  if (options_.log) options_.log(level, StrCat("cycle ", cycle_.id, " ", what));
}

absl::Status CycleRunner::End(const absl::Status& why) {
  const CycleState state = is_cancelled() ? CycleState::kCancelled : CycleState::kFailed;
  const std::string error = state == CycleState::kCancelled
                                ? CancelledBy(stage_, cycle_.version.has_value())
                                : std::string(why.message());
  if (state == CycleState::kFailed) {
    Log(3, StrCat("failed: ", error));
  } else {
    Log(1, error);
  }
  v1::CycleEvent ended;
  ended.mutable_ended()->set_state(static_cast<v1::CycleState>(state));
  ended.mutable_ended()->set_error(error);
  events_.Add(stage_, ended);
  RETURN_IF_ERROR(events_.CommitWith([&](std::vector<NewEvent> events) {
    return options_.store->EndCycle(cycle_.id, state, error, events);
  }));
  cycle_.state = state;
  return absl::OkStatus();
}

void CycleRunner::CountCpu() {
  const double now =
      ProcessCpuSeconds() - (options_.ingest_cpu_seconds ? options_.ingest_cpu_seconds() : 0);
  v1::CycleSummary* summary = so_far_.mutable_cycle()->mutable_summary();
  summary->set_server_cpu_seconds(summary->server_cpu_seconds() +
                                  std::max(0.0, now - cpu_mark_seconds_));
  cpu_mark_seconds_ = now;
}

}  // namespace amooz::cycle
