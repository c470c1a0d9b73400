#include "core/store/sqlite_store.h"

#include <sys/random.h>

#include <chrono>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/store/codec.h"
#include "core/store/schema.h"
#include "sdk/base/data_folder.h"
#include "sdk/base/disk_fault.h"
#include "sdk/base/failpoint.h"

namespace amooz::store {
namespace {

// A page is 4 KiB. While idle, a WAL of 4 MiB is worth its two fsyncs; at 16 MiB the writer stops
// for it. So long the file is made from the start: where the sync of a commit finds the file longer
// than before, the file system's journal has to be written too, which takes as long as the data.
constexpr int kIdleCheckpointPages = 1024;
constexpr int kForcedCheckpointPages = 4096;
constexpr std::uint64_t kWalBytes = std::uint64_t{17} << 20;  // those pages and a commit's more
constexpr std::uint64_t kWalStepBytes = std::uint64_t{1} << 20;
// Where less of the disk is free, it is left to the chats.
constexpr std::uint64_t kLeastFreeBytes = std::uint64_t{1} << 30;
constexpr auto kIdleTime = std::chrono::milliseconds(200);
constexpr auto kStartTime = std::chrono::milliseconds(500);  // in which a start needs the disk

// Enough for the readers of a busy server; more are closed after use.
constexpr std::size_t kPooledReaders = 8;

constexpr char kPragmas[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;";
constexpr char kReaderPragmas[] = "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;";

// Never leaves the class: it tells Write() that there is nothing to commit.
constexpr char kNothing[] = "nothing to write";

void PassCommitFailpoint([[maybe_unused]] const std::string& name,
                         [[maybe_unused]] const char* side) {
#ifdef AMOOZ_FAILPOINTS
  if (!name.empty()) AMOOZ_FAILPOINT((name + side).c_str());
#endif
}

// What a test pretends of the disk.
absl::Status PretendedFault() {
  switch (PretendedDiskFault()) {
    case DiskFault::kFull:
      return SqliteStatus(SQLITE_FULL, "writing");
    case DiskFault::kReadOnly:
      return SqliteStatus(SQLITE_READONLY, "writing");
    default:
      return absl::OkStatus();
  }
}

}  // namespace

SqliteStore::SqliteStore(const StoreOptions& options, std::unique_ptr<FileLock> lock)
    : lock_(std::move(lock)),
      clock_(options.clock),
      path_(JoinPath(options.data_dir, kStoreName)),
      max_pages_(options.max_pages) {}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const StoreOptions& options) {
  if (Env::Default()->Exists(JoinPath(options.data_dir, kChatServiceLockName)) &&
      !Env::Default()->Exists(JoinPath(options.data_dir, kServerLockName))) {
    return absl::FailedPreconditionError(
        StrCat(options.data_dir, " is the data folder of an amooz-chat (it holds ",
               kChatServiceLockName, "): give amoozd a folder of its own with --data-dir"));
  }
  RETURN_IF_ERROR(MakePrivateDir(Env::Default(), options.data_dir));
  Result<std::unique_ptr<FileLock>> lock =
      FileLock::Acquire(JoinPath(options.data_dir, kServerLockName));
  if (!lock.ok() && lock.status().code() == Code::kFailedPrecondition) {
    return absl::FailedPreconditionError(
        StrCat("data folder in use by another amoozd: ", options.data_dir,
               "; stop that one, or choose another data_dir"));
  }
  RETURN_IF_ERROR(lock.status());
  std::unique_ptr<SqliteStore> store(new SqliteStore(options, *std::move(lock)));
  RETURN_IF_ERROR(store->Prepare());
  RETURN_IF_ERROR(store->Write(
      [&](Connection* connection) { return store->LoadSplitKey(connection, options.split_key); }));
  store->wal_keeper_ = std::thread([raw = store.get()] { raw->KeepWal(); });
  return store;
}

SqliteStore::~SqliteStore() {
  if (wal_keeper_.joinable()) {
    {
      MutexLock lock(&writer_mutex_);
      is_closing_ = true;
    }
    writer_changed_.SignalAll();
    wal_keeper_.join();
  }
  {
    MutexLock lock(&pool_mutex_);
    pool_.clear();
  }
  MutexLock lock(&writer_mutex_);
  writer_.reset();  // the last connection: SQLite checkpoints and removes the WAL
}

absl::Status SqliteStore::Prepare() {
  MutexLock lock(&writer_mutex_);
  ASSIGN_OR_RETURN(writer_, Connection::Open(path_, Connection::Mode::kReadWriteCreate));
  RETURN_IF_ERROR(writer_->Execute(kPragmas));
  if (max_pages_ > 0) {
    RETURN_IF_ERROR(writer_->Execute(StrCat("PRAGMA max_page_count = ", max_pages_).c_str()));
  }
  sqlite3_wal_hook(writer_->handle(), &SqliteStore::OnWalGrown, this);
  return Migrate(writer_.get());
}

absl::Status SqliteStore::LoadSplitKey(Connection* connection, const std::string& derive_from) {
  Query find(connection, "SELECT value FROM meta WHERE name = 'split_key'");
  ASSIGN_OR_RETURN(const bool exists, find.Step());
  if (exists) {
    split_key_ = find.String(0);
    return NothingToWrite();
  }
  if (derive_from.empty()) {
    split_key_.resize(32);
    if (getrandom(split_key_.data(), split_key_.size(), 0) != 32) {
      return absl::InternalError("store: the system gave no random bytes for the split key");
    }
  } else {
    split_key_ = AsBytes(Sha256Of("amooz split key: " + derive_from));
  }
  Query insert(connection, "INSERT INTO meta (name, value) VALUES ('split_key', ?)");
  insert.BindBlob(1, split_key_);
  return insert.Run();
}

// ---- Reading and writing ----

SqliteStore::Reading::Reading(SqliteStore* store, std::unique_ptr<Connection> connection)
    : store_(store),
      connection_(std::move(connection)),
      transaction_(std::make_unique<Transaction>(connection_.get(), Transaction::Kind::kRead)) {}

SqliteStore::Reading::~Reading() {
  transaction_.reset();
  MutexLock lock(&store_->pool_mutex_);
  if (store_->pool_.size() < kPooledReaders) store_->pool_.push_back(std::move(connection_));
}

absl::StatusOr<std::unique_ptr<SqliteStore::Reading>> SqliteStore::Read() {
  std::unique_ptr<Connection> connection;
  {
    MutexLock lock(&pool_mutex_);
    if (!pool_.empty()) {
      connection = std::move(pool_.back());
      pool_.pop_back();
    }
  }
  if (connection == nullptr) {
    ASSIGN_OR_RETURN(connection, Connection::Open(path_, Connection::Mode::kReadOnly));
    RETURN_IF_ERROR(connection->Execute(kReaderPragmas));
  }
  auto reading = std::make_unique<Reading>(this, std::move(connection));
  RETURN_IF_ERROR(reading->begun());
  return reading;
}

absl::Status SqliteStore::NothingToWrite() { return absl::CancelledError(kNothing); }

absl::Status SqliteStore::Write(absl::FunctionRef<absl::Status(Connection*)> body,
                                const std::string& failpoint) {
  MutexLock lock(&writer_mutex_);
  Transaction transaction(writer_.get(), Transaction::Kind::kWrite);
  RETURN_IF_ERROR(transaction.begun());
  RETURN_IF_ERROR(PretendedFault());
  const absl::Status done = body(writer_.get());
  if (done == NothingToWrite()) return absl::OkStatus();
  RETURN_IF_ERROR(done);
  PassCommitFailpoint(failpoint, ".before_commit");
  RETURN_IF_ERROR(transaction.Commit());
  PassCommitFailpoint(failpoint, ".after_commit");
  ++commits_;
  if (wal_pages_ >= kForcedCheckpointPages) {
    Checkpoint();
  } else if (wal_pages_ >= kIdleCheckpointPages) {
    writer_changed_.Signal();
  }
  return absl::OkStatus();
}

// ---- Checkpoints ----

int SqliteStore::OnWalGrown(void* store, sqlite3* /*handle*/, const char* /*database*/, int pages) {
  static_cast<SqliteStore*>(store)->wal_pages_ = pages;
  return SQLITE_OK;
}

void SqliteStore::Checkpoint() {
  // A failure (a full disk, a reader in the way) leaves the WAL as it is, which is correct, only
  // longer; the next commit or idle moment tries again, and a full disk fails the next write aloud.
  sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                            nullptr);
  wal_pages_ = 0;
}

