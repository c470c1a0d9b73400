#include "core/model/model_manager.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <utility>

#include "core/base/paging.h"
#include "core/base/status_macros.h"
#include "sdk/base/failpoint.h"

namespace amooz {
namespace {

// A failure that VerifyOrReport noted.
bool IsDamage(std::string_view failure) { return failure.ends_with(kDamageRemedy); }

constexpr std::int64_t kKeepPromoted = 10;
constexpr std::int64_t kKeepRejected = 3;

// A data folder put back from a backup knows nothing of the models made since.
absl::Status IgnoreUnknown(const absl::Status& status) {
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace

amooz::v1::Promotion ToProto(const Promotion& promotion) {
  amooz::v1::Promotion proto;
  proto.set_generation(static_cast<std::uint32_t>(promotion.generation));
  proto.set_digest(promotion.digest);
  proto.set_previous_digest(promotion.previous_digest);
  *proto.mutable_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(promotion.time_us);
  proto.set_reason(std::string(PromotionKindName(promotion.kind)));
  if (promotion.cycle_id) proto.set_cycle_id(static_cast<std::uint32_t>(*promotion.cycle_id));
  return proto;
}

ModelManager::ModelManager(Store* store, ArtifactStore* artifacts)
    : store_(store), artifacts_(artifacts) {}

absl::StatusOr<amooz::v1::Model> ModelManager::Describe(const Model& model, bool with_files) {
  amooz::v1::Model proto;
  proto.set_digest(model.digest);
  proto.set_state(static_cast<amooz::v1::ModelState>(model.state));
  proto.set_cycle_id(static_cast<std::uint32_t>(model.cycle_id));
  proto.set_dataset_version(static_cast<std::uint32_t>(model.dataset_version));
  proto.set_base_digest(model.base_digest);
  proto.set_trainer(model.trainer);
  proto.set_artifact_format(model.artifact_format);
  proto.set_size_bytes(static_cast<std::uint64_t>(model.size_bytes));
  *proto.mutable_created_at() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(model.created_us);
  proto.set_failure(model.failure);
  ASSIGN_OR_RETURN(const std::vector<Promotion> promotions, store_->ListPromotions(model.digest));
  if (!promotions.empty()) {
    *proto.mutable_promoted_at() =
        google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(promotions.front().time_us);
  }
  if (!model.gate_json.empty()) {
    const auto status =
        google::protobuf::util::JsonStringToMessage(model.gate_json, proto.mutable_gate());
    if (!status.ok())
      return absl::DataLossError("the gate's figures of model " + model.digest + " cannot be read");
  }
  if (!model.training_json.empty()) {
    // {"training_facts": [{name, value}, ...]}, read as the message that has this field.
    amooz::v1::CycleReport facts;
    const auto status = google::protobuf::util::JsonStringToMessage(model.training_json, &facts);
    if (!status.ok())
      return absl::DataLossError("the training facts of model " + model.digest + " cannot be read");
    *proto.mutable_training_facts() = facts.training_facts();
  }
  if (with_files && model.state != ModelState::kDeleted) {
    const auto manifest = artifacts_->ReadManifest(model.digest);
    if (!manifest.ok()) {
      if (proto.failure().empty()) proto.set_failure(std::string(manifest.status().message()));
      return proto;
    }
    for (const ArtifactFile& file : manifest->files) {
      amooz::v1::ModelFile* out = proto.add_files();
      out->set_name(file.name);
      out->set_size_bytes(file.size_bytes);
      out->set_sha256(file.sha256);
    }
  }
  return proto;
}

absl::StatusOr<amooz::v1::ListModelsResponse> ModelManager::List(
    const amooz::v1::ListModelsRequest& request) {
  ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const std::vector<Model> models, store_->ListModels(page.before, page.limit));
  amooz::v1::ListModelsResponse response;
  for (const Model& model : models) {
    ASSIGN_OR_RETURN(*response.add_models(), Describe(model, /*with_files=*/false));
  }
  if (!models.empty()) {
    response.set_next_page_token(NextPageToken(page, models.size(), models.back().number));
  }
  return response;
}

absl::StatusOr<amooz::v1::GetModelResponse> ModelManager::Get(std::string_view digest) {
  ASSIGN_OR_RETURN(const Model model, store_->GetModel(digest));
  amooz::v1::GetModelResponse response;
  ASSIGN_OR_RETURN(*response.mutable_model(), Describe(model, /*with_files=*/true));
  ASSIGN_OR_RETURN(const std::vector<Promotion> promotions, store_->ListPromotions(model.digest));
  for (const Promotion& promotion : promotions) *response.add_promotions() = ToProto(promotion);
  return response;
}

absl::Status ModelManager::VerifyOrReport(const std::string& digest) {
  const absl::Status status = artifacts_->Verify(digest).status();
  if (absl::IsDataLoss(status)) {
    RETURN_IF_ERROR(store_->SetModelFailure(digest, std::string(status.message())));
  } else if (status.ok()) {
    ASSIGN_OR_RETURN(const Model model, store_->GetModel(digest));
    if (IsDamage(model.failure)) RETURN_IF_ERROR(store_->SetModelFailure(digest, ""));
  }
  return status;
}

absl::StatusOr<amooz::v1::Promotion> ModelManager::Change(std::string_view digest,
                                                          PromotionKind kind) {
  ASSIGN_OR_RETURN(const Model model, store_->GetModel(digest));
  if (model.state == ModelState::kDeleted) {
    return absl::FailedPreconditionError(
        "the files of model " + model.digest.substr(0, 12) +
        " were deleted by retention: choose another (amooz model list)");
  }
  RETURN_IF_ERROR(VerifyOrReport(model.digest));
  PromotionRequest request;
  request.digest = model.digest;
  request.kind = kind;
  request.reason = PromotionKindName(kind);
  ASSIGN_OR_RETURN(const Promotion promotion, store_->ChangeActiveModel(request));
  listeners_.Notify();
  return ToProto(promotion);
}

absl::StatusOr<amooz::v1::Promotion> ModelManager::Promote(std::string_view digest) {
  return Change(digest, PromotionKind::kByHand);
}

absl::StatusOr<amooz::v1::Promotion> ModelManager::Rollback(std::string_view digest) {
  if (!digest.empty()) return Change(digest, PromotionKind::kRollback);
  ASSIGN_OR_RETURN(const std::string target, store_->RollbackTarget());
  return Change(target, PromotionKind::kRollback);
}

absl::StatusOr<ActiveModel> ModelManager::active() { return store_->GetActiveModel(); }

absl::Status ModelManager::ReportFailure(std::string_view digest, std::string_view failure) {
  return IgnoreUnknown(store_->SetModelFailure(digest, failure));
}

absl::Status ModelManager::ReportServing(std::string_view digest) {
  const absl::StatusOr<Model> model = store_->GetModel(digest);
  if (!model.ok()) return IgnoreUnknown(model.status());
  // Whoever serves it has files of its own: ours may be damaged all the same.
  if (model->failure.empty() || IsDamage(model->failure)) return absl::OkStatus();
  return store_->SetModelFailure(model->digest, "");
}

absl::StatusOr<ReadableModel> ModelManager::OpenForReading(std::string_view digest) {
  ASSIGN_OR_RETURN(const Model model, store_->GetModel(digest));
  if (model.state == ModelState::kDeleted) {
    return absl::FailedPreconditionError("the files of model " + model.digest.substr(0, 12) +
                                         " were deleted by retention");
  }
  RETURN_IF_ERROR(VerifyOrReport(model.digest));
  ReadableModel readable;
  ASSIGN_OR_RETURN(readable.model, Describe(model, /*with_files=*/true));
  readable.dir = artifacts_->Dir(model.digest);
  return readable;
}

absl::Status ModelManager::DropStaging(std::string_view name) {
  ASSIGN_OR_RETURN(const std::string digest, artifacts_->PublishedFrom(name));
  if (!digest.empty()) {
    const absl::Status known = store_->GetModel(digest).status();
    if (absl::IsNotFound(known)) {
      RETURN_IF_ERROR(artifacts_->Delete(digest));
    } else {
      RETURN_IF_ERROR(known);
    }
  }
  return artifacts_->DropStaging(name);
}

absl::Status ModelManager::DropAllStaging() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, artifacts_->ListStaging());
  for (const std::string& name : names) RETURN_IF_ERROR(DropStaging(name));
  return absl::OkStatus();
}

absl::Status ModelManager::DeleteLeftovers() {
  ASSIGN_OR_RETURN(const std::vector<std::string> digests, artifacts_->List());
  for (const std::string& digest : digests) {
    const absl::StatusOr<Model> model = store_->GetModel(digest);
    if (absl::IsNotFound(model.status())) continue;  // not ours to judge
    RETURN_IF_ERROR(model.status());
    if (model->state == ModelState::kDeleted) RETURN_IF_ERROR(artifacts_->Delete(digest));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ModelManager::DeleteOldModels() {
  ASSIGN_OR_RETURN(const std::vector<std::string> old,
                   store_->ModelsToDelete(kKeepPromoted, kKeepRejected));
  for (const std::string& digest : old) {
    // Marked first: a crash between the two leaves files that nobody uses, never a model without
    // files.
    RETURN_IF_ERROR(store_->MarkModelDeleted(digest));
    AMOOZ_FAILPOINT("retention.model_marked");
    RETURN_IF_ERROR(artifacts_->Delete(digest));
  }
  RETURN_IF_ERROR(DeleteLeftovers());
  return static_cast<int>(old.size());
}

}  // namespace amooz
