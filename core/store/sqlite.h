// SQLite, as much of it as the store needs: a connection, prepared statements kept for reuse, and
// transactions that roll back unless committed.
//
//   Query query(connection, "SELECT name FROM producers WHERE id = ?");
//   query.Bind(1, id);
//   ASSIGN_OR_RETURN(const bool found, query.Step());
//
// A connection and its queries belong to one thread at a time.
#ifndef AMOOZ_CORE_STORE_SQLITE_H_
#define AMOOZ_CORE_STORE_SQLITE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace amooz::store {

// What SQLite's extended result code means to a caller, without SQL or paths in it.
absl::Status SqliteStatus(int code, std::string_view doing);

class Connection {
 public:
  enum class Mode { kReadOnly, kReadWriteCreate };
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements without parameters, several if separated by ';'. Rows are dropped.
  absl::Status Execute(const char* sql);
  sqlite3* handle() const { return handle_; }

 private:
  friend class Query;
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  // The statement for `sql`, prepared at its first use; null on failure, with `error` set. It is
  // the caller's until given back.
  sqlite3_stmt* Take(std::string_view sql, int* error);
  void GiveBack(std::string_view sql, sqlite3_stmt* statement);

  sqlite3* handle_;
  std::unordered_map<std::string_view, sqlite3_stmt*> idle_;  // keys are literals, never freed
};

// One use of a prepared statement. `sql` must be a string literal: it is the key of reuse. Bound
// texts must outlive the next Reset or the destruction: they are not copied.
class Query {
 public:
  Query(Connection* connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Parameters count from 1.
  void Bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void Bind(int index, double value) { sqlite3_bind_double(statement_, index, value); }
  void Bind(int index, std::string_view text);
  void BindBlob(int index, std::string_view bytes);
  void BindNull(int index) { sqlite3_bind_null(statement_, index); }
  void BindOptional(int index, const std::optional<std::int64_t>& value);
  void BindOptional(int index, const std::optional<double>& value);
  template <typename Enum>
  void BindEnum(int index, Enum value) {
    Bind(index, static_cast<std::int64_t>(value));
  }

  // True: a row is there. False: done.
  absl::StatusOr<bool> Step();
  // For statements without rows; ready to be bound again afterwards (bindings stay).
  absl::Status Run();
  void Reset() { sqlite3_reset(statement_); }

  // Columns count from 0. Texts live until the next Step, Reset or the destruction.
  std::int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  double Double(int column) const { return sqlite3_column_double(statement_, column); }
  std::string_view Text(int column) const;
  std::string String(int column) const { return std::string(Text(column)); }
  bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::optional<std::int64_t> OptionalInt(int column) const;
  std::optional<double> OptionalDouble(int column) const;
  template <typename Enum>
  Enum As(int column) const {
    return static_cast<Enum>(Int(column));
  }

 private:
  Connection* connection_;
  std::string_view sql_;
  int error_ = SQLITE_OK;
  sqlite3_stmt* statement_;
};

class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  Transaction(Connection* connection, Kind kind);
  ~Transaction();  // rolls back unless committed
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  // Check it before the first use.
  const absl::Status& begun() const { return begun_; }
  // On failure everything is rolled back.
  absl::Status Commit();

 private:
  Connection* connection_;
  absl::Status begun_;
  bool is_open_;
};

}  // namespace amooz::store

#endif  // AMOOZ_CORE_STORE_SQLITE_H_
