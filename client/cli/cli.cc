#include "client/cli/cli.h"

#include <algorithm>
#include <utility>

#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/help_format.h"
#include "client/lib/exit_code.h"
#include "client/lib/proto_json.h"
#include "client/lib/str_cat.h"
#include "sdk/base/nearest.h"
#include "sdk/base/utf8.h"

namespace amooz::client {
namespace {

std::string PathOf(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : PathOf(*parent) + " " + app.get_name();
}

const CLI::App* SubcommandOf(const CLI::App& app, const std::string& name) {
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->check_name(name)) return sub;
  }
  return nullptr;
}

// The option of that name, of the command or of those above it.
const CLI::Option* OptionOf(const CLI::App* app, const std::string& name) {
  for (; app != nullptr; app = app->get_parent()) {
    if (const CLI::Option* option = app->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

std::vector<std::string> NamesOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

std::vector<std::string> OptionNamesOf(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string Unknown(std::string_view what, const std::string& word, const CLI::App& app,
                    const std::string& nearest) {
  return StrCat("there is no ", what, " `", PrintableLine(word), "` in `", PathOf(app), "`",
                nearest.empty() ? "" : "; did you mean `", nearest, nearest.empty() ? "" : "`?");
}

std::string ExamplesText(const std::vector<std::string>& examples) {
  std::string text = "Examples:";
  for (const std::string& example : examples) StrAppend(&text, "\n  ", example);
  return text +
         "\nEvery command also takes --output table|json, --address and --chat-address HOST:PORT.";
}

// "-x" or "-xVALUE"; not "-", which is standard input, and no number.
bool IsShortOption(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && word[1] != '-' && (word[1] < '0' || word[1] > '9');
}

// The deepest command that the words name.
const CLI::App* CommandOf(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  for (const std::string& word : arguments) {
    if (const CLI::App* sub = SubcommandOf(*command, word)) command = sub;
  }
  return command;
}

}  // namespace

std::string ExplainUnknownWord(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") break;
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      const CLI::Option* option = OptionOf(command, name);
      if (option == nullptr) {
        return Unknown("option", name, *command, NearestName(name, OptionNamesOf(command)));
      }
      const bool has_value_after = option->get_items_expected_max() > 0 && name == word;
      if (has_value_after) ++i;
    } else if (IsShortOption(word)) {
      const std::string name = word.substr(0, 2);
      const CLI::Option* option = OptionOf(command, name);
      if (option == nullptr) return Unknown("option", name, *command, "");
      const bool has_value_after = option->get_items_expected_max() > 0 && name == word;
      if (has_value_after) ++i;
    } else {
      const std::vector<std::string> names = NamesOf(*command);
      if (names.empty()) break;  // the verb's own arguments follow
      const CLI::App* sub = SubcommandOf(*command, word);
      if (sub == nullptr) return Unknown("command", word, *command, NearestName(word, names));
      command = sub;
    }
  }
  return "";
}

Cli::Cli(Terminal terminal)
    : terminal_(terminal),
      app_("Amooz: a chat model that gets better from its own chats.", "amooz") {
  app_.formatter(std::make_shared<HelpFormat>());
  app_.fallthrough();
  app_.require_subcommand(1);
  app_.set_version_flag("--version", std::string(AMOOZ_VERSION));
  app_.add_option("--output,-o", output_, "How to answer: table for people, json for scripts")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app_.add_option("--address", address_, "The server (default: AMOOZ_ADDRESS, or 127.0.0.1:50650)")
      ->type_name("HOST:PORT");
  app_.add_option("--chat-address", chat_address_,
                  "The chat service (default: AMOOZ_CHAT_ADDRESS, or 127.0.0.1:50651)")
      ->type_name("HOST:PORT");
  app_.footer(
      "Examples:\n"
      "  amooz status\n"
      "  amooz chats import chats.jsonl\n"
      "  amooz cycle start --wait\n"
      "  amooz chat\n"
      "  amooz doctor\n"
      "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 server not reachable, 5 refused.");
  AddStatusCommands(&app_, this);
  AddDoctorCommand(&app_, this);
  AddChatsCommands(&app_, this);
  AddDatasetCommands(&app_, this);
  AddCycleCommands(&app_, this);
  AddModelCommands(&app_, this);
  AddPluginCommands(&app_, this);
  AddScheduleCommands(&app_, this);
  AddChatCommand(&app_, this);
  AddCompletionCommand(&app_, this);
}

CLI::App* Cli::AddNoun(CLI::App* app, const std::string& name, const std::string& description,
                       const std::vector<std::string>& examples) {
  CLI::App* noun = app->add_subcommand(name, description)->group("Commands");
  noun->require_subcommand(1);
  noun->footer(ExamplesText(examples));
  return noun;
}

CLI::App* Cli::AddVerb(CLI::App* app, const std::string& name, const std::string& description,
                       const std::vector<std::string>& examples) {
  CLI::App* verb = app->add_subcommand(name, description)->group("Commands");
  verb->footer(ExamplesText(examples));
  return verb;
}

void Cli::OnRun(CLI::App* verb, Verb run) {
  verb->callback([this, run = std::move(run)] { chosen_ = run; });
}

int Cli::Run(const std::vector<std::string>& arguments) {
  const int code = ParseAndRun(arguments);
  terminal_.out->flush();
  if (code == kExitOk && !terminal_.out->good()) {
    return Report(absl::InternalError("could not write the output: is the disk full?"));
  }
  return code;
}

void Cli::ParseWords(const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app_.parse(reversed);
}

absl::Status Cli::Parse(const std::vector<std::string>& arguments) {
  try {
    ParseWords(arguments);
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return absl::OkStatus();
}

int Cli::ParseAndRun(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (IsUtf8(arguments[i])) continue;
    *terminal_.err << "amooz: argument " << i + 1 << " (" << PrintableLine(arguments[i])
                   << ") is not valid UTF-8: use a UTF-8 terminal\n";
    return kExitUsage;
  }
  try {
    ParseWords(arguments);
  } catch (const CLI::Success& help) {
    return app_.exit(help, *terminal_.out, *terminal_.err);
  } catch (const CLI::Error& error) {
    return RefuseUsage(error, arguments);
  }
  absl::Status status = core().Check();
  if (status.ok()) status = chat().Check();
  if (status.ok() && chosen_) status = chosen_();
  return status.ok() ? exit_code_ : Report(status);
}

int Cli::RefuseUsage(const CLI::Error& error, const std::vector<std::string>& arguments) {
  std::string reason = ExplainUnknownWord(app_, arguments);
  if (reason.empty()) reason = PrintableLine(error.what());
  const CLI::App* command = CommandOf(app_, arguments);
  const std::vector<std::string> names = NamesOf(*command);
  std::string known;
  for (const std::string& name : names) StrAppend(&known, known.empty() ? "" : ", ", name);
  *terminal_.err << "amooz: " << reason << "\n";
  if (!known.empty()) *terminal_.err << PathOf(*command) << " knows: " << known << "\n";
  *terminal_.err << "`" << PathOf(*command) << " --help` shows how it is used.\n";
  return kExitUsage;
}

int Cli::Report(const absl::Status& status) const {
  const Style style(terminal_.err_is_terminal && terminal_.has_colour);
  const std::string message(status.message());
  *terminal_.err << style.Bad("amooz:") << " " << PrintableText(message) << "\n";
  return ExitCodeOf(status);
}

std::shared_ptr<grpc::Channel> Cli::Dial(const ServerAddress& address) const {
  auto channel = Connect(address);
  std::atomic<bool>& awaited = address.kind() == ServerKind::kCore ? awaited_core_ : awaited_chat_;
  if (!awaited.exchange(true)) AwaitStart(address, channel.get());
  return channel;
}

void Cli::Show(const google::protobuf::Message& reply,
               const std::function<std::string()>& text) const {
  Print(wants_json() ? ToJsonLine(reply) + "\n" : text());
}

std::string Cli::TableText(const Table& table, std::string_view none) const {
  if (table.empty()) return StrCat(none, "\n");
  return table.ToString(terminal_.out_is_terminal ? terminal_.columns : 0, style());
}

void Cli::Print(std::string_view text) const { *terminal_.out << text; }

}  // namespace amooz::client
