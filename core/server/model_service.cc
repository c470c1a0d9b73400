#include "core/server/model_service.h"

#include <functional>
#include <memory>
#include <utility>

#include "core/base/status_macros.h"
#include "core/server/model_feeds.h"
#include "core/server/validate.h"

namespace amooz::server {
namespace {

constexpr char kModelsAreListed[] = "`amooz model list` shows the digests";

}  // namespace

ModelService::ModelService(const Calls& calls, ModelManager* models,
                           const v1::ServingConfig& serving)
    : ServiceTable(calls) {
  Unary<v1::ListModelsRequest, v1::ListModelsResponse>(
      "ListModels", [models](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response, models->List(request));
        return absl::OkStatus();
      });
  Unary<v1::GetModelRequest, v1::GetModelResponse>(
      "GetModel", [models](const auto& request, auto* response) -> absl::Status {
        RETURN_IF_ERROR(CheckNotEmpty("digest", request.digest(), kModelsAreListed));
        ASSIGN_OR_RETURN(*response, models->Get(request.digest()));
        return absl::OkStatus();
      });
  Unary<v1::PromoteModelRequest, v1::PromoteModelResponse>(
      "PromoteModel", [models](const auto& request, auto* response) -> absl::Status {
        RETURN_IF_ERROR(CheckNotEmpty("digest", request.digest(), kModelsAreListed));
        ASSIGN_OR_RETURN(*response->mutable_promotion(), models->Promote(request.digest()));
        return absl::OkStatus();
      });
  Unary<v1::RollbackModelRequest, v1::RollbackModelResponse>(
      "RollbackModel", [models](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response->mutable_promotion(), models->Rollback(request.digest()));
        return absl::OkStatus();
      });
  ServerStream<v1::WatchActiveModelRequest, v1::WatchActiveModelResponse>(
      "WatchActiveModel",
      [models, serving](const auto& request,
                        std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Feed>> {
        if (!request.failed_digest().empty()) {
          RETURN_IF_ERROR(models->ReportFailure(request.failed_digest(), request.failure()));
        }
        if (!request.serving_digest().empty()) {
          RETURN_IF_ERROR(models->ReportServing(request.serving_digest()));
        }
        return std::make_unique<ActiveModelFeed>(models, serving, std::move(wake));
      });
  ServerStream<v1::FetchModelRequest, v1::FetchModelResponse>(
      "FetchModel",
      [models](const auto& request,
               const std::function<void()>&) -> absl::StatusOr<std::unique_ptr<Feed>> {
        RETURN_IF_ERROR(CheckNotEmpty("digest", request.digest(), kModelsAreListed));
        ASSIGN_OR_RETURN(ReadableModel model, models->OpenForReading(request.digest()));
        return std::make_unique<ModelFilesFeed>(std::move(model));
      });
}

}  // namespace amooz::server
