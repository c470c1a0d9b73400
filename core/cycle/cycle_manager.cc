#include "core/cycle/cycle_manager.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "core/base/paging.h"
#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/convert.h"
#include "core/cycle/cycle_runner.h"
#include "core/cycle/event_log.h"
#include "core/cycle/model_stages.h"
#include "core/cycle/put_away.h"
#include "core/cycle/report.h"
#include "core/cycle/server_status.h"
#include "sdk/base/failpoint.h"
#include "sdk/base/sha256.h"

namespace amooz {
namespace {

using cycle::CycleRunner;
using google::protobuf::util::TimeUtil;

constexpr auto kSchedulerTick = std::chrono::milliseconds(500);
constexpr std::chrono::seconds kPutAwayPatience{20};  // less than a client waits for an answer
constexpr char kLastLookResult[] = "schedule.last_look_result";
constexpr std::int64_t kMinIntervalUs = 1'000'000;
constexpr std::int64_t kMaxIntervalUs = std::int64_t{30} * 24 * 3600 * 1'000'000;

// Rule 1: hash(cycle.seed, cycle number).
std::uint64_t SeedOf(std::uint64_t seed, CycleId number) {
  Sha256 hash;
  hash.UpdateU64(seed);
  hash.UpdateU64(static_cast<std::uint64_t>(number));
  const Sha256Digest digest = hash.Finish();
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(digest[i]) << (8 * i);
  return value;
}

}  // namespace

class CycleManager::Impl {
 public:
  explicit Impl(CycleManagerOptions options) : options_(std::move(options)) {}
  ~Impl() { Close(); }

  absl::Status Open() AMOOZ_EXCLUDES(starting_, mutex_);
  void Close() AMOOZ_EXCLUDES(mutex_);
  absl::StatusOr<v1::Cycle> Start(CycleTrigger trigger, const v1::StartCycleRequest& request)
      AMOOZ_EXCLUDES(starting_, mutex_);
  absl::StatusOr<v1::Cycle> Cancel(CycleId id) AMOOZ_EXCLUDES(starting_, mutex_);
  absl::StatusOr<EventPage> ReadEvents(CycleId id, std::int64_t after, std::int64_t limit);
  absl::StatusOr<v1::Schedule> GetSchedule();
  absl::StatusOr<v1::Schedule> UpdateSchedule(const v1::UpdateScheduleRequest& request);
  absl::StatusOr<bool> LookIfDue() AMOOZ_EXCLUDES(looking_, starting_, mutex_);
  absl::StatusOr<v1::GetServerStatusResponse> Status(const IngestFacts& ingest);
  bool WaitUntilIdle(std::chrono::milliseconds timeout) AMOOZ_EXCLUDES(mutex_);

  Store* store() { return options_.store; }
  Listeners& listeners() { return listeners_; }

 private:
  void Run(CycleProgress progress, bool is_resumed) AMOOZ_EXCLUDES(mutex_);
  void Work() AMOOZ_EXCLUDES(mutex_);
  void Schedule() AMOOZ_EXCLUDES(looking_, starting_, mutex_);
  absl::Status Resume() AMOOZ_EXCLUDES(starting_, mutex_);
  void PauseResuming() AMOOZ_REQUIRES(mutex_) {
    const std::chrono::nanoseconds pause = options_.resume_pause;
    resume_not_before_ns_ = MonotonicNanos() + pause.count();
  }
  // Of a cycle that has no runner.
  absl::Status EndCancelled(const Cycle& stored) AMOOZ_REQUIRES(starting_);
  std::shared_ptr<CycleRunner> RunnerOf(CycleId id) AMOOZ_EXCLUDES(mutex_);
  // A cycle whose end is stored still has a runner while things are put away.
  std::optional<CycleId> RunnerId() AMOOZ_EXCLUDES(mutex_);
  // Until there is no runner. FAILED_PRECONDITION if its cycle is not over.
  absl::Status AwaitRunner() AMOOZ_REQUIRES(starting_) AMOOZ_EXCLUDES(mutex_);
  absl::StatusOr<cycle::LookFacts> GatherLookFacts(cycle::TrainingNeed* need);
  std::int64_t DefaultIntervalUs() const {
    return TimeUtil::DurationToMicroseconds(options_.config.cycle().enhancement_interval());
  }
  void Log(std::int32_t level, const std::string& line) const {
    if (options_.log) options_.log(level, line);
  }

