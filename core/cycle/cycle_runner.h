// One cycle, from its first stage without a stored result to its end, on the thread that calls Run.
//
// States: running → finished | failed | cancelled, all stored; or abandoned: the process is going
// away, the store keeps the cycle as running, and the next process makes a new runner for it.
#ifndef AMOOZ_CORE_CYCLE_CYCLE_RUNNER_H_
#define AMOOZ_CORE_CYCLE_CYCLE_RUNNER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "amooz/v1/config.pb.h"
#include "amooz/v1/cycle.pb.h"
#include "core/base/domain.h"
#include "core/cycle/cycle_manager.h"
#include "core/cycle/dataset_stages.h"
#include "core/cycle/event_log.h"
#include "core/cycle/model_stages.h"
#include "core/dataset/keys.h"
#include "sdk/base/mutex.h"

namespace amooz::cycle {

// The error of a cycle that a person cancelled during `stage`: a sentence that says what stands
// (rule 3).
std::string CancelledBy(Stage stage, bool has_dataset);
// FAILED_PRECONDITION: its promotion is committed or about to be (rule 3).
absl::Status TooLateToCancel(CycleId id);

class CycleRunner {
 public:
  // `options` and `listeners` must outlive it. `is_resumed`: another process began it.
  CycleRunner(const CycleManagerOptions& options, Listeners* listeners, CycleProgress progress,
              bool is_resumed);

  CycleId id() const { return cycle_.id; }

  // Call once. Returns when the cycle is over and stored as such, or was abandoned. An error: the
  // end could not be stored (a full disk, say); the cycle is still running in the store and may be
  // taken up again.
  absl::Status Run();

  // [any thread] Run then soon returns, the cycle stored as cancelled. FAILED_PRECONDITION once its
  // promotion is committed or about to be (rule 3).
  absl::Status Cancel() AMOOZ_EXCLUDES(mutex_);
  bool is_cancelled() AMOOZ_EXCLUDES(mutex_);  // [any thread] Cancel was taken
  // [any thread] Run then soon returns and leaves the cycle as it is.
  void Abandon() AMOOZ_EXCLUDES(mutex_);

 private:
  bool IsDone(Stage stage) const;
  absl::Status CheckStop() const;
  absl::Status Begin(Stage stage);
  StageCommit MakeCommit(Stage stage, std::string result, std::vector<NewEvent> events) const;
  absl::Status CommitPlain(Stage stage, std::string result, const std::string& message);

  absl::Status RunStages();
  absl::Status Prepare();
  absl::Status MakeDataset();
  absl::Status RunScore();
  absl::Status RunSelect();
  absl::Status RunVary();
  absl::Status RunMerge();
  absl::Status RunSnapshot();
  absl::Status RunTrain();
  absl::Status RunEvaluate();
  absl::Status RunPromote();
  absl::Status RunReport();
  absl::Status Finish();
  absl::Status End(const absl::Status& why);

  ModelCalls CallsForModel(Stage stage);
  PluginCalls CallsForPlugins();
  const std::string& ResultOf(Stage stage) const;
  absl::Status ReadSoFar();
  // Adds what this process used since the last call to the summary. Other threads' work counts too,
  // but ingest's.
  void CountCpu();
  void Log(std::int32_t level, std::string_view what) const;  // one line of the server's log

  const CycleManagerOptions& options_;
  const bool is_resumed_;
  Cycle cycle_;
  std::vector<ProducerRange> ranges_;
  std::vector<JournalEntry> journal_;
  EventLog events_;
  const dataset::KeyMaker keys_;
  const std::shared_ptr<host::StopToken> stop_;

  v1::Config config_;  // the frozen one; the server's until that is read
  std::vector<FrozenPlugin> plugins_;
  DatasetWork work_;
  v1::CycleReport so_far_;  // from snapshot on: the result of each stage
  double cpu_mark_seconds_ = 0;
  Stage stage_ = Stage::kCollect;  // under way

  Mutex mutex_;
  enum class Wish { kNone, kCancel, kAbandon };
  Wish wish_ AMOOZ_GUARDED_BY(mutex_) = Wish::kNone;
  bool is_promoting_ AMOOZ_GUARDED_BY(mutex_) = false;  // from here on it cannot be cancelled
};

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_CYCLE_RUNNER_H_
