// The store on SQLite. This header is for core/store alone; everybody else sees store.h.
//
// One connection writes and checkpoints, guarded by one mutex; readers take connections of their
// own from a pool. (SQLite 3.7.0 to 3.51.2 can lose data when two connections write or checkpoint
// around a WAL reset; with one that cannot happen.) The WAL is checkpointed by a thread while the
// writer is idle, or by the writer itself once the WAL is long.
//
// The methods are in sqlite_{store,chats,dataset,cycle,models}.cc, by subject.
#ifndef AMOOZ_CORE_STORE_SQLITE_STORE_H_
#define AMOOZ_CORE_STORE_SQLITE_STORE_H_

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/functional/function_ref.h"
#include "core/store/sqlite.h"
#include "core/store/store.h"
#include "sdk/base/files.h"
#include "sdk/base/mutex.h"

namespace amooz::store {

class SqliteStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const StoreOptions& options);
  ~SqliteStore() override;

  const std::string& split_key() const override { return split_key_; }
  absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) override;
  absl::Status SetMeta(std::string_view name, std::string_view value) override;

  absl::StatusOr<ProducerId> EnsureProducer(std::string_view name) override;
  absl::StatusOr<std::vector<AppendOutcome>> AppendChats(absl::Span<const NewChat> chats) override;

  absl::StatusOr<std::vector<Producer>> ListProducers() override;
  absl::StatusOr<ChatCounts> CountChats() override;
  absl::StatusOr<std::vector<Chat>> ReadChats(absl::Span<const ProducerRange> ranges) override;
  absl::StatusOr<ChatPage> ListChats(const ChatFilter& filter, ChatId before,
                                     std::int64_t limit) override;
  absl::StatusOr<std::vector<ChatKey>> FindChats(std::string_view id) override;
  absl::StatusOr<ChatExplanation> ExplainChat(const ChatKey& key) override;
  absl::StatusOr<std::int64_t> RetireChatTexts(std::int64_t keep) override;

  absl::StatusOr<ExampleId> NextExampleId() override;
  absl::StatusOr<DatasetVersion> LatestVersion() override;
  absl::StatusOr<DatasetVersion> GetVersion(VersionId id) override;
  absl::StatusOr<std::vector<DatasetVersion>> ListVersions(VersionId before,
                                                           std::int64_t limit) override;
  absl::Status VisitVersion(VersionId id, const std::function<absl::Status(Example&&)>& visit,
                            ExampleId after = 0) override;
  absl::StatusOr<std::vector<Example>> ReadVersion(VersionId id) override;
  absl::StatusOr<std::vector<ExampleKeys>> EverTrainedKeys() override;
  absl::StatusOr<Example> GetExample(ExampleId id) override;
  absl::StatusOr<VersionDiff> DiffVersions(VersionId from, VersionId to,
                                           std::int64_t limit) override;
  absl::StatusOr<std::optional<DatasetVersion>> FindImport(std::string_view file_digest) override;
  absl::StatusOr<ImportOutcome> ImportExamples(const ImportRequest& request) override;

  absl::StatusOr<CycleProgress> BeginCycle(const CycleStart& start) override;
  absl::StatusOr<std::optional<CycleProgress>> RunningCycle() override;
  absl::Status CommitStage(const StageCommit& commit) override;
  absl::StatusOr<DatasetVersion> CommitSnapshot(const StageCommit& commit,
                                                const Snapshot& snapshot) override;
  absl::Status CommitTrain(const StageCommit& commit,
                           const std::optional<NewModel>& candidate) override;
  absl::Status CommitEvaluate(const StageCommit& commit, const std::string& gate_json) override;
  absl::StatusOr<PromoteOutcome> CommitPromote(
      const StageCommit& commit, const std::optional<PromotionRequest>& request) override;
  absl::Status FinishCycle(const StageCommit& commit, const std::string& summary_json) override;
  absl::Status EndCycle(CycleId id, CycleState state, const std::string& error,
                        absl::Span<const NewEvent> events) override;
  absl::StatusOr<Cycle> GetCycle(CycleId id) override;
  absl::StatusOr<std::vector<Cycle>> ListCycles(CycleId before, std::int64_t limit) override;
  absl::StatusOr<CycleProgress> GetCycleProgress(CycleId id) override;
  absl::StatusOr<std::vector<Decision>> ListDecisions(CycleId id) override;
  absl::StatusOr<std::int64_t> AppendEvents(CycleId id, absl::Span<const NewEvent> events) override;
  absl::StatusOr<std::vector<CycleEvent>> ReadEvents(CycleId id, std::int64_t after,
                                                     std::int64_t limit) override;
  absl::StatusOr<VersionId> LastTrainedVersion() override;

  absl::StatusOr<Model> GetModel(std::string_view digest_or_prefix) override;
  absl::StatusOr<std::vector<Model>> ListModels(std::int64_t before, std::int64_t limit) override;
  absl::StatusOr<ActiveModel> GetActiveModel() override;
  absl::StatusOr<std::vector<Promotion>> ListPromotions(std::string_view digest) override;
  absl::StatusOr<std::string> RollbackTarget() override;
  absl::StatusOr<Promotion> ChangeActiveModel(const PromotionRequest& request) override;
  absl::Status SetModelFailure(std::string_view digest, std::string_view failure) override;
  absl::StatusOr<std::vector<std::string>> ModelsToDelete(std::int64_t keep_promoted,
                                                          std::int64_t keep_rejected) override;
  absl::Status MarkModelDeleted(std::string_view digest) override;

  absl::StatusOr<Schedule> GetSchedule() override;
  absl::Status SetSchedule(const Schedule& schedule) override;

 private:
  SqliteStore(const StoreOptions& options, std::unique_ptr<FileLock> lock);

  // A reader's connection inside a read transaction: one consistent state until it goes.
  class Reading {
   public:
    Reading(SqliteStore* store, std::unique_ptr<Connection> connection);
    ~Reading();
    Connection* connection() const { return connection_.get(); }
    const absl::Status& begun() const { return transaction_->begun(); }

   private:
    SqliteStore* store_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Transaction> transaction_;
  };
  absl::StatusOr<std::unique_ptr<Reading>> Read();

  // Runs `body` in a write transaction and commits it if body returns OK. `failpoint` names the
  // points passed around the commit; "" for none.
  absl::Status Write(absl::FunctionRef<absl::Status(Connection*)> body,
                     const std::string& failpoint = "") AMOOZ_EXCLUDES(writer_mutex_);
  // Ends the transaction without a commit and without an error: nothing was to be written.
  static absl::Status NothingToWrite();

  absl::Status Prepare() AMOOZ_EXCLUDES(writer_mutex_);
  absl::Status LoadSplitKey(Connection* connection, const std::string& derive_from);

  // The body of the thread that keeps the WAL: makes it long, then checkpoints while nobody writes.
  void KeepWal();
  void LengthenWal() AMOOZ_EXCLUDES(writer_mutex_);
  void Checkpoint() AMOOZ_REQUIRES(writer_mutex_);
  // Called inside a commit, so with the writer's mutex held.
  static int OnWalGrown(void* store, sqlite3* handle, const char* database,
                        int pages) AMOOZ_NO_THREAD_SAFETY_ANALYSIS;

  // ---- Steps of transactions, by subject ----
  absl::StatusOr<DatasetVersion> ApplyChange(Connection* connection, const VersionChange& change,
                                             DatasetVersion version);
  absl::Status RecordStage(Connection* connection, const StageCommit& commit);
  absl::Status InsertEvents(Connection* connection, CycleId id, absl::Span<const NewEvent> events,
                            std::int64_t* first);
  absl::Status CloseCycle(Connection* connection, CycleId id, CycleState state,
                          std::string_view error, const std::string* summary_json);
  absl::StatusOr<Promotion> Promote(Connection* connection, const PromotionRequest& request,
                                    std::optional<CycleId> cycle_id);

  const std::unique_ptr<FileLock> lock_;
  Clock* const clock_;
  const std::string path_;
  const std::int64_t max_pages_;
  std::string split_key_;  // set before the store is handed out

  Mutex writer_mutex_;
  std::unique_ptr<Connection> writer_ AMOOZ_GUARDED_BY(writer_mutex_);
  int wal_pages_ AMOOZ_GUARDED_BY(writer_mutex_) = 0;
  std::uint64_t commits_ AMOOZ_GUARDED_BY(writer_mutex_) = 0;
  bool is_closing_ AMOOZ_GUARDED_BY(writer_mutex_) = false;
  CondVar writer_changed_;

  Mutex pool_mutex_;
  std::vector<std::unique_ptr<Connection>> pool_ AMOOZ_GUARDED_BY(pool_mutex_);

  std::thread wal_keeper_;
};