  const CycleManagerOptions options_;
  Listeners listeners_;
  // Held from a cycle's first write to its runner's being there, so that whoever finds a running
  // cycle without a runner knows that nobody is about to run it.
  Mutex starting_;
  Mutex looking_;
  Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<CycleRunner> runner_
      AMOOZ_GUARDED_BY(mutex_);  // waiting for the worker, or at work
  bool is_open_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::int64_t resume_not_before_ns_ AMOOZ_GUARDED_BY(mutex_) = 0;
  // Cancelled, and then its end could not be stored.
  std::optional<CycleId> cancelled_ AMOOZ_GUARDED_BY(mutex_);
  absl::Status last_run_ AMOOZ_GUARDED_BY(mutex_);  // what the runner before ended with
  std::thread worker_, scheduler_;
};

// ---- Threads ----

absl::Status CycleManager::Impl::Open() {
  ASSIGN_OR_RETURN(amooz::Schedule schedule, options_.store->GetSchedule());
  if (!schedule.last_look_us) {  // a new store: the first look is an interval from now
    schedule.last_look_us = options_.clock->NowMicros();
    RETURN_IF_ERROR(options_.store->SetSchedule(schedule));
  }
  ASSIGN_OR_RETURN(const auto interrupted, options_.store->RunningCycle());
  if (!interrupted) {
    RETURN_IF_ERROR(options_.env->RemoveAll(JoinPath(options_.config.data_dir(), "checkpoints")));
    RETURN_IF_ERROR(options_.models->DropAllStaging());
    RETURN_IF_ERROR(cycle::PutAwayIfOwed(options_));
  }
  {
    MutexLock lock(&mutex_);
    is_open_ = true;
  }
  worker_ = std::thread([this] { Work(); });
  RETURN_IF_ERROR(Resume());
  if (options_.runs_scheduler) scheduler_ = std::thread([this] { Schedule(); });
  return absl::OkStatus();
}

void CycleManager::Impl::Close() {
  {
    MutexLock lock(&mutex_);
    is_open_ = false;
    if (runner_) runner_->Abandon();
    changed_.SignalAll();
  }
  if (scheduler_.joinable()) scheduler_.join();
  if (worker_.joinable()) worker_.join();
}

void CycleManager::Impl::Work() {
  mutex_.Lock();
  while (true) {
    while (is_open_ && !runner_) changed_.Wait(&mutex_);
    if (!is_open_) break;
    const std::shared_ptr<CycleRunner> runner = runner_;
    mutex_.Unlock();
    const absl::Status status = runner->Run();
    if (!status.ok()) {
      Log(3,
          StrCat("cycle ", runner->id(), ": ", std::string(status.message()),
                 runner->is_cancelled() ? "; its end is stored in " : "; it is taken up again in ",
                 options_.resume_pause.count(), " s"));
    }
    mutex_.Lock();
    last_run_ = status;
    if (!status.ok()) {
      PauseResuming();
      if (runner->is_cancelled()) cancelled_ = runner->id();
    }
    runner_ = nullptr;
    changed_.SignalAll();
    mutex_.Unlock();
    listeners_.Notify();
    mutex_.Lock();
  }
  runner_ = nullptr;
  changed_.SignalAll();
  mutex_.Unlock();
}

void CycleManager::Impl::Schedule() {
  mutex_.Lock();
  while (is_open_) {
    mutex_.Unlock();
    const absl::StatusOr<bool> looked = LookIfDue();
    if (!looked.ok()) Log(2, "the scheduler's look: " + std::string(looked.status().message()));
    mutex_.Lock();
    if (is_open_) changed_.WaitFor(&mutex_, kSchedulerTick);
  }
  mutex_.Unlock();
}

void CycleManager::Impl::Run(CycleProgress progress, bool is_resumed) {
  auto runner =
      std::make_shared<CycleRunner>(options_, &listeners_, std::move(progress), is_resumed);
  MutexLock lock(&mutex_);
  runner_ = std::move(runner);
  if (!is_open_) runner_->Abandon();
  changed_.SignalAll();
}

absl::Status CycleManager::Impl::Resume() {
  MutexLock starting(&starting_);
  std::optional<CycleId> cancelled;
  {
    MutexLock lock(&mutex_);
    if (runner_ || MonotonicNanos() < resume_not_before_ns_) return absl::OkStatus();
    cancelled = cancelled_;
  }
  ASSIGN_OR_RETURN(auto interrupted, options_.store->RunningCycle());
  if (!interrupted) return absl::OkStatus();
  if (cancelled == interrupted->cycle.id) {
    const absl::Status ended = EndCancelled(interrupted->cycle);
    MutexLock lock(&mutex_);
    if (!ended.ok()) PauseResuming();
    return ended;
  }
  Log(1, StrCat("cycle ", interrupted->cycle.id, " goes on after stage ",
                StageName(interrupted->cycle.stage)));
  Run(*std::move(interrupted), /*is_resumed=*/true);
  return absl::OkStatus();
}

absl::Status CycleManager::Impl::EndCancelled(const Cycle& stored) {
  const std::string error = cycle::CancelledBy(stored.stage, stored.version.has_value());
  RETURN_IF_ERROR(options_.store->EndCycle(stored.id, CycleState::kCancelled, error, {}));
  Log(1, StrCat("cycle ", stored.id, " ", error));
  listeners_.Notify();
  return cycle::PutAwayIfOwed(options_);
}

std::optional<CycleId> CycleManager::Impl::RunnerId() {
  MutexLock lock(&mutex_);
  if (!runner_) return std::nullopt;
  return runner_->id();
}

bool CycleManager::Impl::WaitUntilIdle(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  MutexLock lock(&mutex_);
  while (runner_) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) return false;
    changed_.WaitFor(&mutex_, left);
  }
  return true;
}

