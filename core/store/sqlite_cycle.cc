// The cycle: its row, its journal, its events, and what each stage's commit writes.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/store/sqlite_store.h"

namespace amooz::store {
namespace {

#define AMOOZ_STORE_CYCLE_SELECT                                                           \
  "SELECT c.id, c.state, c.cause, c.skip_training, c.stage, c.seed, c.config, c.plugins, " \
  "c.base_version, c.version, v.digest, c.candidate, c.started_us, c.ended_us, c.error, "  \
  "c.summary FROM cycles c LEFT JOIN versions v ON v.id = c.version "

Cycle CycleOf(const Query& query) {
  return {.id = query.Int(0),
          .state = query.As<CycleState>(1),
          .trigger = query.As<CycleTrigger>(2),
          .skip_training = query.Int(3) != 0,
          .stage = query.As<Stage>(4),
          .seed = static_cast<std::uint64_t>(query.Int(5)),
          .config_json = query.String(6),
          .plugins_json = query.String(7),
          .base_version = query.Int(8),
          .version = query.OptionalInt(9),
          .dataset_digest = query.String(10),
          .candidate_digest = query.String(11),
          .started_us = query.Int(12),
          .ended_us = query.OptionalInt(13),
          .error = query.String(14),
          .summary_json = query.String(15)};
}

absl::Status NoSuchCycle(CycleId id) {
  return absl::NotFoundError(StrCat("there is no cycle ", id));
}

std::string FailpointOf(Stage stage) { return StrCat("cycle.", StageName(stage)); }

// Tests prove with it that resuming needs the journal.
bool JournalIsDisabled() {
#ifdef AMOOZ_FAILPOINTS
  const char* value = std::getenv("AMOOZ_DISABLE_JOURNAL");
  return value != nullptr && std::string_view(value) == "1";
#else
  return false;
#endif
}

absl::Status InsertJournal(Connection* connection, CycleId id, Stage stage, std::int64_t time_us,
                           std::string_view result) {
  if (JournalIsDisabled()) return absl::OkStatus();
  Query insert(connection,
               "INSERT INTO journal (cycle_id, stage, time_us, result) VALUES (?, ?, ?, ?)");
  insert.Bind(1, id);
  insert.BindEnum(2, stage);
  insert.Bind(3, time_us);
  insert.BindBlob(4, result);
  return insert.Run();
}

// Every producer with unread chats, from its cursor to its newest chat. Chats that come later, and
// late ones below, wait for the next cycle or are refused: see AppendOutcome::kAlreadyPassed.
absl::StatusOr<std::vector<ProducerRange>> FreezeRanges(Connection* connection, CycleId id) {
  Query freeze(connection, "UPDATE producers SET frozen = high WHERE unread > 0");
  RETURN_IF_ERROR(freeze.Run());
  Query insert(connection,
               "INSERT INTO cycle_ranges (cycle_id, producer_id, from_exclusive, to_inclusive) "
               "SELECT ?, id, cursor, high FROM producers WHERE unread > 0");
  insert.Bind(1, id);
  RETURN_IF_ERROR(insert.Run());
  std::vector<ProducerRange> ranges;
  Query query(connection,
              "SELECT producer_id, from_exclusive, to_inclusive FROM cycle_ranges "
              "WHERE cycle_id = ? ORDER BY producer_id");
  query.Bind(1, id);
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return ranges;
    ranges.push_back({.producer_id = query.Int(0),
                      .from_exclusive = query.Int(1),
                      .to_inclusive = query.Int(2)});
  }
}

absl::StatusOr<CycleProgress> ReadProgress(Connection* connection, Cycle cycle) {
  CycleProgress progress{.cycle = std::move(cycle), .ranges = {}, .journal = {}};
  Query ranges(connection,
               "SELECT producer_id, from_exclusive, to_inclusive FROM cycle_ranges "
               "WHERE cycle_id = ? ORDER BY producer_id");
  ranges.Bind(1, progress.cycle.id);
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, ranges.Step());
    if (!has_row) break;
    progress.ranges.push_back({.producer_id = ranges.Int(0),
                               .from_exclusive = ranges.Int(1),
                               .to_inclusive = ranges.Int(2)});
  }
  Query journal(connection,
                "SELECT stage, time_us, result FROM journal WHERE cycle_id = ? ORDER BY stage");
  journal.Bind(1, progress.cycle.id);
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, journal.Step());
    if (!has_row) return progress;
    progress.journal.push_back(
        {.stage = journal.As<Stage>(0), .time_us = journal.Int(1), .result = journal.String(2)});
  }
}

