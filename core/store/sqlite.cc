#include "core/store/sqlite.h"

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"

namespace amooz::store {
namespace {

// Other connections of this process hold locks for moments only (a reader that recovers the WAL).
constexpr int kBusyTimeoutMs = 10'000;

}  // namespace

absl::Status SqliteStatus(int code, std::string_view doing) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return absl::OkStatus();
  const std::string what =
      StrCat("store: ", doing, ": ", sqlite3_errstr(code), " (SQLite ", code, ")");
  switch (code & 0xff) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          StrCat(what,
                 ". The disk of the data folder is full: free some space. Nothing was lost, and "
                 "amoozd goes on by itself"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          StrCat(what,
                 ". amooz.db in the data folder is damaged: stop amoozd, keep a copy of the "
                 "whole folder, then "
                 "put back a backup or try `sqlite3 amooz.db .recover`"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(StrCat(
          what,
          ". Check that amoozd's user may read and write the data folder and the files in it"));
    case SQLITE_IOERR:
      return absl::UnavailableError(
          StrCat(what, ". The data folder's disk failed to read or write; see the system's log"));
    case SQLITE_NOMEM:
      return absl::ResourceExhaustedError(what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(StrCat(
          what,
          ". Another program has amooz.db open for writing: end it; only amoozd may write there"));
    case SQLITE_TOOBIG:
      return absl::InvalidArgumentError(StrCat(what, ". One value exceeds SQLite's limit of 1 GB"));
    default:
      return absl::InternalError(what);
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path, Mode mode) {
  // One thread at a time uses a connection, so SQLite's own locks around it would be waste.
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle));
  RETURN_IF_ERROR(SqliteStatus(code, "opening amooz.db"));
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

absl::Status Connection::Execute(const char* sql) {
  return SqliteStatus(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr), "running a statement");
}

sqlite3_stmt* Connection::Take(std::string_view sql, int* error) {
  if (const auto found = idle_.find(sql); found != idle_.end()) {
    sqlite3_stmt* statement = found->second;
    idle_.erase(found);
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  *error = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                              SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return statement;
}

void Connection::GiveBack(std::string_view sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (!idle_.emplace(sql, statement).second) sqlite3_finalize(statement);
}

Query::Query(Connection* connection, std::string_view sql)
    : connection_(connection), sql_(sql), statement_(connection->Take(sql, &error_)) {}

Query::~Query() {
  if (statement_ != nullptr) connection_->GiveBack(sql_, statement_);
}

void Query::Bind(int index, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void Query::BindBlob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
}

void Query::BindOptional(int index, const std::optional<std::int64_t>& value) {
  value ? Bind(index, *value) : BindNull(index);
}

void Query::BindOptional(int index, const std::optional<double>& value) {
  value ? Bind(index, *value) : BindNull(index);
}

absl::StatusOr<bool> Query::Step() {
  if (statement_ == nullptr) return SqliteStatus(error_, "preparing a statement");
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteStatus(code, sqlite3_stmt_readonly(statement_) ? "reading" : "writing");
}

absl::Status Query::Run() {
  RETURN_IF_ERROR(Step().status());
  sqlite3_reset(statement_);
  return absl::OkStatus();
}

std::string_view Query::Text(int column) const {
  // Order matters: the blob's pointer first, then its size (SQLite's documentation).
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Query::OptionalInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

std::optional<double> Query::OptionalDouble(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Double(column);
}

Transaction::Transaction(Connection* connection, Kind kind)
    : connection_(connection),
      begun_(Query(connection, kind == Kind::kRead ? "BEGIN" : "BEGIN IMMEDIATE").Run()),
      is_open_(begun_.ok()) {}

Transaction::~Transaction() {
  // After some errors (a full disk) SQLite has rolled back already.
  if (is_open_ && sqlite3_get_autocommit(connection_->handle()) == 0) {
    Query(connection_, "ROLLBACK").Run().IgnoreError();
  }
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(Query(connection_, "COMMIT").Run());
  is_open_ = false;
  return absl::OkStatus();
}

}  // namespace amooz::store