// ---- Rows, shared by the .cc files ----

// Empty texts are kept as NULL: one byte less, and "has none" is what they mean.
inline void BindTextOrNull(Query* query, int index, std::string_view text) {
  text.empty() ? query->BindNull(index) : query->Bind(index, text);
}

absl::StatusOr<std::unordered_map<ProducerId, std::string>> ProducerNames(Connection* connection);

// SELECT list and reader of an example; `split` and `exclusion` are columns 1 and 2, so that a
// query for an older version can put the older values there.
#define AMOOZ_STORE_EXAMPLE_TAIL                                                              \
  "e.origin, e.author, e.score, e.chat_id, e.varied_from, e.dataset_key, e.instruction_key, " \
  "e.response_key, e.source, e.instruction, e.response, e.context, e.added_in, e.removed_in"
#define AMOOZ_STORE_EXAMPLE_COLUMNS "e.id, e.split, e.exclusion, " AMOOZ_STORE_EXAMPLE_TAIL
absl::StatusOr<Example> ExampleOf(const Query& query);

absl::StatusOr<DatasetVersion> ReadLatestVersion(Connection* connection);
absl::StatusOr<std::optional<Cycle>> ReadCycle(Connection* connection, CycleId id);
absl::StatusOr<std::optional<CycleId>> ReadRunningCycleId(Connection* connection);
absl::StatusOr<ActiveModel> ReadActiveModel(Connection* connection);

#define AMOOZ_STORE_DECISION_SELECT                                                      \
  "SELECT chat_id, cycle_id, outcome, score, points, points_of, points_needed, reason, " \
  "issues, duplicate_of_chat, duplicate_of_example, example_id, evicted_in FROM decisions "
Decision DecisionOf(const Query& query);
absl::StatusOr<std::optional<Decision>> ReadDecision(Connection* connection, ChatId id);

}  // namespace amooz::store

#endif  // AMOOZ_CORE_STORE_SQLITE_STORE_H_
