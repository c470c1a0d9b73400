#include "core/cycle/dataset_manager.h"

#include <utility>

#include "core/base/paging.h"
#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/convert.h"
#include "core/cycle/version_builder.h"
#include "core/dataset/keys.h"
#include "sdk/base/sha256.h"
#include "sdk/text/text.h"

namespace amooz {
namespace {

constexpr std::uint32_t kDefaultDiffRows = 1000;
constexpr int kImportAttempts = 10;

absl::Status CheckText(std::string_view field, std::string_view text, const std::string& where) {
  const auto bad = [&](std::string_view what) {
    return absl::InvalidArgumentError(StrCat(where, ": ", field, " ", what));
  };
  if (!text::IsValidUtf8(text)) return bad("is not valid UTF-8");
  if (text.find('\0') != text.npos) return bad("holds U+0000");
  if (text::Strip(text).empty()) return bad("is empty");
  return absl::OkStatus();
}

}  // namespace

DatasetManager::DatasetManager(Store* store, amooz::v1::Config config)
    : store_(store), config_(std::move(config)) {}

// ---- Import ----

DatasetManager::Import::Import(DatasetManager* manager, std::string digest, std::string name)
    : manager_(manager), digest_(std::move(digest)), name_(std::move(name)) {}

absl::StatusOr<DatasetManager::Import> DatasetManager::BeginImport(const std::string& source_digest,
                                                                   const std::string& source_name) {
  if (!Sha256FromHex(source_digest).ok()) {
    return absl::InvalidArgumentError("source_digest: not 64 hex digits (the SHA-256 of the file)");
  }
  if (!text::IsValidUtf8(source_name))
    return absl::InvalidArgumentError("source_name: not valid UTF-8");
  return Import(this, source_digest, source_name);
}

absl::Status DatasetManager::Import::Add(const amooz::v1::ImportedExample& row) {
  const std::string where =
      row.line() > 0 ? StrCat("line ", row.line()) : StrCat("row ", rows_.size() + 1);
  RETURN_IF_ERROR(CheckText("instruction", row.instruction(), where));
  RETURN_IF_ERROR(CheckText("response", row.response(), where));
  const std::uint64_t most = manager_->config_.chat_log().max_chat_bytes();
  std::uint64_t bytes = row.instruction().size() + row.response().size();
  Example example;
  for (const amooz::v1::Turn& turn : row.context()) {
    RETURN_IF_ERROR(CheckText("context", turn.text(), where));
    if (turn.role() < amooz::v1::ROLE_USER || turn.role() > amooz::v1::ROLE_SYSTEM) {
      return absl::InvalidArgumentError(StrCat(where, ": context has a turn without a role"));
    }
    bytes += turn.text().size();
    example.context.push_back({static_cast<Role>(turn.role()), turn.text()});
  }
  if (most > 0 && bytes > most) {
    return absl::InvalidArgumentError(
        StrCat(where, ": ", bytes, " bytes are more than chat_log.max_chat_bytes, ", most));
  }
  if (!text::IsValidUtf8(row.source()))
    return absl::InvalidArgumentError(StrCat(where, ": source is not valid UTF-8"));
  example.instruction = row.instruction();
  example.response = row.response();
  example.source = row.source();
  example.origin = Origin::kImport;
  rows_.push_back(std::move(example));
  return absl::OkStatus();
}

absl::StatusOr<amooz::v1::ImportExamplesResponse> DatasetManager::Import::Commit() {
  Store* const store = manager_->store_;
  amooz::v1::ImportExamplesResponse response;
  ASSIGN_OR_RETURN(const auto earlier, store->FindImport(digest_));
  if (earlier) {
    *response.mutable_version() = cycle::ToProto(*earlier);
    response.set_already_imported(true);
    return response;
  }
  if (rows_.empty()) return absl::InvalidArgumentError("the import has no rows: nothing was added");
  const dataset::KeyMaker keys(store->split_key());
  for (Example& row : rows_) row.keys = keys.Example(row.instruction, row.response);
  // Another import may come between reading the latest version and committing on top of it.
  absl::Status aborted;
  for (int attempt = 0; attempt < kImportAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const DatasetVersion latest, store->LatestVersion());
    ASSIGN_OR_RETURN(const std::vector<Example> previous, store->ReadVersion(latest.id));
    ASSIGN_OR_RETURN(const std::vector<ExampleKeys> ever_trained, store->EverTrainedKeys());
    ASSIGN_OR_RETURN(ExampleId next_id, store->NextExampleId());
    cycle::VersionRows rows;
    rows.base_version = latest.id;
    for (const Example& row : previous) rows.kept.push_back(&row);
    rows.added = rows_;
    for (Example& row : rows.added) row.id = next_id++;
    ImportRequest request;
    request.file_digest = digest_;
    request.file_name = name_;
    request.change = cycle::BuildVersion(std::move(rows), keys, ever_trained,
                                         cycle::SplitPolicyOf(manager_->config_))
                         .change;
    const absl::StatusOr<ImportOutcome> outcome = store->ImportExamples(request);
    if (absl::IsAborted(outcome.status())) {
      aborted = outcome.status();
      continue;
    }
    RETURN_IF_ERROR(outcome.status());
    *response.mutable_version() = cycle::ToProto(outcome->version);
    response.set_already_imported(outcome->already_imported);
    response.set_imported(outcome->already_imported ? 0 : static_cast<std::uint32_t>(rows_.size()));
    return response;
  }
  return aborted;
}

// ---- Reading ----

absl::StatusOr<amooz::v1::ListVersionsResponse> DatasetManager::ListVersions(
    const amooz::v1::ListVersionsRequest& request) {
  ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const std::vector<DatasetVersion> versions,
                   store_->ListVersions(page.before, page.limit));
  amooz::v1::ListVersionsResponse response;
  for (const DatasetVersion& version : versions) *response.add_versions() = cycle::ToProto(version);
  if (!versions.empty()) {
    response.set_next_page_token(NextPageToken(page, versions.size(), versions.back().id));
  }
  return response;
}

absl::StatusOr<amooz::v1::DiffVersionsResponse> DatasetManager::DiffVersions(
    const amooz::v1::DiffVersionsRequest& request) {
  const std::uint32_t limit = request.limit() == 0 ? kDefaultDiffRows : request.limit();
  ASSIGN_OR_RETURN(const VersionDiff diff,
                   store_->DiffVersions(request.from_version(), request.to_version(), limit));
  amooz::v1::DiffVersionsResponse response;
  response.set_added_count(static_cast<std::uint32_t>(diff.added_count));
  response.set_removed_count(static_cast<std::uint32_t>(diff.removed_count));
  for (const Example& row : diff.added) *response.add_added() = cycle::ToProto(row);
  for (const Example& row : diff.removed) *response.add_removed() = cycle::ToProto(row);
  return response;
}

}  // namespace amooz