void SqliteStore::LengthenWal() {
  Env* const env = Env::Default();
  const std::string wal = path_ + "-wal";
  const Result<Env::DiskSpace> space = env->GetDiskSpace(wal);
  if (!space.ok() || space->free_bytes < kLeastFreeBytes) return;
  std::unique_ptr<WritableFile> file;
  {
    MutexLock lock(&writer_mutex_);  // SQLite lengthens the file only inside a commit
    if (!is_closing_) writer_changed_.WaitFor(&writer_mutex_, kStartTime);
    if (is_closing_) return;
    const Result<std::uint64_t> size = env->FileSize(wal);
    if (!size.ok()) return;
    Result<std::unique_ptr<WritableFile>> opened = env->OpenWritable(wal, /*truncate=*/false);
    if (!opened.ok()) return;
    file = *std::move(opened);
    // Zeros are no frame: to SQLite the log ends before them.
    const std::string zeros(kWalStepBytes, '\0');
    for (std::uint64_t at = *size; at < kWalBytes; at += kWalStepBytes) {
      if (!file->Append(zeros).ok()) break;
      AMOOZ_FAILPOINT("store.wal_lengthened");
    }
  }
  static_cast<void>(file->Sync());  // else the next commit's sync would wait for it
}

void SqliteStore::KeepWal() {
  LengthenWal();
  MutexLock lock(&writer_mutex_);
  while (!is_closing_) {
    if (wal_pages_ < kIdleCheckpointPages) {
      writer_changed_.Wait(&writer_mutex_);
      continue;
    }
    const std::uint64_t seen = commits_;
    writer_changed_.WaitFor(&writer_mutex_, kIdleTime);
    if (!is_closing_ && commits_ == seen) Checkpoint();
  }
}

