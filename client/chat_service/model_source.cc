#include "client/chat_service/model_source.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "client/chat_service/status_convert.h"
#include "client/lib/model_fetch.h"
#include "sdk/base/artifact_manifest.h"
#include "sdk/base/failpoint.h"
#include "sdk/base/json.h"
#include "sdk/base/sha256.h"

namespace amooz::chat {
namespace {

constexpr char kStateName[] = "active.json";
constexpr char kStagingName[] = "staging";

bool IsDigest(const std::string& digest) { return Sha256FromHex(digest).ok(); }

std::string Text(const nlohmann::json& json, const char* key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

ModelSource::ModelSource(ModelSourceOptions options, std::shared_ptr<grpc::Channel> channel)
    : options_(std::move(options)),
      stub_(v1::ModelService::NewStub(channel)),
      backoff_(options_.first_pause, options_.longest_pause) {}

ModelSource::~ModelSource() { Stop(); }

void ModelSource::Start(VersionManager* versions) {
  versions_ = versions;
  LoadState();
  DeleteLeftovers();
  if (!active_.digest.empty()) {
    const Status status =
        VerifyArtifact(options_.env, ModelDir(active_.digest), active_.digest).status();
    if (status.ok()) {
      Aspire(active_);
    } else {
      spdlog::warn("{}; it will be fetched again", status.message());
    }
  }
  thread_ = std::thread([this] { Run(); });
}

void ModelSource::Stop() {
  {
    MutexLock lock(&mutex_);
    is_stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  backoff_.Stop();
  if (thread_.joinable()) thread_.join();
}

ModelSource::Info ModelSource::GetInfo() {
  MutexLock lock(&mutex_);
  return info_;
}

// ---- What failed ----

void ModelSource::NoteFailure(const std::string& digest, const std::string& message) {
  if (failed_digest_ == digest && failed_message_ == message) return;
  failed_digest_ = digest;
  failed_message_ = message;
  if (serving_digest_ == digest) serving_digest_.clear();
  has_news_ = true;
}

void ModelSource::NoteServing(const std::string& digest) {
  if (serving_digest_ == digest && failed_digest_ != digest) return;
  if (failed_digest_ == digest) {
    failed_digest_.clear();
    failed_message_.clear();
  }
  serving_digest_ = digest;
  has_news_ = true;
}

void ModelSource::OnVersionEvent(const VersionEvent& event) {
  MutexLock lock(&mutex_);
  if (event.state == VersionState::kServing) NoteServing(event.digest);
  if (event.state == VersionState::kFailed) NoteFailure(event.digest, event.error);
  // Watching anew tells amoozd.
  if (has_news_ && info_.is_connected && info_.fetching.empty() && context_ != nullptr) {
    context_->TryCancel();
  }
}

// ---- Following ----

bool ModelSource::Register(grpc::ClientContext* context) {
  MutexLock lock(&mutex_);
  context_ = is_stopping_ ? nullptr : context;
  if (is_stopping_) context->TryCancel();
  return !is_stopping_;
}

void ModelSource::Unregister() {
  MutexLock lock(&mutex_);
  context_ = nullptr;
}

void ModelSource::Run() {
  std::string logged;
  for (;;) {
    const Status status = Watch();
    {
      MutexLock lock(&mutex_);
      if (is_stopping_) return;
      if (has_news_) continue;
    }
    if (logged != status.message()) {
      spdlog::warn("cannot follow amoozd's active model: {}", status.ToString());
      logged = status.message();
    }
    backoff_.Pause();
  }
}

// Returns why the watch ended; never OK.
Status ModelSource::Watch() {
  grpc::ClientContext context;
  v1::WatchActiveModelRequest request;
  {
    MutexLock lock(&mutex_);
    request.set_failed_digest(failed_digest_);
    request.set_failure(failed_message_);
    request.set_serving_digest(serving_digest_);
    has_news_ = false;
  }
  if (!Register(&context)) return Status(Code::kCancelled, "stopping");
  const auto stream = stub_->WatchActiveModel(&context, request);
  v1::WatchActiveModelResponse response;
  Status followed;
  bool has_news = false;
  while (followed.ok() && !has_news && stream->Read(&response)) {
    {
      MutexLock lock(&mutex_);
      info_.is_connected = true;
      info_.error = Status::Ok();
    }
    followed = Follow({.generation = response.generation(),
                       .digest = response.digest(),
                       .runtime = response.runtime(),
                       .runtime_config_json = response.runtime_config_json()});
    if (followed.ok()) backoff_.Reset();
    Register(&context);  // a fetch had its own
    MutexLock lock(&mutex_);
    has_news = has_news_;
  }
  // A cancel would hide why a watch ended that ended by itself.
  if (!followed.ok() || has_news) context.TryCancel();
  Status finished = FromGrpc(stream->Finish());
  Unregister();
  if (!followed.ok()) return followed;
  if (finished.ok()) finished = Status(Code::kUnavailable, "amoozd ended the watch");
  MutexLock lock(&mutex_);
  if (!has_news_) {
    info_.is_connected = false;
    info_.error = finished;
  }
  return finished;
}

Status ModelSource::Follow(const ActiveModel& model) {
  if (model.digest.empty()) {
    if (!active_.digest.empty()) spdlog::info("amoozd has no active model: what serves stays");
    MutexLock lock(&mutex_);
    info_.fetching.clear();
    info_.failure.clear();
    return Status::Ok();
  }
  if (!IsDigest(model.digest)) {
    return Status(Code::kDataLoss, "amoozd names an active model without a valid digest");
  }
  const Status local = MakeLocal(model.digest);
  {
    MutexLock lock(&mutex_);
    info_.fetching = local.ok() ? "" : model.digest;
    info_.failure = local.message();
    if (!local.ok() && !is_stopping_) NoteFailure(model.digest, local.message());
  }
  AMOOZ_RETURN_IF_ERROR(local);
  if (active_.digest != model.digest && !active_.digest.empty()) previous_digest_ = active_.digest;
  active_ = model;
  AMOOZ_RETURN_IF_ERROR(SaveState());
  Aspire(model);
  DeleteOldModels();
  return Status::Ok();
}

void ModelSource::Aspire(const ActiveModel& model) {
  spdlog::info("model {} is active (generation {})", model.digest, model.generation);
  const std::string dir = ModelDir(model.digest);
  versions_->Aspire(AspiredVersion{
      .digest = model.digest,
      .generation = model.generation,
      .load = [this, model, dir](const std::shared_ptr<host::StopToken>& stop)
          -> Result<std::unique_ptr<ServableModel>> {
        AMOOZ_RETURN_IF_ERROR(VerifyArtifact(options_.env, dir, model.digest).status());
        return options_.load(model, dir, stop);
      }});
}

// ---- Files ----

std::string ModelSource::ModelDir(const std::string& digest) const {
  return JoinPath(options_.models_dir, digest);
}

Status ModelSource::MakeLocal(const std::string& digest) {
  const std::string dir = ModelDir(digest);
  if (options_.env->Exists(dir)) {
    const Status status = VerifyArtifact(options_.env, dir, digest).status();
    if (status.ok()) return status;
    spdlog::warn("{}; it is fetched again", status.message());
    AMOOZ_RETURN_IF_ERROR(options_.env->RemoveAll(dir));
  }
  {
    MutexLock lock(&mutex_);
    info_.fetching = digest;
  }
  return Fetch(digest, dir);
}

Status ModelSource::Fetch(const std::string& digest, const std::string& dir) {
  const std::string staging = JoinPath(options_.models_dir, kStagingName);
  AMOOZ_RETURN_IF_ERROR(options_.env->RemoveAll(staging));
  grpc::ClientContext context;
  if (!Register(&context)) return Status(Code::kCancelled, "stopping");
  const auto model =
      client::FetchModel(stub_.get(), digest, staging, options_.env, nullptr, &context);
  Unregister();
  if (!model.ok()) return FromAbsl(model.status());
  AMOOZ_RETURN_IF_ERROR(WriteFileAtomically(options_.env, JoinPath(staging, kManifestName),
                                            ManifestToJson(client::ManifestOf(*model))));
  AMOOZ_RETURN_IF_ERROR(VerifyArtifact(options_.env, staging, digest).status());
  AMOOZ_FAILPOINT("model_fetch.before_rename");
  AMOOZ_RETURN_IF_ERROR(options_.env->Rename(staging, dir));
  AMOOZ_FAILPOINT("model_fetch.after_rename");
  return options_.env->SyncDir(options_.models_dir);
}

void ModelSource::LoadState() {
  const auto text = options_.env->ReadFile(JoinPath(options_.models_dir, kStateName));
  if (!text.ok()) return;  // the first start
  const auto json = ParseJson(*text, kStateName);
  if (!json.ok() || !json->is_object()) {
    spdlog::warn("{} cannot be read: amoozd will say which model is active", kStateName);
    return;
  }
  const auto generation = json->find("generation");
  active_ = {.generation = generation != json->end() && generation->is_number_unsigned()
                               ? generation->get<std::uint32_t>()
                               : 0,
             .digest = Text(*json, "digest"),
             .runtime = Text(*json, "runtime"),
             .runtime_config_json = Text(*json, "runtime_config_json")};
  previous_digest_ = Text(*json, "previous_digest");
  if (!IsDigest(active_.digest)) active_ = {};
}

Status ModelSource::SaveState() {
  const nlohmann::ordered_json json = {{"generation", active_.generation},
                                       {"digest", active_.digest},
                                       {"runtime", active_.runtime},
                                       {"runtime_config_json", active_.runtime_config_json},
                                       {"previous_digest", previous_digest_}};
  return WriteFileAtomically(
      options_.env, JoinPath(options_.models_dir, kStateName),
      json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// What a fetch left that was killed.
void ModelSource::DeleteLeftovers() {
  const auto names = options_.env->ListDir(options_.models_dir);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(kStagingName)) continue;
    static_cast<void>(options_.env->RemoveAll(JoinPath(options_.models_dir, name)));
  }
}

// All but the active one and the one before. What a child still has open stays until it ends.
void ModelSource::DeleteOldModels() {
  const auto names = options_.env->ListDir(options_.models_dir);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!IsDigest(name) || name == active_.digest || name == previous_digest_) continue;
    const Status status = options_.env->RemoveAll(JoinPath(options_.models_dir, name));
    if (!status.ok()) spdlog::warn("an old model stays on disk: {}", status.ToString());
  }
}

}  // namespace amooz::chat
