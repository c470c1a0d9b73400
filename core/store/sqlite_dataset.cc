// Dataset versions and their rows.
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/store/codec.h"
#include "core/store/sqlite_store.h"

namespace amooz::store {
namespace {

#define AMOOZ_STORE_VERSION_SELECT                                                           \
  "SELECT id, digest, created_us, cycle_id, import_name, import_digest, train, validation, " \
  "held_out, excluded, added, removed, last_example_id FROM versions "

DatasetVersion VersionOf(const Query& query) {
  return {.id = query.Int(0),
          .digest = query.String(1),
          .created_us = query.Int(2),
          .cycle_id = query.OptionalInt(3),
          .import_name = query.String(4),
          .import_digest = query.String(5),
          .rows = {.train = query.Int(6),
                   .validation = query.Int(7),
                   .held_out = query.Int(8),
                   .excluded = query.Int(9)},
          .added = query.Int(10),
          .removed = query.Int(11)};
}

absl::Status InsertVersion(Connection* connection, const DatasetVersion& version) {
  Query insert(connection,
               "INSERT INTO versions (id, digest, created_us, cycle_id, import_name, "
               "import_digest, train, validation, held_out, excluded, added, removed, "
               "last_example_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
               "(SELECT ifnull(max(id), 0) FROM examples))");
  insert.Bind(1, version.id);
  insert.Bind(2, version.digest);
  insert.Bind(3, version.created_us);
  insert.BindOptional(4, version.cycle_id);
  BindTextOrNull(&insert, 5, version.import_name);
  BindTextOrNull(&insert, 6, version.import_digest);
  insert.Bind(7, version.rows.train);
  insert.Bind(8, version.rows.validation);
  insert.Bind(9, version.rows.held_out);
  insert.Bind(10, version.rows.excluded);
  insert.Bind(11, version.added);
  insert.Bind(12, version.removed);
  return insert.Run();
}

std::int64_t* CountOf(Split split, SplitCounts* counts) {
  switch (split) {
    case Split::kTrain:
      return &counts->train;
    case Split::kValidation:
      return &counts->validation;
    case Split::kHeldOut:
      return &counts->held_out;
    case Split::kExcluded:
      return &counts->excluded;
  }
  return &counts->excluded;
}

absl::Status InsertExamples(Connection* connection, const std::vector<Example>& examples,
                            DatasetVersion* version) {
  Query last(connection, "SELECT ifnull(max(id), 0) FROM examples");
  RETURN_IF_ERROR(last.Step().status());
  ExampleId previous = last.Int(0);
  Query insert(connection,
               "INSERT INTO examples (id, added_in, split, exclusion, origin, author, score, "
               "chat_id, varied_from, dataset_key, instruction_key, response_key, source, "
               "instruction, response, context) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Example& example : examples) {
    if (example.id <= previous) {
      return absl::InvalidArgumentError(StrCat("store: example ", example.id, " must come after ",
                                               previous,
                                               ": ids rise and are never "
                                               "used twice"));
    }
    previous = example.id;
    const std::string context = EncodeTurns(example.context);
    insert.Bind(1, example.id);
    insert.Bind(2, version->id);
    insert.BindEnum(3, example.split);
    insert.BindEnum(4, example.exclusion);
    insert.BindEnum(5, example.origin);
    insert.BindEnum(6, example.author);
    insert.BindOptional(7, example.score);
    insert.BindOptional(8, example.chat_id);
    insert.BindOptional(9, example.varied_from);
    insert.Bind(10, static_cast<std::int64_t>(example.keys.dataset));
    insert.Bind(11, static_cast<std::int64_t>(example.keys.instruction));
    insert.Bind(12, static_cast<std::int64_t>(example.keys.response));
    BindTextOrNull(&insert, 13, example.source);
    insert.Bind(14, example.instruction);
    insert.Bind(15, example.response);
    context.empty() ? insert.BindNull(16) : insert.BindBlob(16, context);
    RETURN_IF_ERROR(insert.Run());
    ++*CountOf(example.split, &version->rows);
    ++version->added;
  }
  return absl::OkStatus();
}

absl::Status RemoveExamples(Connection* connection, const std::vector<ExampleId>& removed,
                            DatasetVersion* version) {
  Query update(connection,
               "UPDATE examples SET removed_in = ? WHERE id = ? AND removed_in IS NULL "
               "AND added_in < ?1 RETURNING split");
  for (const ExampleId id : removed) {
    update.Bind(1, version->id);
    update.Bind(2, id);
    ASSIGN_OR_RETURN(const bool was_there, update.Step());
    if (!was_there) {
      return absl::InvalidArgumentError(
          StrCat("store: example ", id, " is no row of version ", version->id - 1));
    }
    --*CountOf(update.As<Split>(0), &version->rows);
    ++version->removed;
    update.Reset();
  }
  return absl::OkStatus();
}

absl::Status ChangeSplits(Connection* connection, const std::vector<SplitChange>& changes,
                          DatasetVersion* version) {
  Query remember(connection,
                 "INSERT INTO split_history (example_id, before_version, split, exclusion) "
                 "SELECT id, ?1, split, exclusion FROM examples "
                 "WHERE id = ?2 AND removed_in IS NULL AND added_in < ?1 RETURNING split");
  Query update(connection, "UPDATE examples SET split = ?, exclusion = ? WHERE id = ?");
  for (const SplitChange& change : changes) {
    remember.Bind(1, version->id);
    remember.Bind(2, change.example_id);
    ASSIGN_OR_RETURN(const bool was_there, remember.Step());
    if (!was_there) {
      return absl::InvalidArgumentError(
          StrCat("store: example ", change.example_id, " is no row of version ", version->id - 1));
    }
    --*CountOf(remember.As<Split>(0), &version->rows);
    ++*CountOf(change.split, &version->rows);
    remember.Reset();
    update.BindEnum(1, change.split);
    update.BindEnum(2, change.exclusion);
    update.Bind(3, change.example_id);
    RETURN_IF_ERROR(update.Run());
  }
  return absl::OkStatus();
}

// An example's split and exclusion in version ?1, from the oldest change after it.
#define AMOOZ_STORE_SPLIT_IN(version)                                      \
  "ifnull((SELECT h.split FROM split_history h WHERE h.example_id = e.id " \
  "AND h.before_version > " version " ORDER BY h.before_version LIMIT 1), e.split)"
#define AMOOZ_STORE_EXCLUSION_IN(version)                                      \
  "ifnull((SELECT h.exclusion FROM split_history h WHERE h.example_id = e.id " \
  "AND h.before_version > " version " ORDER BY h.before_version LIMIT 1), e.exclusion)"

constexpr char kLatestRows[] = "SELECT " AMOOZ_STORE_EXAMPLE_COLUMNS
                               " FROM examples e INDEXED BY examples_live "
                               "WHERE e.removed_in IS NULL AND e.id > ?2 ORDER BY e.id";
constexpr char kOlderRows[] =
    "SELECT e.id, " AMOOZ_STORE_SPLIT_IN("?1") ", " AMOOZ_STORE_EXCLUSION_IN(
        "?1") ", " AMOOZ_STORE_EXAMPLE_TAIL
              " FROM examples e "
              "WHERE e.id <= (SELECT v.last_example_id FROM versions v WHERE v.id = ?1) "
              "AND (e.removed_in IS NULL OR e.removed_in > ?1) AND e.id > ?2 ORDER BY e.id";

// Rows of one version that are not in another, older (?1) and newer (?2).
#define AMOOZ_STORE_ADDED                                                                   \
  "FROM examples e WHERE e.id > (SELECT ifnull(max(v.last_example_id), 0) FROM versions v " \
  "WHERE v.id = ?1) AND e.id <= (SELECT ifnull(max(v.last_example_id), 0) FROM versions v " \
  "WHERE v.id = ?2) AND (e.removed_in IS NULL OR e.removed_in > ?2) "
#define AMOOZ_STORE_REMOVED                                              \
  "FROM examples e INDEXED BY examples_removed WHERE e.removed_in > ?1 " \
  "AND e.removed_in <= ?2 AND e.added_in <= ?1 "
// Rows of both whose split changed in between.
#define AMOOZ_STORE_CHANGED                                                  \
  "FROM examples e WHERE e.id IN (SELECT h.example_id FROM split_history h " \
  "WHERE h.before_version > ?1 AND h.before_version <= ?2) "                 \
  "AND e.added_in <= ?1 AND (e.removed_in IS NULL OR e.removed_in > ?2) "

constexpr char kAddedCount[] =
    "SELECT count(*), ifnull(sum(" AMOOZ_STORE_SPLIT_IN("?2") " <= 2), 0) " AMOOZ_STORE_ADDED;
constexpr char kRemovedCount[] =
    "SELECT count(*), ifnull(sum(" AMOOZ_STORE_SPLIT_IN("?1") " <= 2), 0) " AMOOZ_STORE_REMOVED;
constexpr char kChangedCount[] =
    "SELECT ifnull(sum(" AMOOZ_STORE_SPLIT_IN("?1") " > 2 AND " AMOOZ_STORE_SPLIT_IN("?2") " <= 2), 0), ifnull(sum(" AMOOZ_STORE_SPLIT_IN(
        "?1") " <= 2 AND " AMOOZ_STORE_SPLIT_IN("?2") " > 2), 0) " AMOOZ_STORE_CHANGED;
constexpr char kAddedRows[] =
    "SELECT e.id, " AMOOZ_STORE_SPLIT_IN("?2") ", " AMOOZ_STORE_EXCLUSION_IN(
        "?2") ", " AMOOZ_STORE_EXAMPLE_TAIL " " AMOOZ_STORE_ADDED "ORDER BY e.id LIMIT ?3";
constexpr char kRemovedRows[] =
    "SELECT e.id, " AMOOZ_STORE_SPLIT_IN("?1") ", " AMOOZ_STORE_EXCLUSION_IN(
        "?1") ", " AMOOZ_STORE_EXAMPLE_TAIL " " AMOOZ_STORE_REMOVED "ORDER BY e.id LIMIT ?3";

absl::Status BindVersions(Query* query, VersionId older, VersionId newer) {
  query->Bind(1, older);
  query->Bind(2, newer);
  return query->Step().status();
}

absl::StatusOr<std::vector<Example>> ReadRows(Query* query) {
  std::vector<Example> rows;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query->Step());
    if (!has_row) return rows;
    ASSIGN_OR_RETURN(Example example, ExampleOf(*query));
    rows.push_back(std::move(example));
  }
}

