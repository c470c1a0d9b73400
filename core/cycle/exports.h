// The two files of the original that every cycle writes into the data folder (rule 29), each
// replaced atomically.
#ifndef AMOOZ_CORE_CYCLE_EXPORTS_H_
#define AMOOZ_CORE_CYCLE_EXPORTS_H_

#include <string>

#include "absl/status/status.h"
#include "amooz/v1/cycle.pb.h"
#include "core/base/domain.h"
#include "core/store/store.h"
#include "sdk/base/files.h"

namespace amooz::cycle {

// dataset.json: an array of {"instruction", "response"}, a version's rows in insertion order.
absl::Status WriteDatasetJson(Store* store, Env* env, const std::string& data_dir,
                              VersionId version);

// enhancement_log.json: an array, oldest first, one object for each finished cycle: timestamp,
// original_size, final_size, added_from_chats, added_variations, growth, then the other fields of
// the summary. `current` is the cycle that is about to finish; the others come from the store.
absl::Status WriteEnhancementLog(Store* store, Env* env, const std::string& data_dir,
                                 const Cycle& current, const v1::CycleSummary& summary,
                                 std::int64_t time_us);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_EXPORTS_H_
