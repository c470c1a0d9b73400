// plugin list|show
#include <memory>
#include <string>

#include "amooz/v1/plugin.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/plugin_config_text.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

std::string UseOf(const v1::Plugin& plugin) {
  if (!plugin.error().empty()) return plugin.error();
  return plugin.configured() ? "in use, " + plugin.placement() : "not in use";
}

absl::Status List(const Cli& cli) {
  v1::ListPluginsResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::PluginService>(&v1::PluginService::Stub::ListPlugins,
                                                    v1::ListPluginsRequest(), &reply));
  cli.Show(reply, [&] {
    Table table({{"PLUGIN"},
                 {"KIND"},
                 {"USE", Align::kLeft, kShrink},
                 {"VERSION"},
                 {"ABI", Align::kLeft, kLeave},
                 {"FILE", Align::kLeft, kLeave}});
    for (const v1::Plugin& plugin : reply.plugins()) {
      table.AddRow({plugin.name(), plugin.kind(), UseOf(plugin), plugin.version(),
                    plugin.abi_required(), plugin.file()});
    }
    return cli.TableText(table, "no plugins; plugins.directory says where the server looks");
  });
  return absl::OkStatus();
}

std::string PluginText(const v1::Plugin& plugin, int columns, const Style& style) {
  std::string capabilities;
  for (const std::string& capability : plugin.capabilities()) {
    StrAppend(&capabilities, capabilities.empty() ? "" : ", ", PrintableLine(capability));
  }
  Facts facts = {
      {"Kind", PrintableLine(plugin.kind())},
      {"Version", PrintableLine(plugin.version())},
      {"Vendor", PrintableLine(plugin.vendor())},
      {"License", PrintableLine(plugin.license())},
      {"Capabilities", capabilities.empty() ? "-" : capabilities},
      {"File", PrintableLine(plugin.file())},
      {"SHA-256", PrintableLine(plugin.sha256())},
      {"ABI needed", PrintableLine(plugin.abi_required())},
      {"Use", PrintableLine(UseOf(plugin))},
  };
  return style.Bold("Plugin " + PrintableLine(plugin.name())) + "\n" + FactLines(facts, style) +
         PluginConfigText(plugin.config_schema_json(), plugin.config_json(), columns, style);
}

absl::Status ShowPlugin(const Cli& cli, const v1::GetPluginRequest& request) {
  v1::GetPluginResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::PluginService>(&v1::PluginService::Stub::GetPlugin, request, &reply));
  cli.Show(reply, [&] {
    const int columns = cli.terminal().out_is_terminal ? cli.terminal().columns : 0;
    std::string text;
    for (const v1::Plugin& plugin : reply.plugins()) {
      text += PluginText(plugin, columns, cli.style());
    }
    return text;
  });
  return absl::OkStatus();
}

}  // namespace

void AddPluginCommands(CLI::App* app, Cli* cli) {
  CLI::App* plugin =
      Cli::AddNoun(app, "plugin", "Scorers, variation generators, trainers, runtimes",
                   {"amooz plugin list", "amooz plugin show heuristic_scorer"});
  CLI::App* list =
      Cli::AddVerb(plugin, "list", "The plugins that the server knows", {"amooz plugin list"});
  cli->OnRun(list, [cli] { return List(*cli); });
  const auto request = std::make_shared<v1::GetPluginRequest>();
  CLI::App* show =
      Cli::AddVerb(plugin, "show", "One plugin: its schema, its config in force",
                   {"amooz plugin show torch", "amooz plugin show torch --kind trainer"});
  show->add_option("NAME", *request->mutable_name(), "A plugin's name")->required();
  show->add_option("--kind", *request->mutable_kind(), "Where two kinds bear one name")
      ->check(CLI::IsMember({"scorer", "variation", "trainer", "runtime"}));
  cli->OnRun(show, [cli, request] { return ShowPlugin(*cli, *request); });
}

}  // namespace amooz::client