// In chat id order, so that every insert is at the right edge.
absl::Status InsertDecisions(Connection* connection, CycleId id,
                             const std::vector<Decision>& decisions) {
  std::vector<std::uint32_t> order(decisions.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&decisions](std::uint32_t a, std::uint32_t b) {
    return decisions[a].chat_id < decisions[b].chat_id;
  });
  Query insert(connection,
               "INSERT INTO decisions (chat_id, cycle_id, outcome, score, points, points_of, "
               "points_needed, reason, issues, duplicate_of_chat, duplicate_of_example, "
               "example_id, evicted_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const std::uint32_t i : order) {
    const Decision& decision = decisions[i];
    insert.Bind(1, decision.chat_id);
    insert.Bind(2, id);
    insert.BindEnum(3, decision.outcome);
    insert.BindOptional(4, decision.score);
    insert.Bind(5, decision.points);
    insert.Bind(6, decision.of);
    insert.Bind(7, decision.needed);
    BindTextOrNull(&insert, 8, decision.reason);
    BindTextOrNull(&insert, 9, decision.issues);
    insert.BindOptional(10, decision.duplicate_of_chat);
    insert.BindOptional(11, decision.duplicate_of_example);
    insert.BindOptional(12, decision.example_id);
    insert.BindOptional(13, decision.evicted_in);
    RETURN_IF_ERROR(insert.Run());
  }
  if (decisions.empty()) return absl::OkStatus();
  Query bounds(connection, "UPDATE cycles SET first_chat = ?, last_chat = ? WHERE id = ?");
  bounds.Bind(1, decisions[order.front()].chat_id);
  bounds.Bind(2, decisions[order.back()].chat_id);
  bounds.Bind(3, id);
  return bounds.Run();
}

// Rule 8: every chat of the ranges has got a decision now; only then do the cursors move.
absl::Status AdvanceCursors(Connection* connection, CycleId id, std::int64_t decisions) {
  // Both counts are index lookups: chats_key, and decisions' own key.
  Query decided(connection,
                "SELECT count(*), ifnull(sum(EXISTS (SELECT 1 FROM decisions d WHERE "
                "d.chat_id = c.id AND d.cycle_id = ?1)), 0) "
                "FROM cycle_ranges r JOIN chats c ON c.producer_id = r.producer_id "
                "AND c.seq > r.from_exclusive AND c.seq <= r.to_inclusive WHERE r.cycle_id = ?1");
  decided.Bind(1, id);
  RETURN_IF_ERROR(decided.Step().status());
  if (decided.Int(0) != decisions || decided.Int(1) != decisions) {
    return absl::InternalError(StrCat("store: cycle ", id, " froze ", decided.Int(0),
                                      " chats but decided on ", decisions, ", ", decided.Int(1),
                                      " of them frozen"));
  }
  Query advance(connection,
                "UPDATE producers SET cursor = r.to_inclusive, frozen = 0, "
                "unread = unread - (SELECT count(*) FROM chats c WHERE "
                "c.producer_id = r.producer_id AND c.seq > r.from_exclusive "
                "AND c.seq <= r.to_inclusive) "
                "FROM cycle_ranges r WHERE r.cycle_id = ? AND r.producer_id = producers.id");
  advance.Bind(1, id);
  return advance.Run();
}

absl::Status SetVersionOfCycle(Connection* connection, CycleId id, VersionId version) {
  Query update(connection, "UPDATE cycles SET version = ? WHERE id = ?");
  update.Bind(1, version);
  update.Bind(2, id);
  return update.Run();
}

