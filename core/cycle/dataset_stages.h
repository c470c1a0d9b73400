// The stages that make a dataset out of chats: score, select, vary, merge, and what snapshot
// commits. Each reads what the ones before left in `DatasetWork`; only score and vary call plugins,
// only reading touches the store.
#ifndef AMOOZ_CORE_CYCLE_DATASET_STAGES_H_
#define AMOOZ_CORE_CYCLE_DATASET_STAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"
#include "core/base/domain.h"
#include "core/cycle/plugin_calls.h"
#include "core/cycle/stage_results.h"
#include "core/cycle/version_builder.h"
#include "core/dataset/decisions.h"
#include "core/dataset/keys.h"
#include "core/dataset/merge.h"
#include "sdk/host/plugin.h"

namespace amooz::cycle {

struct DatasetWork {
  std::vector<Chat> chats;        // of the frozen ranges, in the cycle's order
  std::vector<Example> previous;  // rows of the base version

  std::vector<ChatScore> scores;            // score: one a chat
  std::vector<dataset::Selected> selected;  // select: one a chat
  std::vector<std::uint32_t> found;      // select: chats that passed score and chat key, by index
  std::vector<VariationRow> variations;  // vary
  std::vector<dataset::MergeRow> rows;   // merge: previous, found, variations
  std::vector<dataset::Fate> fates;      // merge: one a row
  dataset::Arithmetic sums;              // merge
  // Split keys of found chats that vary computed already, by position in `found`.
  std::vector<std::optional<ExampleKeys>> found_keys;
};

// A scorer's failure names the chat that it was about, where that can be found, and what to do.
absl::StatusOr<std::vector<ChatScore>> Score(const std::vector<Chat>& chats,
                                             const PluginCalls& calls);
void Select(const v1::Config& config, const dataset::KeyMaker& keys, DatasetWork* work);
absl::StatusOr<std::vector<VariationRow>> Vary(const v1::Config& config,
                                               const dataset::KeyMaker& keys, std::uint64_t seed,
                                               const PluginCalls& calls, DatasetWork* work);
void Merge(const v1::Config& config, const dataset::KeyMaker& keys, DatasetWork* work);

struct BuiltSnapshot {
  Snapshot snapshot;
  SplitCounts splits;
};
// `ever_trained` and `next_id` as the store has them now. Takes texts out of `work`.
BuiltSnapshot BuildSnapshot(const v1::Config& config, const dataset::KeyMaker& keys,
                            VersionId base_version, const std::vector<ExampleKeys>& ever_trained,
                            ExampleId next_id, DatasetWork* work);

// As the plugin ABI has them.
host::Example ToHost(const Example& example);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_DATASET_STAGES_H_