absl::StatusOr<std::optional<DatasetVersion>> ReadVersionById(Connection* connection,
                                                              VersionId id) {
  Query query(connection, AMOOZ_STORE_VERSION_SELECT "WHERE id = ?");
  query.Bind(1, id);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return VersionOf(query);
}

absl::Status NoSuchVersion(VersionId id) {
  return absl::NotFoundError(StrCat("there is no dataset version ", id));
}

absl::StatusOr<std::optional<DatasetVersion>> ReadImport(Connection* connection,
                                                         std::string_view file_digest) {
  if (file_digest.empty()) return std::nullopt;
  Query query(connection, AMOOZ_STORE_VERSION_SELECT "WHERE import_digest = ?");
  query.Bind(1, file_digest);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return VersionOf(query);
}

// Rule 5: a cycle between its collect and its snapshot builds on the latest version.
absl::Status RefuseWhileCycleBuilds(Connection* connection) {
  Query query(connection, "SELECT id FROM cycles WHERE state = 1 AND stage < ?");
  query.BindEnum(1, Stage::kSnapshot);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("cycle ", query.Int(0),
             " is building a dataset version; import once it has reached "
             "train (`amooz cycle watch ",
             query.Int(0), "`), or cancel it"));
}

}  // namespace

absl::StatusOr<Example> ExampleOf(const Query& query) {
  Example example;
  example.id = query.Int(0);
  example.split = query.As<Split>(1);
  example.exclusion = query.As<Exclusion>(2);
  example.origin = query.As<Origin>(3);
  example.author = query.As<Author>(4);
  example.score = query.OptionalDouble(5);
  example.chat_id = query.OptionalInt(6);
  example.varied_from = query.OptionalInt(7);
  example.keys = {.dataset = static_cast<std::uint64_t>(query.Int(8)),
                  .instruction = static_cast<std::uint64_t>(query.Int(9)),
                  .response = static_cast<std::uint64_t>(query.Int(10))};
  example.source = query.Text(11);
  example.instruction = query.Text(12);
  example.response = query.Text(13);
  ASSIGN_OR_RETURN(example.context, DecodeTurns(query.Text(14)));
  example.created_in = query.Int(15);
  example.evicted_in = query.OptionalInt(16);
  return example;
}