// ---- One cycle ----

absl::StatusOr<v1::Cycle> CycleManager::Impl::Start(CycleTrigger trigger,
                                                    const v1::StartCycleRequest& request) {
  MutexLock starting(&starting_);
  {
    MutexLock lock(&mutex_);
    if (!is_open_) return absl::UnavailableError("the server is stopping");
  }
  RETURN_IF_ERROR(AwaitRunner());
  ASSIGN_OR_RETURN(std::vector<FrozenPlugin> plugins,
                   options_.plugins->ResolveAll(options_.config));
  RETURN_IF_ERROR(cycle::FreezeTokenizerMemory(options_.store, &plugins));
  const std::uint64_t seed = request.has_seed() ? request.seed() : options_.config.cycle().seed();
  CycleStart start;
  start.trigger = trigger;
  start.skip_training = request.skip_training();
  start.config_json = cycle::ToJson(options_.config);
  start.plugins_json = FrozenPluginsToJson(plugins);
  start.seed_of = [seed](CycleId number) { return SeedOf(seed, number); };
  ASSIGN_OR_RETURN(CycleProgress progress, options_.store->BeginCycle(start));
  ASSIGN_OR_RETURN(v1::Cycle started, cycle::ToProto(progress.cycle));
  Run(std::move(progress), /*is_resumed=*/false);
  return started;
}

absl::Status CycleManager::Impl::AwaitRunner() {
  const auto id = RunnerId();
  if (!id) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Cycle stored, options_.store->GetCycle(*id));
  if (stored.state == CycleState::kRunning) {
    return absl::FailedPreconditionError(
        StrCat("cycle ", *id, " is running: wait for its end, or amooz cycle cancel ", *id));
  }
  const auto deadline = std::chrono::steady_clock::now() + kPutAwayPatience;
  MutexLock lock(&mutex_);
  while (runner_) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) {
      return absl::FailedPreconditionError(
          StrCat("cycle ", *id, " is over, but old chats are still being retired: try again soon"));
    }
    changed_.WaitFor(&mutex_, left);
  }
  return is_open_ ? absl::OkStatus() : absl::UnavailableError("the server is stopping");
}

std::shared_ptr<CycleRunner> CycleManager::Impl::RunnerOf(CycleId id) {
  MutexLock lock(&mutex_);
  return runner_ && runner_->id() == id ? runner_ : nullptr;
}

