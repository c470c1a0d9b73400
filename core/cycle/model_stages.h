// The stages that make a model out of a dataset: train and evaluate. Both run plugins in children;
// neither commits.
#ifndef AMOOZ_CORE_CYCLE_MODEL_STAGES_H_
#define AMOOZ_CORE_CYCLE_MODEL_STAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"
#include "amooz/v1/cycle.pb.h"
#include "core/base/domain.h"
#include "core/cycle/plugin_calls.h"
#include "core/dataset/gate.h"
#include "core/model/artifact_store.h"
#include "core/store/store.h"
#include "sdk/base/files.h"

namespace amooz::cycle {

// ---- Whether to train (rule 7) ----
struct TrainingNeed {
  bool is_owed = false;
  std::int64_t changed_rows =
      0;  // train and validation rows added or removed since the last finished candidate
  std::string reason;  // why, or why not: one sentence
};
TrainingNeed NeedOf(const SplitCounts& rows, VersionId last_trained, std::int64_t changed_rows,
                    std::uint32_t min_new_examples);
// Asks the store for what NeedOf needs.
absl::StatusOr<TrainingNeed> TrainingNeedOf(Store* store, VersionId version,
                                            const v1::Config& config);

// ---- The trainer's memory (rule 20) ----
// The trainer renews its tokenizer by itself, and says so in the facts tokenizer = renewed and
// training_text_bytes. After a rejected candidate with a renewed one it must not do so again before
// the text has grown by half: the cycle remembers that, and tells trainers whose schema has
// /tokenizer/renew_over_bytes.
absl::Status FreezeTokenizerMemory(Store* store, std::vector<FrozenPlugin>* plugins);
absl::Status RememberTokenizer(Store* store, const v1::CycleReport& so_far, bool is_promoted);

// ---- train ----
struct ModelCalls {
  PluginCalls plugins;
  Store* store = nullptr;
  ArtifactStore* artifacts = nullptr;
  Env* env = nullptr;
  v1::Config config;  // frozen
  CycleId cycle_id = 0;
  VersionId version = 0;
  std::string dataset_digest;
  std::uint64_t seed = 0;
  bool is_resumed = false;  // this stage was under way before a restart
};
// The active model, if there is one and its files are whole. A damaged one is logged and shown by
// GetModel; the candidate is then trained from nothing, and a person decides about it.
absl::StatusOr<std::optional<ActiveModel>> WholeActiveModel(const ModelCalls& calls, Stage stage);
// Of the children that train and measure: training.cpu_threads, or one for each core.
std::int32_t CpuThreads(const v1::Config& config);
std::string CheckpointDir(const v1::Config& config, CycleId id);
std::string StagingName(CycleId id);

// Trains a candidate and publishes its artifact. Facts that the trainer told go to `so_far`. A
// failure or a stop leaves no artifact; the checkpoint is the caller's to keep or delete.
absl::StatusOr<NewModel> Train(const ModelCalls& calls, v1::CycleReport* so_far);

// ---- evaluate ----
// Measures the candidate, and the active model or the baselines, on the version's held-out rows;
// fills in so_far's gate and the summary's held_out_*.
absl::Status Evaluate(const ModelCalls& calls, const std::string& candidate,
                      v1::CycleReport* so_far);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_MODEL_STAGES_H_