// ---- Meta and schedule ----

absl::StatusOr<std::optional<std::string>> SqliteStore::GetMeta(std::string_view name) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(), "SELECT value FROM meta WHERE name = ?");
  query.Bind(1, name);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return query.String(0);
}

absl::Status SqliteStore::SetMeta(std::string_view name, std::string_view value) {
  if (name == "split_key") {
    return absl::InvalidArgumentError(
        "store: the split key is made with the store and never changed");
  }
  return Write([&](Connection* connection) {
    Query query(connection, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");
    query.Bind(1, name);
    query.BindBlob(2, value);
    return query.Run();
  });
}

absl::StatusOr<Schedule> SqliteStore::GetSchedule() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(), "SELECT paused, last_look_us, interval_us FROM schedule");
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return Schedule{};
  return Schedule{.paused = query.Int(0) != 0,
                  .last_look_us = query.OptionalInt(1),
                  .interval_us = query.OptionalInt(2)};
}

absl::Status SqliteStore::SetSchedule(const Schedule& schedule) {
  return Write([&](Connection* connection) {
    Query query(connection,
                "INSERT OR REPLACE INTO schedule (id, paused, last_look_us, interval_us) "
                "VALUES (1, ?, ?, ?)");
    query.Bind(1, std::int64_t{schedule.paused});
    query.BindOptional(2, schedule.last_look_us);
    query.BindOptional(3, schedule.interval_us);
    return query.Run();
  });
}

}  // namespace amooz::store

namespace amooz {

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const StoreOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, store::SqliteStore::Open(options));
  return store;
}

}  // namespace amooz
