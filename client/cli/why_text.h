// Why a chat is in the dataset, or is not, as an answer to a person.
#ifndef AMOOZ_CLIENT_CLI_WHY_TEXT_H_
#define AMOOZ_CLIENT_CLI_WHY_TEXT_H_

#include <string>
#include <string_view>

#include "amooz/v1/chat_log.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

std::string WhyText(const v1::ExplainChatResponse& reply, const Style& style);

// What a writer could change so that the issue goes: "" for an issue that this client has no advice
// for (a scorer of one's own has its own words).
std::string_view AdviceFor(std::string_view issue);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_WHY_TEXT_H_