absl::Status UpsertCandidate(Connection* connection, const Cycle& cycle, const NewModel& model,
                             std::int64_t now_us) {
  Query upsert(
      connection,
      "INSERT INTO models (digest, state, cycle_id, dataset_version, base_digest, trainer, "
      "artifact_format, size_bytes, training, created_us) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
      "ON CONFLICT (digest) DO UPDATE SET cycle_id = ?3, dataset_version = ?4, base_digest = ?5, "
      "training = ?9, gate = NULL, failure = NULL, state = iif(state = ?11, state, ?2)");
  upsert.Bind(1, model.digest);
  upsert.BindEnum(2, ModelState::kCandidate);
  upsert.Bind(3, cycle.id);
  upsert.Bind(4, cycle.version.value_or(0));
  BindTextOrNull(&upsert, 5, model.base_digest);
  upsert.Bind(6, model.trainer);
  upsert.Bind(7, model.artifact_format);
  upsert.Bind(8, model.size_bytes);
  upsert.Bind(9, model.training_json);
  upsert.Bind(10, now_us);
  upsert.BindEnum(11, ModelState::kActive);
  RETURN_IF_ERROR(upsert.Run());
  Query remember(connection, "UPDATE cycles SET candidate = ? WHERE id = ?");
  remember.Bind(1, model.digest);
  remember.Bind(2, cycle.id);
  return remember.Run();
}

absl::Status RejectCandidateOf(Connection* connection, CycleId id) {
  Query reject(connection, "UPDATE models SET state = ? WHERE cycle_id = ? AND state = ?");
  reject.BindEnum(1, ModelState::kRejected);
  reject.Bind(2, id);
  reject.BindEnum(3, ModelState::kCandidate);
  return reject.Run();
}

absl::StatusOr<Cycle> RequireCycle(Connection* connection, CycleId id) {
  ASSIGN_OR_RETURN(auto cycle, ReadCycle(connection, id));
  if (!cycle) return NoSuchCycle(id);
  return *std::move(cycle);
}

absl::StatusOr<Cycle> RequireRunning(Connection* connection, CycleId id) {
  ASSIGN_OR_RETURN(Cycle cycle, RequireCycle(connection, id));
  if (cycle.state != CycleState::kRunning) {
    return absl::FailedPreconditionError(
        StrCat("cycle ", id, " is over: it ", CycleStateName(cycle.state)));
  }
  return cycle;
}

}  // namespace

absl::StatusOr<std::optional<Cycle>> ReadCycle(Connection* connection, CycleId id) {
  Query query(connection, AMOOZ_STORE_CYCLE_SELECT "WHERE c.id = ?");
  query.Bind(1, id);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return CycleOf(query);
}

absl::StatusOr<std::optional<CycleId>> ReadRunningCycleId(Connection* connection) {
  Query query(connection, "SELECT id FROM cycles WHERE state = 1");
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return query.Int(0);
}

// ---- Beginning, going on, ending ----

absl::StatusOr<CycleProgress> SqliteStore::BeginCycle(const CycleStart& start) {
  CycleProgress progress;
  RETURN_IF_ERROR(Write(
      [&](Connection* connection) -> absl::Status {
        ASSIGN_OR_RETURN(const auto running, ReadRunningCycleId(connection));
        if (running) {
          return absl::FailedPreconditionError(StrCat("cycle ", *running,
                                                      " is running; watch it (`amooz cycle watch ",
                                                      *running, "`), or cancel it"));
        }
        ASSIGN_OR_RETURN(const DatasetVersion base, ReadLatestVersion(connection));
        Query last(connection, "SELECT ifnull(max(id), 0) FROM cycles");
        RETURN_IF_ERROR(last.Step().status());
        const CycleId id = last.Int(0) + 1;
        const std::int64_t now_us = clock_->NowMicros();
        Query insert(connection,
                     "INSERT INTO cycles (id, state, cause, skip_training, stage, seed, config, "
                     "plugins, base_version, owes_training, started_us) "
                     "VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, 0, ?)");
        insert.Bind(1, id);
        insert.BindEnum(2, start.trigger);
        insert.Bind(3, std::int64_t{start.skip_training});
        insert.BindEnum(4, Stage::kCollect);
        insert.Bind(5, static_cast<std::int64_t>(start.seed_of(id)));
        insert.Bind(6, start.config_json);
        insert.Bind(7, start.plugins_json);
        insert.Bind(8, base.id);
        insert.Bind(9, now_us);
        RETURN_IF_ERROR(insert.Run());
        RETURN_IF_ERROR(FreezeRanges(connection, id).status());
        RETURN_IF_ERROR(InsertJournal(connection, id, Stage::kCollect, now_us, ""));
        ASSIGN_OR_RETURN(Cycle cycle, RequireCycle(connection, id));
        ASSIGN_OR_RETURN(progress, ReadProgress(connection, std::move(cycle)));
        return absl::OkStatus();
      },
      FailpointOf(Stage::kCollect)));
  return progress;
}

