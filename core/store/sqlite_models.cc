// Models, and which of them serves.
#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/store/sqlite_store.h"
#include "sdk/base/failpoint.h"

namespace amooz::store {
namespace {

constexpr std::size_t kMinPrefix = 4;
constexpr std::size_t kDigestDigits = 64;

#define AMOOZ_STORE_MODEL_SELECT                                                    \
  "SELECT number, digest, state, cycle_id, dataset_version, base_digest, trainer, " \
  "artifact_format, size_bytes, training, gate, failure, created_us FROM models "

Model ModelOf(const Query& query) {
  return {.number = query.Int(0),
          .digest = query.String(1),
          .state = query.As<ModelState>(2),
          .cycle_id = query.Int(3),
          .dataset_version = query.Int(4),
          .base_digest = query.String(5),
          .trainer = query.String(6),
          .artifact_format = query.String(7),
          .size_bytes = query.Int(8),
          .training_json = query.String(9),
          .gate_json = query.String(10),
          .failure = query.String(11),
          .created_us = query.Int(12)};
}

#define AMOOZ_STORE_PROMOTION_SELECT \
  "SELECT generation, digest, previous_digest, kind, reason, cycle_id, time_us FROM promotions "

Promotion PromotionOf(const Query& query) {
  return {.generation = query.Int(0),
          .digest = query.String(1),
          .previous_digest = query.String(2),
          .kind = query.As<PromotionKind>(3),
          .reason = query.String(4),
          .cycle_id = query.OptionalInt(5),
          .time_us = query.Int(6)};
}

// What people see of a digest in messages.
std::string_view Short(std::string_view digest) { return digest.substr(0, 12); }

absl::StatusOr<std::optional<Model>> ReadModel(Connection* connection, std::string_view digest) {
  Query query(connection, AMOOZ_STORE_MODEL_SELECT "WHERE digest = ?");
  query.Bind(1, digest);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return ModelOf(query);
}

absl::StatusOr<Model> ReadModelByPrefix(Connection* connection, std::string_view prefix) {
  const bool is_hex = prefix.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_hex || prefix.size() < kMinPrefix || prefix.size() > kDigestDigits) {
    return absl::InvalidArgumentError(
        "model: give a digest, its first 4 or more digits (0-9, a-f), or \"active\"");
  }
  Query query(connection, AMOOZ_STORE_MODEL_SELECT
              "WHERE digest >= ?1 AND digest < ?1 || 'g' ORDER BY digest LIMIT 2");
  query.Bind(1, prefix);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) {
    return absl::NotFoundError(
        StrCat("no model's digest begins with ", prefix, "; `amooz model list` shows them"));
  }
  Model model = ModelOf(query);
  ASSIGN_OR_RETURN(const bool has_second, query.Step());
  if (has_second) {
    return absl::InvalidArgumentError(StrCat("several models' digests begin with ", prefix, ": ",
                                             Short(model.digest), ", ", Short(query.Text(1)),
                                             "; give more digits"));
  }
  return model;
}

absl::Status SetModelState(Connection* connection, std::string_view digest, ModelState state) {
  Query update(connection, "UPDATE models SET state = ? WHERE digest = ?");
  update.BindEnum(1, state);
  update.Bind(2, digest);
  return update.Run();
}

// Newest first.
absl::StatusOr<std::vector<Promotion>> ReadPromotions(Connection* connection,
                                                      std::string_view digest) {
  Query query(connection,
              AMOOZ_STORE_PROMOTION_SELECT "WHERE ?1 = '' OR digest = ?1 ORDER BY generation DESC");
  query.Bind(1, digest);
  std::vector<Promotion> promotions;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return promotions;
    promotions.push_back(PromotionOf(query));
  }
}

}  // namespace

absl::StatusOr<ActiveModel> ReadActiveModel(Connection* connection) {
  Query query(connection,
              "SELECT generation, digest FROM promotions ORDER BY generation DESC LIMIT 1");
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return ActiveModel{};
  return ActiveModel{.generation = query.Int(0), .digest = query.String(1)};
}

absl::StatusOr<Promotion> SqliteStore::Promote(Connection* connection,
                                               const PromotionRequest& request,
                                               std::optional<CycleId> cycle_id) {
  ASSIGN_OR_RETURN(const auto model, ReadModel(connection, request.digest));
  if (!model) {
    return absl::NotFoundError(StrCat("there is no model ", Short(request.digest)));
  }
  if (model->state == ModelState::kDeleted) {
    return absl::FailedPreconditionError(StrCat(
        "the files of model ", Short(request.digest),
        " were deleted by retention; choose one that `amooz model list` does not show as deleted"));
  }
  if (model->state == ModelState::kActive) {
    return absl::FailedPreconditionError(
        StrCat("model ", Short(request.digest), " is the active one already"));
  }
  ASSIGN_OR_RETURN(const ActiveModel active, ReadActiveModel(connection));
  Promotion promotion{.generation = active.generation + 1,
                      .digest = request.digest,
                      .previous_digest = active.digest,
                      .kind = request.kind,
                      .reason = request.reason,
                      .cycle_id = cycle_id,
                      .time_us = clock_->NowMicros()};
  if (!active.digest.empty()) {
    RETURN_IF_ERROR(SetModelState(connection, active.digest, ModelState::kRetired));
  }
  RETURN_IF_ERROR(SetModelState(connection, request.digest, ModelState::kActive));
  Query insert(connection,
               "INSERT INTO promotions (generation, digest, previous_digest, kind, reason, "
               "cycle_id, time_us) VALUES (?, ?, ?, ?, ?, ?, ?)");
  insert.Bind(1, promotion.generation);
  insert.Bind(2, promotion.digest);
  BindTextOrNull(&insert, 3, promotion.previous_digest);
  insert.BindEnum(4, promotion.kind);
  insert.Bind(5, promotion.reason);
  insert.BindOptional(6, promotion.cycle_id);
  insert.Bind(7, promotion.time_us);
  RETURN_IF_ERROR(insert.Run());
  AMOOZ_FAILPOINT("promotion.in_transaction");
  return promotion;
}