absl::StatusOr<DatasetVersion> ReadLatestVersion(Connection* connection) {
  Query query(connection, AMOOZ_STORE_VERSION_SELECT "ORDER BY id DESC LIMIT 1");
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  return exists ? VersionOf(query) : DatasetVersion{};
}

absl::StatusOr<DatasetVersion> SqliteStore::ApplyChange(Connection* connection,
                                                        const VersionChange& change,
                                                        DatasetVersion version) {
  ASSIGN_OR_RETURN(const DatasetVersion base, ReadLatestVersion(connection));
  if (base.id != change.base_version) {
    return absl::AbortedError(StrCat("the dataset went on to version ", base.id,
                                     " while a change to version ", change.base_version,
                                     " was prepared; try again"));
  }
  version.id = base.id + 1;
  version.rows = base.rows;
  version.digest = change.digest;
  version.created_us = clock_->NowMicros();
  RETURN_IF_ERROR(RemoveExamples(connection, change.removed, &version));
  RETURN_IF_ERROR(ChangeSplits(connection, change.splits, &version));
  RETURN_IF_ERROR(InsertExamples(connection, change.added, &version));
  RETURN_IF_ERROR(InsertVersion(connection, version));
  return version;
}

absl::StatusOr<ExampleId> SqliteStore::NextExampleId() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(), "SELECT ifnull(max(id), 0) + 1 FROM examples");
  RETURN_IF_ERROR(query.Step().status());
  return query.Int(0);
}

