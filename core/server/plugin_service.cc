#include "core/server/plugin_service.h"

#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/server/validate.h"

namespace amooz::server {

PluginService::PluginService(const Calls& calls, PluginCatalog* plugins) : ServiceTable(calls) {
  Unary<v1::ListPluginsRequest, v1::ListPluginsResponse>(
      "ListPlugins", [plugins](const auto&, auto* response) {
        for (v1::Plugin& plugin : plugins->List()) *response->add_plugins() = std::move(plugin);
        return absl::OkStatus();
      });
  Unary<v1::GetPluginRequest, v1::GetPluginResponse>(
      "GetPlugin", [plugins](const auto& request, auto* response) -> absl::Status {
        RETURN_IF_ERROR(CheckNotEmpty("name", request.name(), "amooz plugin list shows them"));
        ASSIGN_OR_RETURN(std::vector<v1::Plugin> found,
                         plugins->Get(request.name(), request.kind()));
        for (v1::Plugin& plugin : found) *response->add_plugins() = std::move(plugin);
        return absl::OkStatus();
      });
}

}  // namespace amooz::server
