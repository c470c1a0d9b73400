#include "core/store/schema.h"

#include <cstdint>
#include <iterator>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "sdk/base/data_folder.h"

namespace amooz::store {
namespace {

constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- cursor: highest seq read; frozen: highest seq that the running cycle reads, else 0.
CREATE TABLE producers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  cursor INTEGER NOT NULL,
  frozen INTEGER NOT NULL,
  high INTEGER NOT NULL,
  total INTEGER NOT NULL,
  unread INTEGER NOT NULL
);

-- One row a chat for ever; ids rise in ingest order, so every insert is at the right edge.
CREATE TABLE chats (
  id INTEGER PRIMARY KEY,
  producer_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  received_us INTEGER NOT NULL,
  digest BLOB NOT NULL,
  client_id TEXT
);
CREATE UNIQUE INDEX chats_key ON chats (producer_id, seq);
CREATE INDEX chats_client_id ON chats (client_id) WHERE client_id IS NOT NULL;

-- The texts of chats that are not retired: retiring deletes from the left edge.
CREATE TABLE chat_texts (
  id INTEGER PRIMARY KEY,
  producer_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  author INTEGER NOT NULL,
  model_digest TEXT,
  source TEXT,
  subject TEXT,
  instruction TEXT NOT NULL,
  response TEXT NOT NULL,
  context BLOB
);

CREATE TABLE decisions (
  chat_id INTEGER PRIMARY KEY,
  cycle_id INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  score REAL,
  points REAL NOT NULL,
  points_of REAL NOT NULL,
  points_needed REAL NOT NULL,
  reason TEXT,
  issues TEXT,
  duplicate_of_chat INTEGER,
  duplicate_of_example INTEGER,
  example_id INTEGER,
  evicted_in INTEGER
);

-- Part of the versions added_in <= version < removed_in.
CREATE TABLE examples (
  id INTEGER PRIMARY KEY,
  added_in INTEGER NOT NULL,
  removed_in INTEGER,
  split INTEGER NOT NULL,
  exclusion INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  author INTEGER NOT NULL,
  score REAL,
  chat_id INTEGER,
  varied_from INTEGER,
  dataset_key INTEGER NOT NULL,
  instruction_key INTEGER NOT NULL,
  response_key INTEGER NOT NULL,
  source TEXT,
  instruction TEXT NOT NULL,
  response TEXT NOT NULL,
  context BLOB
);
CREATE INDEX examples_live ON examples (id) WHERE removed_in IS NULL;
CREATE INDEX examples_removed ON examples (removed_in) WHERE removed_in IS NOT NULL;

-- What an example's split was in the versions below before_version (down to the next such row).
CREATE TABLE split_history (
  example_id INTEGER NOT NULL,
  before_version INTEGER NOT NULL,
  split INTEGER NOT NULL,
  exclusion INTEGER NOT NULL,
  PRIMARY KEY (example_id, before_version)
) WITHOUT ROWID;
CREATE INDEX split_history_version ON split_history (before_version);

CREATE TABLE versions (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  cycle_id INTEGER,
  import_name TEXT,
  import_digest TEXT,
  train INTEGER NOT NULL,
  validation INTEGER NOT NULL,
  held_out INTEGER NOT NULL,
  excluded INTEGER NOT NULL,
  added INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  last_example_id INTEGER NOT NULL
);
CREATE UNIQUE INDEX versions_import ON versions (import_digest) WHERE import_digest IS NOT NULL;

-- first_chat, last_chat: bounds of the chat ids decided in it. owes_training: its candidate lost to
-- a change of the active model.
CREATE TABLE cycles (
  id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  cause INTEGER NOT NULL,
  skip_training INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  config TEXT NOT NULL,
  plugins TEXT NOT NULL,
  base_version INTEGER NOT NULL,
  version INTEGER,
  candidate TEXT,
  owes_training INTEGER NOT NULL,
  first_chat INTEGER,
  last_chat INTEGER,
  started_us INTEGER NOT NULL,
  ended_us INTEGER,
  error TEXT,
  summary TEXT
);
CREATE UNIQUE INDEX cycles_running ON cycles (state) WHERE state = 1;

CREATE TABLE cycle_ranges (
  cycle_id INTEGER NOT NULL,
  producer_id INTEGER NOT NULL,
  from_exclusive INTEGER NOT NULL,
  to_inclusive INTEGER NOT NULL,
  PRIMARY KEY (cycle_id, producer_id)
) WITHOUT ROWID;

-- result is NULL once the cycle is over.
CREATE TABLE journal (
  cycle_id INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  result BLOB,
  PRIMARY KEY (cycle_id, stage)
) WITHOUT ROWID;

CREATE TABLE cycle_events (
  cycle_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (cycle_id, number)
) WITHOUT ROWID;

CREATE TABLE models (
  number INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  cycle_id INTEGER NOT NULL,
  dataset_version INTEGER NOT NULL,
  base_digest TEXT,
  trainer TEXT NOT NULL,
  artifact_format TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  training TEXT NOT NULL,
  gate TEXT,
  failure TEXT,
  created_us INTEGER NOT NULL
);

-- The highest generation is in force.
CREATE TABLE promotions (
  generation INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  previous_digest TEXT,
  kind INTEGER NOT NULL,
  reason TEXT NOT NULL,
  cycle_id INTEGER,
  time_us INTEGER NOT NULL
);

CREATE TABLE schedule (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  paused INTEGER NOT NULL,
  last_look_us INTEGER,
  interval_us INTEGER
);
)sql",
};

static_assert(std::size(kMigrations) == kStoreSchemaVersion);

absl::StatusOr<std::int64_t> ReadPragma(Connection* connection, const char* sql) {
  Query query(connection, sql);
  ASSIGN_OR_RETURN(const bool has_row, query.Step());
  return has_row ? query.Int(0) : 0;
}

}  // namespace

int SchemaVersion() { return static_cast<int>(std::size(kMigrations)); }

absl::Status Migrate(Connection* connection) {
  Transaction transaction(connection, Transaction::Kind::kWrite);
  RETURN_IF_ERROR(transaction.begun());
  ASSIGN_OR_RETURN(const std::int64_t version, ReadPragma(connection, "PRAGMA user_version"));
  ASSIGN_OR_RETURN(const std::int64_t application, ReadPragma(connection, "PRAGMA application_id"));
  ASSIGN_OR_RETURN(const std::int64_t objects,
                   ReadPragma(connection, "SELECT count(*) FROM sqlite_schema"));
  const bool is_new = version == 0 && objects == 0;
  if (!is_new && application != kStoreApplicationId) {
    return absl::FailedPreconditionError(
        "store: amooz.db in the data folder is another program's database; choose another "
        "data_dir, "
        "or move that file away");
  }
  if (version > SchemaVersion()) {
    return absl::FailedPreconditionError(
        StrCat("store: the data folder was written by a newer amoozd (schema version ", version,
               ", this program knows up to ", SchemaVersion(),
               "); start that newer amoozd, or put back a backup made before the upgrade"));
  }
  if (version == SchemaVersion()) return absl::OkStatus();
  for (std::int64_t step = version; step < SchemaVersion(); ++step) {
    RETURN_IF_ERROR(connection->Execute(kMigrations[step]));
  }
  RETURN_IF_ERROR(connection->Execute(StrCat("PRAGMA application_id = ", kStoreApplicationId,
                                             "; PRAGMA user_version = ", SchemaVersion())
                                          .c_str()));
  return transaction.Commit();
}

}  // namespace amooz::store