absl::StatusOr<Model> SqliteStore::GetModel(std::string_view digest_or_prefix) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Connection* connection = reading->connection();
  if (digest_or_prefix != "active") return ReadModelByPrefix(connection, digest_or_prefix);
  ASSIGN_OR_RETURN(const ActiveModel active, ReadActiveModel(connection));
  if (active.digest.empty()) {
    return absl::NotFoundError("there is no active model yet; a cycle that trains makes one");
  }
  return ReadModelByPrefix(connection, active.digest);
}

absl::StatusOr<std::vector<Model>> SqliteStore::ListModels(std::int64_t before,
                                                           std::int64_t limit) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              AMOOZ_STORE_MODEL_SELECT "WHERE number < ? ORDER BY number DESC LIMIT ?");
  query.Bind(1, before > 0 ? before : std::numeric_limits<std::int64_t>::max());
  query.Bind(2, limit);
  std::vector<Model> models;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return models;
    models.push_back(ModelOf(query));
  }
}

absl::StatusOr<ActiveModel> SqliteStore::GetActiveModel() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  return ReadActiveModel(reading->connection());
}

absl::StatusOr<std::vector<Promotion>> SqliteStore::ListPromotions(std::string_view digest) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  return ReadPromotions(reading->connection(), digest);
}

absl::StatusOr<std::string> SqliteStore::RollbackTarget() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  ASSIGN_OR_RETURN(const std::vector<Promotion> history, ReadPromotions(reading->connection(), ""));
  if (history.empty()) return absl::NotFoundError("no model was ever put into service");
  // A rollback put an older model back: what counts is what was active before *its* promotion.
  const auto promoted =
      std::find_if(history.begin(), history.end(), [&history](const Promotion& promotion) {
        return promotion.digest == history.front().digest &&
               promotion.kind != PromotionKind::kRollback;
      });
  const Promotion& origin = promoted == history.end() ? history.front() : *promoted;
  if (origin.previous_digest.empty()) {
    return absl::NotFoundError(StrCat("nothing was in service before model ",
                                      origin.digest.substr(0, 12),
                                      "; name the model that you want (amooz model list)"));
  }
  return origin.previous_digest;
}

absl::StatusOr<Promotion> SqliteStore::ChangeActiveModel(const PromotionRequest& request) {
  Promotion promotion;
  RETURN_IF_ERROR(Write(
      [&](Connection* connection) -> absl::Status {
        ASSIGN_OR_RETURN(promotion, Promote(connection, request, std::nullopt));
        return absl::OkStatus();
      },
      "promotion"));
  return promotion;
}

absl::Status SqliteStore::SetModelFailure(std::string_view digest, std::string_view failure) {
  return Write([&](Connection* connection) -> absl::Status {
    Query update(connection, "UPDATE models SET failure = ? WHERE digest = ?");
    BindTextOrNull(&update, 1, failure);
    update.Bind(2, digest);
    RETURN_IF_ERROR(update.Run());
    if (sqlite3_changes64(connection->handle()) == 0) {
      return absl::NotFoundError(StrCat("there is no model ", Short(digest)));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<std::string>> SqliteStore::ModelsToDelete(std::int64_t keep_promoted,
                                                                     std::int64_t keep_rejected) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              "SELECT digest FROM models WHERE (state = ?1 AND digest NOT IN "
              "(SELECT digest FROM promotions GROUP BY digest ORDER BY max(generation) DESC "
              "LIMIT ?2)) OR (state = ?3 AND number NOT IN "
              "(SELECT number FROM models WHERE state = ?3 ORDER BY number DESC LIMIT ?4)) "
              "ORDER BY number");
  query.BindEnum(1, ModelState::kRetired);
  query.Bind(2, keep_promoted);
  query.BindEnum(3, ModelState::kRejected);
  query.Bind(4, keep_rejected);
  std::vector<std::string> digests;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return digests;
    digests.push_back(query.String(0));
  }
}

absl::Status SqliteStore::MarkModelDeleted(std::string_view digest) {
  return Write([&](Connection* connection) -> absl::Status {
    ASSIGN_OR_RETURN(const auto model, ReadModel(connection, digest));
    if (!model) return absl::NotFoundError(StrCat("there is no model ", Short(digest)));
    if (model->state == ModelState::kActive) {
      return absl::FailedPreconditionError(
          StrCat("model ", Short(digest), " is active; its files must stay"));
    }
    return SetModelState(connection, digest, ModelState::kDeleted);
  });
}

}  // namespace amooz::store