absl::StatusOr<v1::Cycle> CycleManager::Impl::Cancel(CycleId id) {
  AMOOZ_FAILPOINT("cycle.cancel.called");
  std::shared_ptr<CycleRunner> runner;
  {
    MutexLock starting(&starting_);
    runner = RunnerOf(id);
    if (!runner) {
      ASSIGN_OR_RETURN(const Cycle stored, options_.store->GetCycle(id));
      if (stored.state != CycleState::kRunning) {
        return absl::FailedPreconditionError(
            StrCat("cycle ", id, " is over: ", CycleStateName(stored.state)));
      }
      // Its end could not be stored before, or it was not taken up yet.
      if (stored.stage >= Stage::kPromote) return cycle::TooLateToCancel(id);
      RETURN_IF_ERROR(EndCancelled(stored));
    }
  }
  absl::Status run;
  if (runner) {
    RETURN_IF_ERROR(runner->Cancel());
    MutexLock lock(&mutex_);
    while (runner_ == runner) changed_.Wait(&mutex_);
    run = last_run_;
  }
  ASSIGN_OR_RETURN(const Cycle ended, options_.store->GetCycle(id));
  if (ended.state == CycleState::kRunning) {
    if (run.ok()) {
      return absl::UnavailableError(
          StrCat("the server is stopping; cycle ", id, " goes on when it starts again"));
    }
    return absl::UnavailableError(StrCat(
        "cycle ", id, " is stopped, but its end could not be stored: ", std::string(run.message()),
        "; amoozd tries it again every ", options_.resume_pause.count(),
        " s; if it is restarted before, cancel again"));
  }
  if (ended.state != CycleState::kCancelled) {
    return absl::FailedPreconditionError(
        StrCat("cycle ", id, " was over before: ", CycleStateName(ended.state)));
  }
  return cycle::ToProto(ended);
}

absl::StatusOr<EventPage> CycleManager::Impl::ReadEvents(CycleId id, std::int64_t after,
                                                         std::int64_t limit) {
  // The state first: events that come with the end are then among those read.
  ASSIGN_OR_RETURN(const Cycle stored, options_.store->GetCycle(id));
  ASSIGN_OR_RETURN(const std::vector<CycleEvent> events,
                   options_.store->ReadEvents(id, after, limit));
  EventPage page;
  for (const CycleEvent& event : events) {
    ASSIGN_OR_RETURN(page.events.emplace_back(), cycle::ToProto(event));
  }
  page.is_over =
      stored.state != CycleState::kRunning && static_cast<std::int64_t>(events.size()) < limit;
  return page;
}

// ---- The schedule ----

absl::StatusOr<cycle::LookFacts> CycleManager::Impl::GatherLookFacts(cycle::TrainingNeed* need) {
  cycle::LookFacts facts;
  // One that waits to be taken up again runs too.
  ASSIGN_OR_RETURN(const std::vector<Cycle> newest, options_.store->ListCycles(0, 1));
  if (!newest.empty() && newest[0].state == CycleState::kRunning) {
    facts.running_cycle = newest[0].id;
  }
  ASSIGN_OR_RETURN(const ChatCounts chats, options_.store->CountChats());
  facts.unread_chats = chats.unread;
  facts.min_chats = options_.config.cycle().min_chats_for_learning();
  ASSIGN_OR_RETURN(const DatasetVersion latest, options_.store->LatestVersion());
  ASSIGN_OR_RETURN(*need, cycle::TrainingNeedOf(options_.store, latest.id, options_.config));
  facts.training_owed = need->is_owed;
  facts.changed_rows = need->changed_rows;
  return facts;
}

absl::StatusOr<bool> CycleManager::Impl::LookIfDue() {
  MutexLock looking(&looking_);
  RETURN_IF_ERROR(Resume());
  const std::int64_t now = options_.clock->NowMicros();
  ASSIGN_OR_RETURN(amooz::Schedule schedule, options_.store->GetSchedule());
  if (schedule.last_look_us.value_or(now) > now) {
    // The clock was set back: an interval counts from here, or nothing would be learned until the
    // clock is where it was.
    schedule.last_look_us = now;
    RETURN_IF_ERROR(options_.store->SetSchedule(schedule));
  }
  const auto next = cycle::NextLook(schedule, DefaultIntervalUs(), now);
  if (!next || now < *next) return false;
  cycle::TrainingNeed need;
  ASSIGN_OR_RETURN(const cycle::LookFacts facts, GatherLookFacts(&need));
  cycle::LookOutcome outcome = cycle::DecideLook(facts);
  // Written first: a crash in between costs one look, not a cycle at each restart.
  schedule.last_look_us = now;
  RETURN_IF_ERROR(options_.store->SetSchedule(schedule));
  if (outcome.starts) {
    const absl::Status started = Start(CycleTrigger::kSchedule, {}).status();
    if (!started.ok()) {
      outcome.starts = false;
      outcome.result = "a cycle was due but could not start: " + std::string(started.message());
    }
  }
  RETURN_IF_ERROR(options_.store->SetMeta(kLastLookResult, outcome.result));
  return outcome.starts;
}

