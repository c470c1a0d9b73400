// ServerService: what the server is doing, and with which config.
#ifndef AMOOZ_CORE_SERVER_SERVER_SERVICE_H_
#define AMOOZ_CORE_SERVER_SERVER_SERVICE_H_

#include <functional>
#include <string>

#include "amooz/v1/config.pb.h"
#include "amooz/v1/server.grpc.pb.h"
#include "core/cycle/cycle_manager.h"
#include "core/server/service_table.h"

namespace amooz::server {

struct ServerFacts {
  std::string version;
  std::int64_t started_us = 0;
  v1::Config config;          // in force
  std::string config_source;  // the file; "" if none
};

class ServerService final : public ServiceTable<v1::ServerService> {
 public:
  // `cycles` must outlive it.
  ServerService(const Calls& calls, const ServerFacts& facts, CycleManager* cycles,
                std::function<IngestFacts()> ingest_facts);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_SERVER_SERVICE_H_