absl::StatusOr<DatasetVersion> SqliteStore::LatestVersion() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  return ReadLatestVersion(reading->connection());
}

absl::StatusOr<DatasetVersion> SqliteStore::GetVersion(VersionId id) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  ASSIGN_OR_RETURN(const auto version, ReadVersionById(reading->connection(), id));
  if (!version) return NoSuchVersion(id);
  return *version;
}

absl::StatusOr<std::vector<DatasetVersion>> SqliteStore::ListVersions(VersionId before,
                                                                      std::int64_t limit) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              AMOOZ_STORE_VERSION_SELECT "WHERE id < ? ORDER BY id DESC LIMIT ?");
  query.Bind(1, before > 0 ? before : std::numeric_limits<std::int64_t>::max());
  query.Bind(2, limit);
  std::vector<DatasetVersion> versions;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return versions;
    versions.push_back(VersionOf(query));
  }
}

absl::Status SqliteStore::VisitVersion(VersionId id,
                                       const std::function<absl::Status(Example&&)>& visit,
                                       ExampleId after) {
  if (id == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto reading, Read());
  Connection* connection = reading->connection();
  ASSIGN_OR_RETURN(const auto version, ReadVersionById(connection, id));
  if (!version) return NoSuchVersion(id);
  ASSIGN_OR_RETURN(const DatasetVersion latest, ReadLatestVersion(connection));
  const bool is_latest = latest.id == id;
  Query query(connection, is_latest ? kLatestRows : kOlderRows);
  if (!is_latest) query.Bind(1, id);
  query.Bind(2, after);
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return absl::OkStatus();
    ASSIGN_OR_RETURN(Example example, ExampleOf(query));
    RETURN_IF_ERROR(visit(std::move(example)));
  }
}

