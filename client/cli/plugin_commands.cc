// plugin list|show
#include <memory>
#include <string>

#include "amooz/v1/plugin.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/facts.h"
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
                 {"VERSION"},
                 {"ABI"},
                 {"USE", Align::kLeft, true},
                 {"FILE", Align::kLeft, true}});
    for (const v1::Plugin& plugin : reply.plugins()) {
      table.AddRow({plugin.name(), plugin.kind(), plugin.version(), plugin.abi_required(),
                    UseOf(plugin), plugin.file()});
    }
    return cli.TableText(table, "no plugins; plugins.directory says where the server looks");
  });
  return absl::OkStatus();
}

std::string PluginText(const v1::Plugin& plugin, const Style& style) {
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
  if (!plugin.config_json().empty()) {
    facts.emplace_back("Config", PrintableText(plugin.config_json()));
  }
  if (!plugin.config_schema_json().empty()) {
    facts.emplace_back("Schema", PrintableText(plugin.config_schema_json()));
  }
  return style.Bold("Plugin " + PrintableLine(plugin.name())) + "\n" + FactLines(facts, style);
}

absl::Status ShowPlugin(const Cli& cli, const v1::GetPluginRequest& request) {
  v1::GetPluginResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::PluginService>(&v1::PluginService::Stub::GetPlugin, request, &reply));
  cli.Show(reply, [&] {
    std::string text;
    for (const v1::Plugin& plugin : reply.plugins()) text += PluginText(plugin, cli.style());
    return text;
  });
  return absl::OkStatus();
}

}  // namespace

void AddPluginCommands(CLI::App* app, Cli* cli) {
  CLI::App* plugin =
      Cli::AddNoun(app, "plugin", "Scorers, variation generators, trainers, runtimes");
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