absl::StatusOr<std::optional<CycleProgress>> SqliteStore::RunningCycle() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  ASSIGN_OR_RETURN(const auto id, ReadRunningCycleId(reading->connection()));
  if (!id) return std::nullopt;
  ASSIGN_OR_RETURN(Cycle cycle, RequireCycle(reading->connection(), *id));
  ASSIGN_OR_RETURN(CycleProgress progress, ReadProgress(reading->connection(), std::move(cycle)));
  return progress;
}

absl::Status SqliteStore::CloseCycle(Connection* connection, CycleId id, CycleState state,
                                     std::string_view error, const std::string* summary_json) {
  Query close(connection,
              "UPDATE cycles SET state = ?, ended_us = ?, error = ?, summary = ? WHERE id = ?");
  close.BindEnum(1, state);
  close.Bind(2, clock_->NowMicros());
  BindTextOrNull(&close, 3, error);
  summary_json != nullptr ? close.Bind(4, *summary_json) : close.BindNull(4);
  close.Bind(5, id);
  RETURN_IF_ERROR(close.Run());
  Query forget(connection, "UPDATE journal SET result = NULL WHERE cycle_id = ?");
  forget.Bind(1, id);
  RETURN_IF_ERROR(forget.Run());
  Query thaw(connection, "UPDATE producers SET frozen = 0 WHERE frozen > 0");
  RETURN_IF_ERROR(thaw.Run());
  return RejectCandidateOf(connection, id);
}

absl::Status SqliteStore::FinishCycle(const StageCommit& commit, const std::string& summary_json) {
  return Write(
      [&](Connection* connection) -> absl::Status {
        RETURN_IF_ERROR(RecordStage(connection, commit));
        return CloseCycle(connection, commit.cycle_id, CycleState::kFinished, "", &summary_json);
      },
      FailpointOf(commit.stage));
}

absl::Status SqliteStore::EndCycle(CycleId id, CycleState state, const std::string& error,
                                   absl::Span<const NewEvent> events) {
  if (state != CycleState::kFailed && state != CycleState::kCancelled) {
    return absl::InvalidArgumentError("store: EndCycle is for failed and cancelled cycles");
  }
  return Write(
      [&](Connection* connection) -> absl::Status {
        RETURN_IF_ERROR(RequireRunning(connection, id).status());
        std::int64_t first = 0;
        RETURN_IF_ERROR(InsertEvents(connection, id, events, &first));
        // Rule 3, also if a candidate was made: nobody measured it to the end. But for one whose
        // promotion was decided; what fails after that owes no training.
        Query owe(connection, "UPDATE cycles SET owes_training = 1 WHERE id = ? AND stage < ?");
        owe.Bind(1, id);
        owe.BindEnum(2, Stage::kPromote);
        RETURN_IF_ERROR(owe.Run());
        return CloseCycle(connection, id, state, error, nullptr);
      },
      "cycle.end");
}

// ---- Stages ----

