// Everything that lasts, but artifacts, behind one interface in domain operations. SQLite is the
// embedded implementation (OpenSqliteStore); no SQL is known above this header.
//
// The life of a cycle, as the store sees it (each line is one transaction):
//   BeginCycle                     collect: freezes ranges, config, plugins, seed
//   CommitStage  x4                score, select, vary, merge: a result each
//   CommitSnapshot                 decisions, examples, version, cursors: all become visible here
//   CommitTrain, CommitEvaluate, CommitPromote
//   FinishCycle                    report: the summary; the journal's results go
// or EndCycle (failed, cancelled) anywhere before. After a restart RunningCycle() tells where to
// go on: at the first stage without a journal entry.
//
// Guarantees
//  1. Thread-safe. Reads see one consistent state each and never wait for a writer. Writers take
//     turns; a call that returns OK is durable (WAL, synchronous=FULL).
//  2. A call that fails changed nothing.
//  3. Errors: RESOURCE_EXHAUSTED the disk is full (free some; the store goes on), DATA_LOSS the
//     database is damaged (the message says what to do), NOT_FOUND, FAILED_PRECONDITION,
//     INVALID_ARGUMENT; INTERNAL otherwise. No message holds a chat's text, SQL or a path outside
//     the data folder.
//  4. Test builds (AMOOZ_FAILPOINTS) pass "X.before_commit" and "X.after_commit" around commits,
//     where X is cycle.<stage>, cycle.end (EndCycle), ingest (AppendChats), promotion
//     (ChangeActiveModel) or retention (each batch of RetireChatTexts);
//     AMOOZ_DISABLE_JOURNAL=1 then suppresses the journal's rows, to prove that a test needs them.
//
// Not here: files of artifacts (core/model), notifications (whoever commits tells), plugin calls.
#ifndef AMOOZ_CORE_STORE_STORE_H_
#define AMOOZ_CORE_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/domain.h"
#include "sdk/base/clock.h"

