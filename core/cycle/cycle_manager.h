// The learning cycle as the server's other parts and people see it: starts cycles (by hand or by
// the clock), runs one at a time on a thread of its own, tells what they do, and answers why
// nothing is happening.
//
// Guarantees: 1. At most one cycle runs (rule 5). 2. A cycle that a stop or a crash interrupted
// goes on at the next Open, at its first stage without a result (rule 2). 3. Every event that a
// listener is told of is on disk. 4. No failure of a cycle takes the process, the active model or
// the next cycle with it.
//
// Example:
//   CycleManager cycles({.store = store, .models = models, ...});
//   RETURN_IF_ERROR(cycles.Open());                       // resumes, then looks by the schedule
//   ASSIGN_OR_RETURN(auto cycle, cycles.Start({}));
//   auto watch = cycles.Watch([&] { /* wake the reader */ });
//   ASSIGN_OR_RETURN(auto page, cycles.ReadEvents(cycle.id(), after, 100));
#ifndef AMOOZ_CORE_CYCLE_CYCLE_MANAGER_H_
#define AMOOZ_CORE_CYCLE_CYCLE_MANAGER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"
#include "amooz/v1/cycle.pb.h"
#include "amooz/v1/server.pb.h"
#include "core/base/domain.h"
#include "core/model/listeners.h"
#include "core/model/model_manager.h"
#include "core/plugin/plugin_catalog.h"
#include "core/store/store.h"
#include "sdk/base/clock.h"
#include "sdk/base/files.h"

namespace amooz {

struct CycleManagerOptions {
  Store* store = nullptr;
  ModelManager* models = nullptr;
  ArtifactStore* artifacts = nullptr;
  PluginCatalog* plugins = nullptr;
  amooz::v1::Config config;  // complete
  Clock* clock = Clock::System();
  Env* env = Env::Default();
  // CPU that threads of ingest have used so far, seconds; taken off a cycle's own figure. May be
  // empty: nothing is taken off.
  std::function<double()> ingest_cpu_seconds;
  // Before a cycle whose end could not be stored (the disk is full, say) is taken up again: it may
  // train anew each time.
  std::chrono::seconds resume_pause{10};
  // False: no thread looks at the schedule, only LookIfDue does (tests).
  bool runs_scheduler = true;
  // One line of the server's log. May be empty. [any thread]
  std::function<void(std::int32_t level, std::string_view line)> log;
};

// What only ingest knows of the server's state.
struct IngestFacts {
  std::vector<std::string> connected_producers;
  std::uint32_t queued_chats = 0;
  double disk_free_percent = 100;
  bool is_disk_low = false;  // ingest has stopped reading
  std::string last_error{};  // why the newest commit of chats failed; "" if it did not
};

struct EventPage {
  std::vector<amooz::v1::CycleEvent> events;  // in order
  bool is_over = false;                       // the cycle has ended and these are its last events
};

// Thread-safe. All pointers of the options must outlive it.
class CycleManager {
 public:
  explicit CycleManager(CycleManagerOptions options);
  ~CycleManager();  // Close()
  CycleManager(const CycleManager&) = delete;
  CycleManager& operator=(const CycleManager&) = delete;

  // Goes on with an interrupted cycle, if there is one, and starts the scheduler.
  absl::Status Open();
  // Stops plugins within their grace, 1.5 s at most, and returns when no thread of it is left. A
  // running cycle stays on disk as it is and goes on at the next Open.
  void Close();

  // FAILED_PRECONDITION with the running cycle's id if one runs. Ignores the minimum of unread
  // chats (rule 6).
  absl::StatusOr<amooz::v1::Cycle> Start(const amooz::v1::StartCycleRequest& request);
  absl::StatusOr<amooz::v1::Cycle> Get(CycleId id);
  absl::StatusOr<amooz::v1::ListCyclesResponse> List(const amooz::v1::ListCyclesRequest& request);
  // Returns when the cycle is over: within 2 s (rule 3). FAILED_PRECONDITION if it was over
  // already, or its model is in service. UNAVAILABLE: it is stopped but its end could not be stored
  // yet, which is tried again until the next Close; or Close came before.
  absl::StatusOr<amooz::v1::Cycle> Cancel(CycleId id);
  absl::StatusOr<amooz::v1::CycleReport> Report(CycleId id);

  // Events after number `after`, at most `limit`. NOT_FOUND.
  absl::StatusOr<EventPage> ReadEvents(CycleId id, std::int64_t after, std::int64_t limit);
  // Called after each batch of new events and after each end of a cycle.
  Subscription Watch(std::function<void()> on_change);

  absl::StatusOr<amooz::v1::Schedule> GetSchedule();
  absl::StatusOr<amooz::v1::Schedule> UpdateSchedule(
      const amooz::v1::UpdateScheduleRequest& request);
  // One look of the scheduler, if it is due (rule 6); the scheduler's own thread calls it. True if
  // a cycle was started.
  absl::StatusOr<bool> LookIfDue();

  // All fields but version and started_at.
  absl::StatusOr<amooz::v1::GetServerStatusResponse> Status(const IngestFacts& ingest);

  // Waits until no cycle runs; false after the timeout.
  bool WaitUntilIdle(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace amooz

#endif  // AMOOZ_CORE_CYCLE_CYCLE_MANAGER_H_
