// status, config show, version
#include <optional>

#include "amooz/v1/server.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/config_yaml.h"
#include "client/cli/status_text.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr absl::Duration kChatServicePatience = absl::Seconds(1);

// nullopt if it does not answer soon: the chat service may well run elsewhere, or not at all.
std::optional<v1::GetChatStatusResponse> AskChatService(const Cli& cli) {
  grpc::ClientContext context;
  SetDeadline(&context, kChatServicePatience);
  v1::GetChatStatusResponse reply;
  const auto stub = v1::ChatService::NewStub(Connect(cli.chat()));
  if (!stub->GetChatStatus(&context, v1::GetChatStatusRequest(), &reply).ok()) return std::nullopt;
  return reply;
}

absl::Status ShowStatus(const Cli& cli) {
  v1::GetServerStatusResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::ServerService>(&v1::ServerService::Stub::GetServerStatus,
                                                    v1::GetServerStatusRequest(), &reply));
  cli.Show(reply, [&] {
    return StatusText(reply, cli.core().text(), AskChatService(cli), absl::Now(), cli.style());
  });
  return absl::OkStatus();
}

absl::Status ShowConfig(const Cli& cli) {
  v1::GetConfigResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::ServerService>(&v1::ServerService::Stub::GetConfig,
                                                    v1::GetConfigRequest(), &reply));
  cli.Show(reply, [&] { return ConfigYaml(reply); });
  return absl::OkStatus();
}

absl::Status ShowVersion(const Cli& cli) {
  cli.Print(cli.wants_json() ? StrCat("{\"version\":\"", AMOOZ_VERSION, "\"}\n")
                             : StrCat("amooz ", AMOOZ_VERSION, "\n"));
  return absl::OkStatus();
}

}  // namespace

void AddStatusCommands(CLI::App* app, Cli* cli) {
  CLI::App* status =
      Cli::AddVerb(app, "status", "What the server does, and why nothing is happening",
                   {"amooz status", "amooz status --output json"});
  cli->OnRun(status, [cli] { return ShowStatus(*cli); });
  CLI::App* config = Cli::AddNoun(app, "config", "The server's configuration",
                                  {"amooz config show", "amooz config show --output json"});
  CLI::App* show = Cli::AddVerb(config, "show", "The configuration in force, defaults filled in",
                                {"amooz config show", "amooz config show > amooz.yaml"});
  cli->OnRun(show, [cli] { return ShowConfig(*cli); });
  CLI::App* version = Cli::AddVerb(app, "version", "The version of this client", {"amooz version"});
  cli->OnRun(version, [cli] { return ShowVersion(*cli); });
}

}  // namespace amooz::client
