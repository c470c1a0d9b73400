#include "core/server/server_service.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

#include "core/base/status_macros.h"

namespace amooz::server {

ServerService::ServerService(const Calls& calls, const ServerFacts& facts, CycleManager* cycles,
                             std::function<IngestFacts()> ingest_facts)
    : ServiceTable(calls) {
  Unary<v1::GetServerStatusRequest, v1::GetServerStatusResponse>(
      "GetServerStatus",
      [cycles, version = facts.version, started_us = facts.started_us,
       ingest_facts = std::move(ingest_facts)](const auto&, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response, cycles->Status(ingest_facts()));
        response->set_version(version);
        *response->mutable_started_at() =
            google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(started_us);
        return absl::OkStatus();
      });
  Unary<v1::GetConfigRequest, v1::GetConfigResponse>(
      "GetConfig",
      [config = facts.config, source = facts.config_source](const auto&, auto* response) {
        *response->mutable_config() = config;
        response->set_source(source);
        return absl::OkStatus();
      });
}

}  // namespace amooz::server