namespace amooz {

// ---- Ingest ----

struct NewChat {
  ProducerId producer_id = 0;
  std::int64_t seq = 0;
  ChatContent content{};
};

enum class AppendOutcome : std::int32_t {
  kStored = 0,
  kAlreadyStored = 1,  // same seq, same content
  kOtherContent = 2,   // same seq, other content: ALREADY_EXISTS to the producer (rule 25)
  kAlreadyPassed = 3,  // new, but a cycle has read this producer beyond this seq already: it would
                       // never be read, so it is refused; the producer must use a higher seq
};

// ---- Reading chats ----

// A chat as people look at it: what is left of it, and what was decided.
struct ChatRecord {
  ChatId id = 0;
  ChatKey key{};
  std::string client_id{};
  std::string digest{};  // of the content
  std::int64_t received_us = 0;
  bool is_retired = false;
  ChatContent content{};               // if retired: only client_id is set
  std::optional<Decision> decision{};  // nullopt: unread
  Outcome outcome() const { return decision ? decision->outcome : Outcome::kUnread; }
};

struct ChatFilter {
  std::string producer{};            // "" = all; a file's may be cut as in FindChats
  std::string source{};              // "" = all; retired chats have none
  std::optional<Outcome> outcome{};  // kUnread: those without a decision
};

struct ChatPage {
  std::vector<ChatRecord> chats{};
  ChatId next_before = 0;  // pass as `before` for the next page; 0 at the end
};

struct ChatExplanation {
  ChatRecord chat{};
  std::optional<Example> example{};  // what it became
  // Names of what the decision points to.
  std::optional<ChatKey> duplicate_of_chat{};
};

struct ChatCounts {
  std::int64_t total = 0;  // retired ones included
  std::int64_t unread = 0;
};

// ---- Dataset ----

struct SplitChange {
  ExampleId example_id = 0;
  Split split = Split::kExcluded;
  Exclusion exclusion = Exclusion::kNone;
};

// How a new version differs from the latest one.
struct VersionChange {
  VersionId base_version = 0;         // must be the latest: else ABORTED, and nothing is written
  std::vector<Example> added{};       // in insertion order; ids rise from NextExampleId() on.
                                      // created_in and evicted_in are ignored
  std::vector<ExampleId> removed{};   // rows of the base version
  std::vector<SplitChange> splits{};  // rows of the base version that stay
  std::string digest{};               // of the new version's canonical rows
};

struct ImportRequest {
  std::string file_digest{};  // remembered: the same file again adds nothing
  std::string file_name{};
  VersionChange change{};
};

struct ImportOutcome {
  DatasetVersion version{};       // the new one, or the earlier import's
  bool already_imported = false;  // nothing was added
};

struct VersionDiff {
  // Counts of rows that are in one version only, whatever their split.
  std::int64_t added_count = 0, removed_count = 0;
  // Of those, train and validation rows (rule 7). A row whose split changed between the two counts
  // as removed or added where that moved it out of or into {train, validation}.
  std::int64_t training_added = 0, training_removed = 0;
  std::vector<Example> added{}, removed{};  // the first `limit` of each
};

// ---- Cycle ----

struct NewEvent {
  Stage stage = Stage::kCollect;
  std::string kind{};
  std::string payload{};     // JSON text
  std::int64_t time_us = 0;  // 0: now
};

struct CycleStart {
  CycleTrigger trigger = CycleTrigger::kManual;
  bool skip_training = false;
  std::string config_json{};
  std::string plugins_json{};
  // The cycle's seed from its number, e.g. hash(cycle.seed, number). Called once, in the
  // transaction; must not call the store.
  std::function<std::uint64_t(CycleId number)> seed_of{};
};

// A cycle that a restart finds under way.
struct CycleProgress {
  Cycle cycle{};
  std::vector<ProducerRange> ranges{};  // frozen; only producers that have unread chats
  std::vector<JournalEntry> journal{};  // by stage; collect's is always there
};

struct StageCommit {
  CycleId cycle_id = 0;
  Stage stage = Stage::kScore;
  std::string result{};            // kept until the cycle is over
  std::vector<NewEvent> events{};  // appended in the same transaction; may be empty
};

struct Snapshot {
  std::vector<Decision> decisions{};      // exactly one for each chat of the ranges, any order
  std::optional<VersionChange> change{};  // nullopt: the dataset stays as it is, and the cycle's
                                          // `version` is its base version
};

struct NewModel {
  std::string digest{};
  std::string base_digest{};
  std::string trainer{};
  std::string artifact_format{};
  std::int64_t size_bytes = 0;
  std::string training_json{};
};

struct PromotionRequest {
  std::string digest{};           // a model whose files are there
  std::string expected_active{};  // what it was compared with; "" = no active model
  PromotionKind kind = PromotionKind::kGate;
  std::string reason{};
};

struct PromoteOutcome {
  // nullopt: not promoted.
  std::optional<Promotion> promotion{};
  // The active model was no longer the expected one: not promoted, and training is owed (rule 24).
  bool active_changed = false;
};

class Store {
 public:
  virtual ~Store() = default;

  // ---- Facts of the store itself ----
  // The 32 bytes that the keyed splits use; made with the store, never changed (rule 13).
  virtual const std::string& split_key() const = 0;
  // Small values of other modules, by name ("cycle.tokenizer", say).
  virtual absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) = 0;
  virtual absl::Status SetMeta(std::string_view name, std::string_view value) = 0;

  // ---- Ingest ----
  // The producer of that name; made if new.
  virtual absl::StatusOr<ProducerId> EnsureProducer(std::string_view name) = 0;
  // One transaction for all, of any producers; one outcome a chat, in order. What is not kStored
  // changed nothing. Texts must be valid UTF-8 (core/ingest checks).
  virtual absl::StatusOr<std::vector<AppendOutcome>> AppendChats(
      absl::Span<const NewChat> chats) = 0;

  // ---- Chats ----
  virtual absl::StatusOr<std::vector<Producer>> ListProducers() = 0;  // by id
  // Does not scan: cost grows with the number of producers alone.
  virtual absl::StatusOr<ChatCounts> CountChats() = 0;
  // The chats of the ranges in the cycle's order: time, producer's name, seq (rule 1). Retired ones
  // cannot be among them: only read chats are retired.
  virtual absl::StatusOr<std::vector<Chat>> ReadChats(absl::Span<const ProducerRange> ranges) = 0;
  // Newest first in ingest order: chats with id < before (0: from the newest), at most `limit`.
  virtual absl::StatusOr<ChatPage> ListChats(const ChatFilter& filter, ChatId before,
                                             std::int64_t limit) = 0;
  // "producer/seq", or a client id. All that bear it, oldest first; empty if none does. Of a
  // producer "file:<digest>" 4 digits will do; INVALID_ARGUMENT if several begin with those given.
  virtual absl::StatusOr<std::vector<ChatKey>> FindChats(std::string_view id) = 0;
  // NOT_FOUND if there is no such chat.
  virtual absl::StatusOr<ChatExplanation> ExplainChat(const ChatKey& key) = 0;
  // Deletes the texts of read chats but those of the newest `keep` in ingest order; digests and
  // decisions stay (rule 27). Returns how many were retired. Several short transactions: another
  // writer waits for one at most.
  virtual absl::StatusOr<std::int64_t> RetireChatTexts(std::int64_t keep) = 0;