absl::Status SqliteStore::RecordStage(Connection* connection, const StageCommit& commit) {
  ASSIGN_OR_RETURN(const Cycle cycle, RequireRunning(connection, commit.cycle_id));
  if (commit.stage <= cycle.stage) {
    return absl::FailedPreconditionError(StrCat("cycle ", cycle.id, " has stored its ",
                                                StageName(cycle.stage), " already; ",
                                                StageName(commit.stage), " comes too late"));
  }
  RETURN_IF_ERROR(
      InsertJournal(connection, commit.cycle_id, commit.stage, clock_->NowMicros(), commit.result));
  Query advance(connection, "UPDATE cycles SET stage = ? WHERE id = ?");
  advance.BindEnum(1, commit.stage);
  advance.Bind(2, commit.cycle_id);
  RETURN_IF_ERROR(advance.Run());
  std::int64_t first = 0;
  return InsertEvents(connection, commit.cycle_id, commit.events, &first);
}

absl::Status SqliteStore::CommitStage(const StageCommit& commit) {
  return Write([&](Connection* connection) { return RecordStage(connection, commit); },
               FailpointOf(commit.stage));
}

absl::StatusOr<DatasetVersion> SqliteStore::CommitSnapshot(const StageCommit& commit,
                                                           const Snapshot& snapshot) {
  DatasetVersion version;
  RETURN_IF_ERROR(Write(
      [&](Connection* connection) -> absl::Status {
        RETURN_IF_ERROR(RecordStage(connection, commit));
        RETURN_IF_ERROR(InsertDecisions(connection, commit.cycle_id, snapshot.decisions));
        RETURN_IF_ERROR(AdvanceCursors(connection, commit.cycle_id,
                                       static_cast<std::int64_t>(snapshot.decisions.size())));
        if (snapshot.change) {
          DatasetVersion made;
          made.cycle_id = commit.cycle_id;
          ASSIGN_OR_RETURN(version, ApplyChange(connection, *snapshot.change, made));
        } else {
          ASSIGN_OR_RETURN(version, ReadLatestVersion(connection));
        }
        return SetVersionOfCycle(connection, commit.cycle_id, version.id);
      },
      FailpointOf(commit.stage)));
  return version;
}

absl::Status SqliteStore::CommitTrain(const StageCommit& commit,
                                      const std::optional<NewModel>& candidate) {
  return Write(
      [&](Connection* connection) -> absl::Status {
        RETURN_IF_ERROR(RecordStage(connection, commit));
        if (!candidate) return absl::OkStatus();
        ASSIGN_OR_RETURN(const Cycle cycle, RequireCycle(connection, commit.cycle_id));
        return UpsertCandidate(connection, cycle, *candidate, clock_->NowMicros());
      },
      FailpointOf(commit.stage));
}

absl::Status SqliteStore::CommitEvaluate(const StageCommit& commit, const std::string& gate_json) {
  return Write(
      [&](Connection* connection) -> absl::Status {
        RETURN_IF_ERROR(RecordStage(connection, commit));
        Query update(connection,
                     "UPDATE models SET gate = ?1 WHERE digest = "
                     "(SELECT candidate FROM cycles WHERE id = ?2)");
        BindTextOrNull(&update, 1, gate_json);
        update.Bind(2, commit.cycle_id);
        return update.Run();
      },
      FailpointOf(commit.stage));
}

absl::StatusOr<PromoteOutcome> SqliteStore::CommitPromote(
    const StageCommit& commit, const std::optional<PromotionRequest>& request) {
  PromoteOutcome outcome;
  RETURN_IF_ERROR(Write(
      [&](Connection* connection) -> absl::Status {
        RETURN_IF_ERROR(RecordStage(connection, commit));
        if (!request) return RejectCandidateOf(connection, commit.cycle_id);
        ASSIGN_OR_RETURN(const ActiveModel active, ReadActiveModel(connection));
        if (active.digest != request->expected_active) {
          outcome.active_changed = true;
          Query owe(connection, "UPDATE cycles SET owes_training = 1 WHERE id = ?");
          owe.Bind(1, commit.cycle_id);
          RETURN_IF_ERROR(owe.Run());
          return RejectCandidateOf(connection, commit.cycle_id);
        }
        if (active.digest == request->digest) return absl::OkStatus();
        ASSIGN_OR_RETURN(outcome.promotion, Promote(connection, *request, commit.cycle_id));
        return absl::OkStatus();
      },
      FailpointOf(commit.stage)));
  return outcome;
}