absl::StatusOr<std::vector<Example>> SqliteStore::ReadVersion(VersionId id) {
  std::vector<Example> rows;
  RETURN_IF_ERROR(VisitVersion(id, [&rows](Example&& example) {
    rows.push_back(std::move(example));
    return absl::OkStatus();
  }));
  return rows;
}

absl::StatusOr<std::vector<ExampleKeys>> SqliteStore::EverTrainedKeys() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              "SELECT e.dataset_key, e.instruction_key, e.response_key FROM examples e "
              "WHERE e.split <= 2 OR e.id IN "
              "(SELECT h.example_id FROM split_history h WHERE h.split <= 2) ORDER BY e.id");
  std::vector<ExampleKeys> keys;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return keys;
    keys.push_back({.dataset = static_cast<std::uint64_t>(query.Int(0)),
                    .instruction = static_cast<std::uint64_t>(query.Int(1)),
                    .response = static_cast<std::uint64_t>(query.Int(2))});
  }
}

absl::StatusOr<Example> SqliteStore::GetExample(ExampleId id) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              "SELECT " AMOOZ_STORE_EXAMPLE_COLUMNS " FROM examples e WHERE e.id = ?");
  query.Bind(1, id);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return absl::NotFoundError(StrCat("there is no example ", id));
  return ExampleOf(query);
}

absl::StatusOr<VersionDiff> SqliteStore::DiffVersions(VersionId from, VersionId to,
                                                      std::int64_t limit) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Connection* connection = reading->connection();
  for (const VersionId id : {from, to}) {
    ASSIGN_OR_RETURN(const auto version, ReadVersionById(connection, id));
    if (id != 0 && !version) return NoSuchVersion(id);
  }
  // Forwards; a question backwards swaps the answers.
  const VersionId older = std::min(from, to);
  const VersionId newer = std::max(from, to);
  VersionDiff diff;
  Query added(connection, kAddedCount);
  RETURN_IF_ERROR(BindVersions(&added, older, newer));
  Query removed(connection, kRemovedCount);
  RETURN_IF_ERROR(BindVersions(&removed, older, newer));
  Query changed(connection, kChangedCount);
  RETURN_IF_ERROR(BindVersions(&changed, older, newer));
  diff.added_count = added.Int(0);
  diff.training_added = added.Int(1) + changed.Int(0);
  diff.removed_count = removed.Int(0);
  diff.training_removed = removed.Int(1) + changed.Int(1);
  if (limit > 0) {
    Query added_rows(connection, kAddedRows);
    added_rows.Bind(1, older);
    added_rows.Bind(2, newer);
    added_rows.Bind(3, limit);
    ASSIGN_OR_RETURN(diff.added, ReadRows(&added_rows));
    Query removed_rows(connection, kRemovedRows);
    removed_rows.Bind(1, older);
    removed_rows.Bind(2, newer);
    removed_rows.Bind(3, limit);
    ASSIGN_OR_RETURN(diff.removed, ReadRows(&removed_rows));
  }
  if (from > to) {
    std::swap(diff.added, diff.removed);
    std::swap(diff.added_count, diff.removed_count);
    std::swap(diff.training_added, diff.training_removed);
  }
  return diff;
}

absl::StatusOr<std::optional<DatasetVersion>> SqliteStore::FindImport(
    std::string_view file_digest) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  return ReadImport(reading->connection(), file_digest);
}

absl::StatusOr<ImportOutcome> SqliteStore::ImportExamples(const ImportRequest& request) {
  ImportOutcome outcome;
  RETURN_IF_ERROR(Write([&](Connection* connection) -> absl::Status {
    ASSIGN_OR_RETURN(const auto earlier, ReadImport(connection, request.file_digest));
    if (earlier) {
      outcome = {.version = *earlier, .already_imported = true};
      return NothingToWrite();
    }
    RETURN_IF_ERROR(RefuseWhileCycleBuilds(connection));
    DatasetVersion version;
    version.import_name = request.file_name;
    version.import_digest = request.file_digest;
    ASSIGN_OR_RETURN(outcome.version, ApplyChange(connection, request.change, version));
    return absl::OkStatus();
  }));
  return outcome;
}

}  // namespace amooz::store
