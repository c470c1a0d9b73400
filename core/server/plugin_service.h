// PluginService: the plugins that the server knows.
#ifndef AMOOZ_CORE_SERVER_PLUGIN_SERVICE_H_
#define AMOOZ_CORE_SERVER_PLUGIN_SERVICE_H_

#include "amooz/v1/plugin.grpc.pb.h"
#include "core/plugin/plugin_catalog.h"
#include "core/server/service_table.h"

namespace amooz::server {

class PluginService final : public ServiceTable<v1::PluginService> {
 public:
  // `plugins` must outlive it.
  PluginService(const Calls& calls, PluginCatalog* plugins);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_PLUGIN_SERVICE_H_