// ---- Reading cycles ----

absl::StatusOr<Cycle> SqliteStore::GetCycle(CycleId id) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  return RequireCycle(reading->connection(), id);
}

absl::StatusOr<std::vector<Cycle>> SqliteStore::ListCycles(CycleId before, std::int64_t limit) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              AMOOZ_STORE_CYCLE_SELECT "WHERE c.id < ? ORDER BY c.id DESC LIMIT ?");
  query.Bind(1, before > 0 ? before : std::numeric_limits<std::int64_t>::max());
  query.Bind(2, limit);
  std::vector<Cycle> cycles;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return cycles;
    cycles.push_back(CycleOf(query));
  }
}

absl::StatusOr<CycleProgress> SqliteStore::GetCycleProgress(CycleId id) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  ASSIGN_OR_RETURN(Cycle cycle, RequireCycle(reading->connection(), id));
  return ReadProgress(reading->connection(), std::move(cycle));
}

absl::StatusOr<std::vector<Decision>> SqliteStore::ListDecisions(CycleId id) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  RETURN_IF_ERROR(RequireCycle(reading->connection(), id).status());
  Query query(reading->connection(), AMOOZ_STORE_DECISION_SELECT
              "WHERE chat_id >= (SELECT first_chat FROM cycles WHERE id = ?1) "
              "AND chat_id <= (SELECT last_chat FROM cycles WHERE id = ?1) "
              "AND cycle_id = ?1 ORDER BY chat_id");
  query.Bind(1, id);
  std::vector<Decision> decisions;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return decisions;
    decisions.push_back(DecisionOf(query));
  }
}

absl::StatusOr<VersionId> SqliteStore::LastTrainedVersion() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              "SELECT version FROM cycles WHERE candidate IS NOT NULL AND owes_training = 0 "
              "ORDER BY id DESC LIMIT 1");
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  return exists ? query.Int(0) : VersionId{0};
}

// ---- Events ----

absl::Status SqliteStore::InsertEvents(Connection* connection, CycleId id,
                                       absl::Span<const NewEvent> events, std::int64_t* first) {
  Query last(connection, "SELECT ifnull(max(number), 0) FROM cycle_events WHERE cycle_id = ?");
  last.Bind(1, id);
  RETURN_IF_ERROR(last.Step().status());
  std::int64_t number = last.Int(0);
  *first = number + 1;
  const std::int64_t now_us = clock_->NowMicros();
  Query insert(connection,
               "INSERT INTO cycle_events (cycle_id, number, time_us, stage, kind, payload) "
               "VALUES (?, ?, ?, ?, ?, ?)");
  for (const NewEvent& event : events) {
    insert.Bind(1, id);
    insert.Bind(2, ++number);
    insert.Bind(3, event.time_us != 0 ? event.time_us : now_us);
    insert.BindEnum(4, event.stage);
    insert.Bind(5, event.kind);
    insert.Bind(6, event.payload);
    RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> SqliteStore::AppendEvents(CycleId id,
                                                       absl::Span<const NewEvent> events) {
  std::int64_t first = 0;
  RETURN_IF_ERROR(Write([&](Connection* connection) -> absl::Status {
    RETURN_IF_ERROR(RequireCycle(connection, id).status());
    RETURN_IF_ERROR(InsertEvents(connection, id, events, &first));
    return events.empty() ? NothingToWrite() : absl::OkStatus();
  }));
  return first;
}

absl::StatusOr<std::vector<CycleEvent>> SqliteStore::ReadEvents(CycleId id, std::int64_t after,
                                                                std::int64_t limit) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              "SELECT number, time_us, stage, kind, payload FROM cycle_events "
              "WHERE cycle_id = ? AND number > ? ORDER BY number LIMIT ?");
  query.Bind(1, id);
  query.Bind(2, after);
  query.Bind(3, limit);
  std::vector<CycleEvent> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return events;
    events.push_back({.number = query.Int(0),
                      .time_us = query.Int(1),
                      .stage = query.As<Stage>(2),
                      .kind = query.String(3),
                      .payload = query.String(4)});
  }
}

}  // namespace amooz::store
