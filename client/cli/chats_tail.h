// `amooz chats tail`: the newest chats, and then each new one as it comes.
#ifndef AMOOZ_CLIENT_CLI_CHATS_TAIL_H_
#define AMOOZ_CLIENT_CLI_CHATS_TAIL_H_

#include <CLI/CLI.hpp>
#include <string>

#include "amooz/v1/chat_log.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

class Cli;

void AddChatsTail(CLI::App* chats, Cli* cli);

// Its own id, or PRODUCER/SEQ, a file's digits cut: as `amooz why` takes it.
std::string ChatName(const v1::ChatRecord& record);

// One chat: a line that names it, what was asked, what was answered.
std::string TailText(const v1::ChatRecord& record, const Style& style);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_CHATS_TAIL_H_
