#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/dataset_stages.h"
#include "core/cycle/model_stages.h"
#include "sdk/base/failpoint.h"
#include "sdk/base/sha256.h"

namespace amooz::cycle {
namespace {

constexpr char kTokenizerMemory[] = "cycle.tokenizer.renew_over_bytes";

const FrozenPlugin* FindPlugin(const std::vector<FrozenPlugin>& plugins, host::Kind kind) {
  const auto found = std::find_if(plugins.begin(), plugins.end(),
                                  [&](const FrozenPlugin& one) { return one.kind == kind; });
  return found == plugins.end() ? nullptr : &*found;
}

std::string FactOf(const v1::CycleReport& report, std::string_view name) {
  for (const v1::Fact& fact : report.training_facts()) {
    if (fact.name() == name) return fact.value();
  }
  return "";
}

// Rule 18: train and validation rows, and nothing else, in the dataset's order.
absl::StatusOr<host::VectorExampleSource> TrainingRows(Store* store, VersionId version) {
  std::vector<host::Example> train, validation;
  RETURN_IF_ERROR(store->VisitVersion(version, [&](Example&& row) {
    if (row.split == Split::kTrain) train.push_back(ToHost(row));
    if (row.split == Split::kValidation) validation.push_back(ToHost(row));
    return absl::OkStatus();
  }));
  return host::VectorExampleSource(std::move(train), std::move(validation));
}

// The active model, if its weights can be started from; "" for a start from nothing (rule 19).
absl::StatusOr<std::string> BaseOf(const ModelCalls& calls, const FrozenPlugin& trainer) {
  ASSIGN_OR_RETURN(const auto active, WholeActiveModel(calls, Stage::kTrain));
  if (!active) return std::string();
  ASSIGN_OR_RETURN(const Manifest manifest, calls.artifacts->ReadManifest(active->digest));
  if (manifest.format != trainer.artifact_format) {
    calls.plugins.events->Log(Stage::kTrain, 2,
                              "the active model is of format '" + manifest.format +
                                  "', the trainer makes '" + trainer.artifact_format +
                                  "': it starts from nothing");
    return std::string();
  }
  return active->digest;
}

// A trainer keeps to the safety net by itself, and then still validates and writes; one that goes
// on long after that hangs. 0: no limit.
std::int64_t HangLimitMs(double max_seconds) {
  return max_seconds > 0 ? static_cast<std::int64_t>((max_seconds * 1.5 + 20) * 1000) : 0;
}

// Why a training failed, with what to do.
std::string Explain(const absl::Status& failure, double max_minutes) {
  std::string text = StrCat("training failed: ", ToStd(failure.message()));
  if (absl::IsDeadlineExceeded(failure)) {
    text += StrCat("; it went on long after training.max_minutes (", max_minutes,
                   "): mend the trainer, or raise the limit");
  }
  return text + "; the dataset stands, the active model stays, training is owed";
}

std::string JobDigest(const ModelCalls& calls, const FrozenPlugin& trainer,
                      const std::string& base) {
  Sha256 digest;
  for (const std::string* part :
       {&calls.dataset_digest, &base, &trainer.sha256, &trainer.config_json}) {
    digest.UpdateField(*part);
  }
  digest.UpdateU64(calls.seed);
  return ToHex(digest.Finish());
}

// Turns what the trainer says into events and facts. Called from the host's threads, one call at a
// time.
class TrainingObserver {
 public:
  // `goes_on`: files of a checkpoint were there when the training of a resumed cycle began.
  TrainingObserver(EventLog* events, v1::CycleReport* so_far, bool goes_on)
      : events_(events), awaits_step_(goes_on) {
    observer_.on_progress = [this](std::uint64_t done, std::uint64_t total) {
      AMOOZ_FAILPOINT("cycle.train.running");
      // The first one says where the trainer begins: at 0 if what it found was no whole checkpoint.
      if (awaits_step_.exchange(false)) events_->Resumed(Stage::kTrain, done);
      events_->Progress(Stage::kTrain, done, total);
    };
    observer_.on_metric = [this](std::string_view name, double value, std::int64_t step) {
      events_->Metric(Stage::kTrain, name, value, step);
    };
    observer_.on_log = [this](std::int32_t level, std::string_view line) {
      events_->Log(Stage::kTrain, level, line);
    };
    observer_.on_annotation = [this, so_far](std::string_view name, std::string_view value) {
      events_->Fact(Stage::kTrain, name, value);
      v1::Fact* fact = so_far->add_training_facts();
      fact->set_name(std::string(name));
      fact->set_value(std::string(value));
    };
  }
  const host::Observer* get() const { return &observer_; }

