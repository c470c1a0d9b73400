// What is left to do once a cycle is over, whatever its end: its checkpoint and its trainer's
// output go (rule 7), read chats lose their text (rule 27), models that are no longer kept lose
// their files (rule 24), and dataset.json follows a dataset that stands although the cycle did not
// finish.
//
// All of it may be done twice. A crash inside is made up for when the next process opens: the store
// remembers the newest cycle that was put away.
#ifndef AMOOZ_CORE_CYCLE_PUT_AWAY_H_
#define AMOOZ_CORE_CYCLE_PUT_AWAY_H_

#include "absl/status/status.h"
#include "amooz/v1/config.pb.h"
#include "core/base/domain.h"
#include "core/cycle/cycle_manager.h"

namespace amooz::cycle {

// `config` is the cycle's frozen one, with this process's data_dir. What fails is told to the log;
// the rest is done all the same.
void PutAway(const CycleManagerOptions& options, const Cycle& cycle, const v1::Config& config);

// Puts the newest cycle away if a former process did not come to it. Call while no cycle runs.
absl::Status PutAwayIfOwed(const CycleManagerOptions& options);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_PUT_AWAY_H_
