// What a cycle tells while it runs: gathered here, written to the store a few times a second, and
// only then told to those who watch. So whoever watches sees what is on disk, and a plugin that
// reports often never waits for a commit.
#ifndef AMOOZ_CORE_CYCLE_EVENT_LOG_H_
#define AMOOZ_CORE_CYCLE_EVENT_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "amooz/v1/cycle.pb.h"
#include "core/base/domain.h"
#include "core/model/listeners.h"
#include "core/store/store.h"
#include "sdk/base/clock.h"
#include "sdk/base/mutex.h"

namespace amooz::cycle {

// Between a stored event and the protocol's. `kind` is the name of the oneof's field, `payload`
// that message as JSON.
NewEvent MakeEvent(Stage stage, const v1::CycleEvent& event, std::int64_t time_us);
absl::StatusOr<v1::CycleEvent> ToProto(const CycleEvent& event);

// Thread-safe. Events are stored in the order in which they were added.
class EventLog {
 public:
  EventLog(Store* store, CycleId cycle_id, Clock* clock, Listeners* listeners);
  ~EventLog();  // stores what is left
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Only the oneof of `event` is read.
  void Add(Stage stage, const v1::CycleEvent& event) AMOOZ_EXCLUDES(mutex_);

  void StageStarted(Stage stage);
  void StageFinished(Stage stage, const std::string& message);
  void Log(Stage stage, std::int32_t level, std::string_view message);
  void Fact(Stage stage, std::string_view name, std::string_view value);
  void Metric(Stage stage, std::string_view name, double value, std::int64_t step);
  // At most a few a second are kept; the last one (done = total) always.
  void Progress(Stage stage, std::uint64_t done, std::uint64_t total) AMOOZ_EXCLUDES(mutex_);
  void Resumed(Stage stage, std::uint64_t step);

  // Takes all events that are not stored yet, for the transaction that `commit` makes; then tells
  // the watchers.
  absl::Status CommitWith(const std::function<absl::Status(std::vector<NewEvent> events)>& commit)
      AMOOZ_EXCLUDES(writing_, mutex_);

 private:
  void WriteUntilClosed() AMOOZ_EXCLUDES(writing_, mutex_);
  void WritePending() AMOOZ_EXCLUDES(writing_, mutex_);
  std::vector<NewEvent> TakePending() AMOOZ_EXCLUDES(mutex_);

  Store* const store_;
  const CycleId cycle_id_;
  Clock* const clock_;
  Listeners* const listeners_;
  Mutex
      writing_;  // held while a batch is on its way to the store, so that batches keep their order
  Mutex mutex_;
  CondVar changed_;
  std::vector<NewEvent> pending_ AMOOZ_GUARDED_BY(mutex_);
  std::int64_t last_progress_us_ AMOOZ_GUARDED_BY(mutex_) = 0;
  bool is_closed_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::thread writer_;
};

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_EVENT_LOG_H_