 private:
  EventLog* const events_;
  std::atomic<bool> awaits_step_;
  host::Observer observer_;
};

}  // namespace

std::int32_t CpuThreads(const v1::Config& config) {
  if (config.training().cpu_threads() > 0)
    return static_cast<std::int32_t>(config.training().cpu_threads());
  return static_cast<std::int32_t>(std::max(1U, std::thread::hardware_concurrency()));
}

TrainingNeed NeedOf(const SplitCounts& rows, VersionId last_trained, std::int64_t changed_rows,
                    std::uint32_t min_new_examples) {
  TrainingNeed need;
  need.changed_rows = changed_rows;
  const std::string since = last_trained == 0 ? "no model was trained yet"
                                              : StrCat("since dataset version ", last_trained);
  if (rows.train == 0) {
    need.reason =
        "no_training_rows: the dataset has no train rows; import a dataset or stream more chats";
  } else if (changed_rows < min_new_examples) {
    need.reason =
        StrCat("too_few_new_examples: ", changed_rows, " train and validation rows changed (",
               since, "), ", min_new_examples, " are needed (cycle.min_new_examples_to_train)");
  } else {
    need.is_owed = true;
    need.reason = StrCat(changed_rows, " train and validation rows changed (", since, ")");
  }
  return need;
}

absl::StatusOr<TrainingNeed> TrainingNeedOf(Store* store, VersionId version,
                                            const v1::Config& config) {
  SplitCounts rows;
  if (version > 0) {
    ASSIGN_OR_RETURN(const DatasetVersion info, store->GetVersion(version));
    rows = info.rows;
  }
  ASSIGN_OR_RETURN(const VersionId last, store->LastTrainedVersion());
  std::int64_t changed = rows.train + rows.validation;
  if (last == version) {
    changed = last == 0 ? changed : 0;
  } else if (last > 0) {
    ASSIGN_OR_RETURN(const VersionDiff diff, store->DiffVersions(last, version, 0));
    changed = diff.training_added + diff.training_removed;
  }
  return NeedOf(rows, last, changed, config.cycle().min_new_examples_to_train());
}

absl::Status FreezeTokenizerMemory(Store* store, std::vector<FrozenPlugin>* plugins) {
  ASSIGN_OR_RETURN(const std::optional<std::string> memory, store->GetMeta(kTokenizerMemory));
  if (!memory || memory->empty()) return absl::OkStatus();
  for (FrozenPlugin& plugin : *plugins) {
    if (plugin.kind != host::Kind::kTrainer) continue;
    const auto schema =
        nlohmann::json::parse(plugin.schema_json, nullptr, /*allow_exceptions=*/false);
    const nlohmann::json::json_pointer declared(
        "/properties/tokenizer/properties/renew_over_bytes");
    auto config = nlohmann::json::parse(plugin.config_json, nullptr, /*allow_exceptions=*/false);
    if (!schema.is_object() || !schema.contains(declared) || !config.is_object()) continue;
    config[nlohmann::json::json_pointer("/tokenizer/renew_over_bytes")] =
        std::strtoull(memory->c_str(), nullptr, 10);
    plugin.config_json = config.dump();
  }
  return absl::OkStatus();
}

absl::Status RememberTokenizer(Store* store, const v1::CycleReport& so_far, bool is_promoted) {
  const std::string what = FactOf(so_far, "tokenizer");
  if (is_promoted) return store->SetMeta(kTokenizerMemory, "");
  if (what != "renewed") return absl::OkStatus();
  const std::uint64_t bytes =
      std::strtoull(FactOf(so_far, "training_text_bytes").c_str(), nullptr, 10);
  return store->SetMeta(kTokenizerMemory, std::to_string(bytes + bytes / 2));
}

std::string CheckpointDir(const v1::Config& config, CycleId id) {
  return JoinPath(JoinPath(config.data_dir(), "checkpoints"), std::to_string(id));
}

std::string StagingName(CycleId id) { return "cycle-" + std::to_string(id); }

absl::StatusOr<NewModel> Train(const ModelCalls& calls, v1::CycleReport* so_far) {
  const FrozenPlugin* trainer = FindPlugin(*calls.plugins.plugins, host::Kind::kTrainer);
  if (trainer == nullptr)
    return absl::FailedPreconditionError("no trainer is configured (training.trainer)");
  ASSIGN_OR_RETURN(const std::string base, BaseOf(calls, *trainer));
  ASSIGN_OR_RETURN(host::VectorExampleSource rows, TrainingRows(calls.store, calls.version));
  host::TrainJob job;
  if (!base.empty()) job.base_dir = calls.artifacts->Dir(base);
  ASSIGN_OR_RETURN(job.output_dir, calls.artifacts->MakeStaging(StagingName(calls.cycle_id)));
  job.checkpoint_dir = CheckpointDir(calls.config, calls.cycle_id);
  RETURN_IF_ERROR(calls.env->MakeDirs(job.checkpoint_dir));
  job.job_digest = JobDigest(calls, *trainer, base);
  job.seed = calls.seed;
  job.cpu_threads = CpuThreads(calls.config);
  job.max_seconds = calls.config.training().max_minutes() * 60;

  ASSIGN_OR_RETURN(const std::vector<std::string> checkpoint,
                   calls.env->ListDir(job.checkpoint_dir));
  const bool goes_on = calls.is_resumed && !checkpoint.empty();
  if (calls.is_resumed && !goes_on) calls.plugins.events->Resumed(Stage::kTrain, 0);
  so_far->clear_training_facts();
  const TrainingObserver observer(calls.plugins.events, so_far, goes_on);
  OpenExtras extras;
  extras.nice = static_cast<std::int32_t>(calls.config.training().nice());
  extras.cpu_threads = job.cpu_threads;
  extras.on_log = observer.get()->on_log;
  extras.stop = calls.plugins.stop;
  ASSIGN_OR_RETURN(const auto plugin, calls.plugins.catalog->Open(*trainer, extras));
  host::CallOptions options;
  options.stop = calls.plugins.stop;
  options.observer = observer.get();
  options.timeout_ms = HangLimitMs(job.max_seconds);
  const absl::Status trained = ToAbsl(plugin->trainer()->Train(job, &rows, options));
  if (!trained.ok()) {
    if (calls.plugins.stop->stopped()) return absl::CancelledError("stopped while training");
    return absl::Status(trained.code(), Explain(trained, calls.config.training().max_minutes()));
  }
  NewModel model;
  ASSIGN_OR_RETURN(model.digest,
                   calls.artifacts->Publish(StagingName(calls.cycle_id), trainer->artifact_format));
  ASSIGN_OR_RETURN(const Manifest manifest, calls.artifacts->ReadManifest(model.digest));
  if (FactOf(*so_far, "started_from") != "cold") model.base_digest = base;
  model.trainer = trainer->name;
  model.artifact_format = trainer->artifact_format;
  model.size_bytes = static_cast<std::int64_t>(manifest.size_bytes());
  v1::CycleReport facts;
  *facts.mutable_training_facts() = so_far->training_facts();
  google::protobuf::util::JsonPrintOptions json;
  json.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(facts, &model.training_json, json).ok()) {
    return absl::InternalError("the trainer's facts are not UTF-8");
  }
  return model;
}

}  // namespace amooz::cycle
