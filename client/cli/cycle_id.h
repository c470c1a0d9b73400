// How a person names a cycle.
#ifndef AMOOZ_CLIENT_CLI_CYCLE_ID_H_
#define AMOOZ_CLIENT_CLI_CYCLE_ID_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/cli.h"

namespace amooz::client {

// A number, or "last": the newest cycle, which the server is asked for. INVALID_ARGUMENT for
// anything else; NOT_FOUND if there is no cycle yet.
absl::StatusOr<std::uint32_t> ResolveCycleId(const Cli& cli, const std::string& name);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_CYCLE_ID_H_