absl::StatusOr<v1::Schedule> CycleManager::Impl::GetSchedule() {
  ASSIGN_OR_RETURN(const amooz::Schedule schedule, options_.store->GetSchedule());
  ASSIGN_OR_RETURN(const auto result, options_.store->GetMeta(kLastLookResult));
  v1::Schedule proto;
  proto.set_paused(schedule.paused);
  *proto.mutable_interval() =
      TimeUtil::MicrosecondsToDuration(schedule.interval_us.value_or(DefaultIntervalUs()));
  const auto next = cycle::NextLook(schedule, DefaultIntervalUs(), options_.clock->NowMicros());
  if (next) *proto.mutable_next_look() = TimeUtil::MicrosecondsToTimestamp(*next);
  if (result) {  // else it never looked: last_look_us is when the schedule began
    *proto.mutable_last_look() =
        TimeUtil::MicrosecondsToTimestamp(schedule.last_look_us.value_or(0));
    proto.set_last_look_result(*result);
  }
  return proto;
}

absl::StatusOr<v1::Schedule> CycleManager::Impl::UpdateSchedule(
    const v1::UpdateScheduleRequest& request) {
  {
    MutexLock looking(&looking_);
    ASSIGN_OR_RETURN(amooz::Schedule schedule, options_.store->GetSchedule());
    if (request.has_paused()) schedule.paused = request.paused();
    if (request.has_interval()) {
      const std::int64_t us = TimeUtil::DurationToMicroseconds(request.interval());
      if (us < kMinIntervalUs || us > kMaxIntervalUs) {
        return absl::InvalidArgumentError("interval: 1 s to 30 days");
      }
      schedule.interval_us = us;
    }
    RETURN_IF_ERROR(options_.store->SetSchedule(schedule));
  }
  return GetSchedule();
}

// ---- Status ----