  // ---- Dataset ----
  virtual absl::StatusOr<ExampleId> NextExampleId() = 0;
  // id 0, digest "" and no rows while there is none.
  virtual absl::StatusOr<DatasetVersion> LatestVersion() = 0;
  virtual absl::StatusOr<DatasetVersion> GetVersion(VersionId id) = 0;
  // Newest first: versions with id < before (0: from the newest).
  virtual absl::StatusOr<std::vector<DatasetVersion>> ListVersions(VersionId before,
                                                                   std::int64_t limit) = 0;
  // Rows of a version in insertion order, with the split that they had in it; only those behind
  // `after`, so that a reader may take a page at a time. Stops early when `visit` fails and returns
  // what it returned. `visit` must not call the store. Version 0 has no rows.
  virtual absl::Status VisitVersion(VersionId id,
                                    const std::function<absl::Status(Example&&)>& visit,
                                    ExampleId after = 0) = 0;
  virtual absl::StatusOr<std::vector<Example>> ReadVersion(VersionId id) = 0;
  // Keys of every row that ever was in train or validation, of all versions (rule 13). Dataset keys
  // are included though nobody needs them.
  virtual absl::StatusOr<std::vector<ExampleKeys>> EverTrainedKeys() = 0;
  // As it is now. NOT_FOUND.
  virtual absl::StatusOr<Example> GetExample(ExampleId id) = 0;
  virtual absl::StatusOr<VersionDiff> DiffVersions(VersionId from, VersionId to,
                                                   std::int64_t limit) = 0;
  // The version made by an earlier import of this file, if any. Lets a caller answer before it
  // computes a change.
  virtual absl::StatusOr<std::optional<DatasetVersion>> FindImport(
      std::string_view file_digest) = 0;
  // A version of its own. FAILED_PRECONDITION with the running cycle's id between its collect and
  // its snapshot (rule 5); ABORTED if the base version is no longer the latest.
  virtual absl::StatusOr<ImportOutcome> ImportExamples(const ImportRequest& request) = 0;

  // ---- Cycle ----
  // FAILED_PRECONDITION with the running one's id if one runs (rule 5).
  virtual absl::StatusOr<CycleProgress> BeginCycle(const CycleStart& start) = 0;
  virtual absl::StatusOr<std::optional<CycleProgress>> RunningCycle() = 0;
  // All CommitX: FAILED_PRECONDITION if the cycle is not running or the stage is not after the last
  // one committed.
  virtual absl::Status CommitStage(const StageCommit& commit) = 0;
  // Returns the version that the cycle ended with.
  virtual absl::StatusOr<DatasetVersion> CommitSnapshot(const StageCommit& commit,
                                                        const Snapshot& snapshot) = 0;
  // nullopt: nothing was trained. A digest that exists already (equal weights) keeps its row; it is
  // a candidate again unless it is active.
  virtual absl::Status CommitTrain(const StageCommit& commit,
                                   const std::optional<NewModel>& candidate) = 0;
  // Keeps the gate's figures with the candidate; "" if nothing was compared.
  virtual absl::Status CommitEvaluate(const StageCommit& commit, const std::string& gate_json) = 0;
  // nullopt: the candidate, if there is one, is rejected. With a request, checks the active model
  // first (rule 24).
  virtual absl::StatusOr<PromoteOutcome> CommitPromote(
      const StageCommit& commit, const std::optional<PromotionRequest>& request) = 0;
  // report: stores the summary and ends the cycle as finished. May follow snapshot directly
  // (skip_training).
  virtual absl::Status FinishCycle(const StageCommit& commit, const std::string& summary_json) = 0;
  // Ends a running cycle as kFailed or kCancelled. Its undecided candidate becomes rejected. What
  // snapshot committed stays.
  virtual absl::Status EndCycle(CycleId id, CycleState state, const std::string& error,
                                absl::Span<const NewEvent> events) = 0;

