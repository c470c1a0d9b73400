// The verbs of `amooz`, a function and a file for each noun.
#ifndef AMOOZ_CLIENT_CLI_COMMANDS_H_
#define AMOOZ_CLIENT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

namespace amooz::client {

class Cli;

void AddStatusCommands(CLI::App* app, Cli* cli);     // status, config show, version
void AddDoctorCommand(CLI::App* app, Cli* cli);      // doctor
void AddChatsCommands(CLI::App* app, Cli* cli);      // chats import|list|tail, why
void AddDatasetCommands(CLI::App* app, Cli* cli);    // dataset import|export|list|show|diff
void AddCycleCommands(CLI::App* app, Cli* cli);      // cycle start|list|show|watch|cancel|report
void AddModelCommands(CLI::App* app, Cli* cli);      // model list|show|promote|rollback|fetch
void AddPluginCommands(CLI::App* app, Cli* cli);     // plugin list|show
void AddScheduleCommands(CLI::App* app, Cli* cli);   // schedule show|pause|resume|set
void AddChatCommand(CLI::App* app, Cli* cli);        // chat
void AddCompletionCommand(CLI::App* app, Cli* cli);  // completion

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_COMMANDS_H_
