#include "core/server/dataset_service.h"

#include <functional>
#include <memory>
#include <utility>

#include "core/base/status_macros.h"
#include "core/server/export_feed.h"
#include "core/server/import_stream.h"

namespace amooz::server {

DatasetService::DatasetService(const Calls& c, DatasetManager* datasets, Store* store)
    : ServiceTable(c) {
  ClientStream<v1::ImportExamplesRequest, v1::ImportExamplesResponse>(
      "ImportExamples",
      [c, datasets](grpc::CallbackServerContext* context, grpc::ByteBuffer* response) {
        return ImportStream::Start(context, c, datasets, response);
      });
  ServerStream<v1::ExportExamplesRequest, v1::ExportExamplesResponse>(
      "ExportExamples",
      [store](const auto& request,
              const std::function<void()>&) -> absl::StatusOr<std::unique_ptr<Feed>> {
        return std::make_unique<ExportFeed>(store, request.version());
      });
  Unary<v1::ListVersionsRequest, v1::ListVersionsResponse>(
      "ListVersions", [datasets](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response, datasets->ListVersions(request));
        return absl::OkStatus();
      });
  Unary<v1::DiffVersionsRequest, v1::DiffVersionsResponse>(
      "DiffVersions", [datasets](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response, datasets->DiffVersions(request));
        return absl::OkStatus();
      });
}

}  // namespace amooz::server
