// The tables, as a list of migrations: entry i takes a database from version i to i + 1. Entries
// that were released are never edited. docs/formats describes every table.
#ifndef AMOOZ_CORE_STORE_SCHEMA_H_
#define AMOOZ_CORE_STORE_SCHEMA_H_

#include "absl/status/status.h"
#include "core/store/sqlite.h"

namespace amooz::store {

// The version that this program writes.
int SchemaVersion();
// Brings the database to SchemaVersion(), all steps in one transaction. FAILED_PRECONDITION if it
// is newer, or is not ours.
absl::Status Migrate(Connection* connection);

}  // namespace amooz::store

#endif  // AMOOZ_CORE_STORE_SCHEMA_H_