absl::StatusOr<v1::GetServerStatusResponse> CycleManager::Impl::Status(const IngestFacts& ingest) {
  cycle::StatusFacts facts;
  cycle::TrainingNeed need;
  ASSIGN_OR_RETURN(facts.look, GatherLookFacts(&need));
  ASSIGN_OR_RETURN(const ChatCounts chats, options_.store->CountChats());
  ASSIGN_OR_RETURN(const amooz::Schedule schedule, options_.store->GetSchedule());
  ASSIGN_OR_RETURN(const DatasetVersion latest, options_.store->LatestVersion());
  ASSIGN_OR_RETURN(const ActiveModel active, options_.store->GetActiveModel());
  ASSIGN_OR_RETURN(const std::vector<Cycle> cycles, options_.store->ListCycles(0, 2));
  const std::int64_t now = options_.clock->NowMicros();
  facts.is_paused = schedule.paused;
  facts.next_look_in_us = cycle::NextLook(schedule, DefaultIntervalUs(), now).value_or(now) - now;
  facts.min_new_examples = options_.config.cycle().min_new_examples_to_train();
  facts.training_reason = need.reason;
  facts.has_active_model = !active.digest.empty();
  facts.is_disk_low = ingest.is_disk_low;
  facts.disk_free_percent = ingest.disk_free_percent;
  facts.ingest_error = ingest.last_error;
  facts.plugin_error =
      std::string(options_.plugins->ResolveAll(options_.config).status().message());
  if (facts.has_active_model) {
    ASSIGN_OR_RETURN(const Model model, options_.store->GetModel(active.digest));
    facts.active_model_failure = model.failure;
  }

  v1::GetServerStatusResponse response;
  for (const Cycle& one : cycles) {
    if (one.state == CycleState::kRunning || facts.last_cycle) continue;
    ASSIGN_OR_RETURN(*response.mutable_last_cycle(), cycle::ToProto(one));
    const v1::CycleSummary& summary = response.last_cycle().summary();
    facts.last_result = summary.trained() ? summary.promotion_reason() : summary.training_reason();
    facts.last_cycle = one;
  }
  response.set_unread_chats(static_cast<std::uint32_t>(chats.unread));
  response.set_min_chats_for_learning(facts.look.min_chats);
  response.set_total_chats(static_cast<std::uint32_t>(chats.total));
  ASSIGN_OR_RETURN(*response.mutable_schedule(), GetSchedule());
  if (facts.look.running_cycle) {
    response.set_running_cycle_id(static_cast<std::uint32_t>(*facts.look.running_cycle));
  }
  response.set_training_owed(need.is_owed);
  response.set_changed_rows(static_cast<std::uint32_t>(need.changed_rows));
  response.set_min_new_examples_to_train(facts.min_new_examples);
  response.set_dataset_version(static_cast<std::uint32_t>(latest.id));
  response.set_dataset_size(static_cast<std::uint32_t>(latest.rows.total()));
  response.set_active_model(active.digest);
  for (const std::string& sentence : cycle::Explain(facts)) response.add_explanations(sentence);
  for (const std::string& problem : cycle::Problems(facts)) response.add_problems(problem);
  for (const std::string& producer : ingest.connected_producers)
    response.add_connected_producers(producer);
  response.set_queued_chats(ingest.queued_chats);
  response.set_disk_free_percent(ingest.disk_free_percent);
  return response;
}

// ---- The public face ----

CycleManager::CycleManager(CycleManagerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
CycleManager::~CycleManager() = default;

absl::Status CycleManager::Open() { return impl_->Open(); }
void CycleManager::Close() { impl_->Close(); }

absl::StatusOr<v1::Cycle> CycleManager::Start(const v1::StartCycleRequest& request) {
  return impl_->Start(CycleTrigger::kManual, request);
}

absl::StatusOr<v1::Cycle> CycleManager::Get(CycleId id) {
  ASSIGN_OR_RETURN(const Cycle stored, impl_->store()->GetCycle(id));
  return cycle::ToProto(stored);
}

absl::StatusOr<v1::ListCyclesResponse> CycleManager::List(const v1::ListCyclesRequest& request) {
  ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const std::vector<Cycle> cycles,
                   impl_->store()->ListCycles(page.before, page.limit));
  v1::ListCyclesResponse response;
  for (const Cycle& stored : cycles) {
    ASSIGN_OR_RETURN(*response.add_cycles(), cycle::ToProto(stored));
  }
  if (!cycles.empty()) {
    response.set_next_page_token(NextPageToken(page, cycles.size(), cycles.back().id));
  }
  return response;
}

absl::StatusOr<v1::Cycle> CycleManager::Cancel(CycleId id) { return impl_->Cancel(id); }
absl::StatusOr<v1::CycleReport> CycleManager::Report(CycleId id) {
  return cycle::BuildReport(impl_->store(), id);
}
absl::StatusOr<EventPage> CycleManager::ReadEvents(CycleId id, std::int64_t after,
                                                   std::int64_t limit) {
  return impl_->ReadEvents(id, after, limit);
}
Subscription CycleManager::Watch(std::function<void()> on_change) {
  return impl_->listeners().Add(std::move(on_change));
}
absl::StatusOr<v1::Schedule> CycleManager::GetSchedule() { return impl_->GetSchedule(); }
absl::StatusOr<v1::Schedule> CycleManager::UpdateSchedule(
    const v1::UpdateScheduleRequest& request) {
  return impl_->UpdateSchedule(request);
}
absl::StatusOr<bool> CycleManager::LookIfDue() { return impl_->LookIfDue(); }
absl::StatusOr<v1::GetServerStatusResponse> CycleManager::Status(const IngestFacts& ingest) {
  return impl_->Status(ingest);
}
bool CycleManager::WaitUntilIdle(std::chrono::milliseconds timeout) {
  return impl_->WaitUntilIdle(timeout);
}

}  // namespace amooz