  virtual absl::StatusOr<Cycle> GetCycle(CycleId id) = 0;
  // Newest first: cycles with id < before (0: from the newest).
  virtual absl::StatusOr<std::vector<Cycle>> ListCycles(CycleId before, std::int64_t limit) = 0;
  // Frozen ranges and journal of any cycle; results are there only while it runs.
  virtual absl::StatusOr<CycleProgress> GetCycleProgress(CycleId id) = 0;
  // Decisions of a cycle by chat id: for reports.
  virtual absl::StatusOr<std::vector<Decision>> ListDecisions(CycleId id) = 0;
  // Numbers them after those already there; returns the first number. Works on an ended cycle too.
  virtual absl::StatusOr<std::int64_t> AppendEvents(CycleId id,
                                                    absl::Span<const NewEvent> events) = 0;
  // Events with number > after, in order, at most `limit`.
  virtual absl::StatusOr<std::vector<CycleEvent>> ReadEvents(CycleId id, std::int64_t after,
                                                             std::int64_t limit) = 0;
  // The dataset version of the last finished candidate: what "owed" counts from (rule 7).
  // Candidates that lost to `active_changed` do not count. 0 if there is none.
  virtual absl::StatusOr<VersionId> LastTrainedVersion() = 0;

  // ---- Models ----
  // A digest, a beginning of one (at least 4 digits) or "active". NOT_FOUND; INVALID_ARGUMENT if it
  // names several.
  virtual absl::StatusOr<Model> GetModel(std::string_view digest_or_prefix) = 0;
  // Newest first: models with number < before (0: from the newest).
  virtual absl::StatusOr<std::vector<Model>> ListModels(std::int64_t before,
                                                        std::int64_t limit) = 0;
  virtual absl::StatusOr<ActiveModel> GetActiveModel() = 0;
  // Newest first; of one model if `digest` is given (full).
  virtual absl::StatusOr<std::vector<Promotion>> ListPromotions(std::string_view digest) = 0;
  // What `model rollback` without an id goes back to: the model that was active before the present
  // one was promoted (a rollback is no promotion, so rolling back twice goes back two). NOT_FOUND
  // if there is none.
  virtual absl::StatusOr<std::string> RollbackTarget() = 0;
  // By hand or rollback, outside a cycle; expected_active is not looked at. FAILED_PRECONDITION if
  // the model's files were deleted or it is active already.
  virtual absl::StatusOr<Promotion> ChangeActiveModel(const PromotionRequest& request) = 0;
  virtual absl::Status SetModelFailure(std::string_view digest, std::string_view failure) = 0;
  // Models whose files may go (rule 24): neither active, nor a candidate, nor among the last
  // `keep_promoted` different ones promoted, nor among the newest `keep_rejected` rejected. Full
  // digests, oldest first.
  virtual absl::StatusOr<std::vector<std::string>> ModelsToDelete(std::int64_t keep_promoted,
                                                                  std::int64_t keep_rejected) = 0;
  // Say so before deleting the files. FAILED_PRECONDITION if it is active.
  virtual absl::Status MarkModelDeleted(std::string_view digest) = 0;

  // ---- Schedule ----
  virtual absl::StatusOr<Schedule> GetSchedule() = 0;
  virtual absl::Status SetSchedule(const Schedule& schedule) = 0;
};

struct StoreOptions {
  // Where amooz.db lies; made if missing. Locked while the store is open (FAILED_PRECONDITION
  // "data folder in use by another amoozd"). The folder of an amooz-chat is refused likewise, and
  // nothing is made in it.
  std::string data_dir{};
  // For a new store: "" makes a random split key; else it is derived from this text, so that splits
  // are the same in every store made with it. An existing store keeps its own.
  std::string split_key{};
  Clock* clock = Clock::System();
  // Pages that the database may grow to; 0 = as large as the disk. Beyond it writes fail with
  // RESOURCE_EXHAUSTED, as on a full disk.
  std::int64_t max_pages = 0;
};

// Opens or makes the store; migrates an older schema in one transaction. FAILED_PRECONDITION for a
// schema newer than this program's, naming both.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const StoreOptions& options);

}  // namespace amooz

#endif  // AMOOZ_CORE_STORE_STORE_H_
