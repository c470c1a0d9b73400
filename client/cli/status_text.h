// `amooz status`: why nothing is happening, at a glance.
#ifndef AMOOZ_CLIENT_CLI_STATUS_TEXT_H_
#define AMOOZ_CLIENT_CLI_STATUS_TEXT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "amooz/v1/chat.pb.h"
#include "amooz/v1/server.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

// `chat`: what the chat service says of itself; nullopt if it does not answer.
std::string StatusText(const v1::GetServerStatusResponse& status, const std::string& address,
                       const std::optional<v1::GetChatStatusResponse>& chat, absl::Time now,
                       const Style& style);

std::string ChatStatusText(const v1::GetChatStatusResponse& status, const Style& style);

// "every 1 h, next look in 12 min"
std::string ScheduleText(const v1::Schedule& schedule, absl::Time now);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_STATUS_TEXT_H_
