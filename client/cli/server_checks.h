// What `amooz doctor` makes of what the servers say of themselves.
#ifndef AMOOZ_CLIENT_CLI_SERVER_CHECKS_H_
#define AMOOZ_CLIENT_CLI_SERVER_CHECKS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "amooz/v1/chat.pb.h"
#include "amooz/v1/plugin.pb.h"
#include "amooz/v1/server.pb.h"
#include "client/cli/finding.h"

namespace amooz::client {

// `version`: this client's. The server's own problems, its schedule and its last cycle among them.
Findings CheckServer(const v1::GetServerStatusResponse& status, const std::string& address,
                     std::string_view version, absl::Time now);

// Plugins that the configuration names must be usable; others may be broken.
Findings CheckServerPlugins(const v1::ListPluginsResponse& plugins);

// `verified`: what came of the server's own look at every file of the model in service.
Finding CheckActiveModel(const std::string& digest, const absl::Status& verified);

// `active_model`: what the server has in service; empty if that is not known.
Findings CheckChatService(const v1::GetChatStatusResponse& status, const std::string& address,
                          std::string_view version, const std::string& active_model);

// Times that the server noted and that are yet to come: its clock was set back since, or this
// machine's and the server's differ. `now` is this machine's.
Finding CheckClock(const v1::GetServerStatusResponse& status, absl::Time now);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_SERVER_CHECKS_H_
