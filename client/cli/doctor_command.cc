// doctor
#include <iterator>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "amooz/v1/chat.grpc.pb.h"
#include "amooz/v1/model.grpc.pb.h"
#include "amooz/v1/plugin.grpc.pb.h"
#include "amooz/v1/server.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/installation.h"
#include "client/cli/server_checks.h"
#include "client/cli/store_checks.h"
#include "client/lib/connection.h"
#include "client/lib/exit_code.h"
#include "client/lib/grpc_status.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr absl::Duration kVerifyPatience = absl::Minutes(1);  // some GiB from a slow disk
constexpr absl::Duration kSettlingLook = absl::Milliseconds(200);
constexpr double kUsualFreePercent = 5;  // chat_log.min_free_disk_percent's default

struct DoctorOptions {
  std::string data_dir;
  std::string config;
  bool without_chat = false;
};

void Append(Findings more, Findings* findings) {
  findings->insert(findings->end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
}

bool IsThisMachine(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("localhost:") ||
         address.starts_with("[::1]:") || address.starts_with("unix:");
}

// Of the address file that a server leaves in its data folder; "" if there is none.
std::string AddressIn(const std::string& data_dir) {
  if (data_dir.empty()) return "";
  auto text = Env::Default()->ReadFile(JoinPath(data_dir, "amoozd.address"));
  if (!text.ok()) return "";
  while (!text->empty() && (text->back() == '\n' || text->back() == ' ')) text->pop_back();
  return *text;
}

Finding NoServer(const ServerAddress& address, const std::string& data_dir) {
  std::string remedy =
      "Start it with `amoozd --data-dir DIR`, or name another with --address "
      "HOST:PORT or AMOOZ_ADDRESS.";
  if (const std::string noted = AddressIn(data_dir); !noted.empty() && noted != address.text()) {
    remedy = StrCat("Its data folder says that it last served at ", noted, ": try --address ",
                    noted, ".");
  }
  return Wrong("server", StrCat("does not answer at ", address.text()), remedy);
}

// What a server that does not answer left on this machine.
Findings LookAtStore(const std::string& data_dir) {
  Findings findings = CheckStore(Env::Default(), data_dir);
  Append(CheckModelFiles(Env::Default(), data_dir), &findings);
  return findings;
}

// Has the server check every file of the model: it does so before the first message of a fetch.
absl::Status VerifyOnServer(const Cli& cli, const std::string& digest) {
  grpc::ClientContext context;
  SetDeadline(&context, kVerifyPatience);
  v1::FetchModelRequest request;
  request.set_digest(digest);
  const auto stub = cli.Stub<v1::ModelService>();
  const auto fetch = stub->FetchModel(&context, request);
  v1::FetchModelResponse first;
  const bool is_whole = fetch->Read(&first);
  if (is_whole) context.TryCancel();
  const absl::Status ended = ToAbsl(fetch->Finish());
  return is_whole ? absl::OkStatus() : ended;
}

// The server, its configuration and its folder; returns the model in service.
std::string AskServer(const Cli& cli, const Installation& installation,
                      const DoctorOptions& options, Findings* findings) {
  v1::GetServerStatusResponse status;
  const absl::Status asked = cli.Call<v1::ServerService>(
      &v1::ServerService::Stub::GetServerStatus, v1::GetServerStatusRequest(), &status, kPatience);
  v1::GetConfigResponse config;
  config.mutable_config()->set_data_dir(options.data_dir);
  config.mutable_config()->mutable_chat_log()->set_min_free_disk_percent(kUsualFreePercent);
  config.set_source(options.config);
  if (asked.ok()) {
    Append(CheckServer(status, cli.core().text(), AMOOZ_VERSION, absl::Now()), findings);
    v1::ListPluginsResponse plugins;
    if (cli.Call<v1::PluginService>(&v1::PluginService::Stub::ListPlugins, v1::ListPluginsRequest(),
                                    &plugins, kPatience)
            .ok()) {
      Append(CheckServerPlugins(plugins), findings);
    }
    if (const std::string& model = status.active_model(); !model.empty()) {
      findings->push_back(CheckActiveModel(model, VerifyOnServer(cli, model)));
    }
    v1::GetConfigResponse in_force;
    if (cli.Call<v1::ServerService>(&v1::ServerService::Stub::GetConfig, v1::GetConfigRequest(),
                                    &in_force, kPatience)
            .ok()) {
      config = in_force;
    }
  } else if (absl::IsUnavailable(asked) || absl::IsDeadlineExceeded(asked)) {
    findings->push_back(NoServer(cli.core(), options.data_dir));
  } else {
    findings->push_back(Wrong("server", std::string(asked.message()), ""));
  }
  const std::string& data_dir =
      options.data_dir.empty() ? config.config().data_dir() : options.data_dir;
  const std::string& file = options.config.empty() ? config.source() : options.config;
  if (!IsThisMachine(cli.core().text())) return status.active_model();
  if (!file.empty()) {
    Finding checked = installation.CheckConfig(file, data_dir);
    // Nobody asked about the file, and a server that runs may have been given more than it says.
    const bool is_asked = !options.config.empty() || !asked.ok();
    if (!is_asked && checked.health == Health::kWrong) checked.health = Health::kNote;
    findings->push_back(std::move(checked));
  }
  if (!data_dir.empty()) {
    Append(
        installation.CheckDataFolder(data_dir, config.config().chat_log().min_free_disk_percent()),
        findings);
    if (!asked.ok()) Append(LookAtStore(data_dir), findings);
  }
  return status.active_model();
}

// A chat service that was started a moment ago, or whose server was, gets time to connect to it.
absl::Status AskSettledChatService(const Cli& cli, v1::GetChatStatusResponse* status) {
  const absl::Time until = absl::Now() + StartPatience();
  while (true) {
    const absl::Status asked = cli.Call<v1::ChatService>(
        &v1::ChatService::Stub::GetChatStatus, v1::GetChatStatusRequest(), status, kPatience);
    if (!asked.ok() || status->server_connected() || absl::Now() >= until) return asked;
    absl::SleepFor(kSettlingLook);
  }
}

void AskChatService(const Cli& cli, const std::string& active_model, Findings* findings) {
  v1::GetChatStatusResponse status;
  const absl::Status asked = AskSettledChatService(cli, &status);
  if (asked.ok()) {
    Append(CheckChatService(status, cli.chat().text(), AMOOZ_VERSION, active_model), findings);
  } else if (absl::IsUnavailable(asked) || absl::IsDeadlineExceeded(asked)) {
    findings->push_back(Wrong("chat service", StrCat("does not answer at ", cli.chat().text()),
                              "Start it with `amooz-chat --data-dir DIR`, name another with "
                              "--chat-address HOST:PORT, or leave it out with --without-chat."));
  } else {
    findings->push_back(Wrong("chat service", std::string(asked.message()), ""));
  }
}

absl::Status Examine(Cli* cli, const DoctorOptions& options) {
  const Installation installation(JoinPath(ExecutableDir(), ".."), Env::Default(),
                                  Spawner::Default());
  Findings findings = installation.CheckPrograms(AMOOZ_VERSION);
  Append(installation.CheckPlugins(), &findings);
  const std::string active_model = AskServer(*cli, installation, options, &findings);
  if (!options.without_chat) AskChatService(*cli, active_model, &findings);
  const int columns = cli->terminal().out_is_terminal ? cli->terminal().columns : 0;
  cli->Print(cli->wants_json() ? FindingsJson(findings)
                               : FindingsText(findings, columns, cli->style()));
  if (IsAnythingWrong(findings)) cli->set_exit_code(kExitFailed);
  return absl::OkStatus();
}

}  // namespace

void AddDoctorCommand(CLI::App* app, Cli* cli) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb = Cli::AddVerb(
      app, "doctor", "What is wrong with this installation, and how to mend it",
      {"amooz doctor", "amooz doctor --data-dir /var/lib/amooz --config /etc/amooz/amooz.yaml",
       "amooz doctor --without-chat --output json"});
  verb->add_option("--data-dir", options->data_dir,
                   "The server's data folder (default: what the server says)")
      ->type_name("DIR");
  verb->add_option("--config", options->config,
                   "The server's configuration (default: what the server says)")
      ->type_name("FILE");
  verb->add_flag("--without-chat", options->without_chat, "Where no chat service is meant to run");
  cli->OnRun(verb, [cli, options] { return Examine(cli, *options); });
}

}  // namespace amooz::client
