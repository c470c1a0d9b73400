#include "client/cli/completion.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/help_format.h"
#include "client/cli/input_output.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

// What a command's case sets, and how the words before the cursor are read.
constexpr std::string_view kHead =
    R"(# Completes amooz's commands, options and their values in bash.
# Made by `amooz completion bash` from the client's own definition: do not edit.

_amooz() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=amooz commands= options= valued= operands= word skip= i
  [[ $current == = ]] && current=
  [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
  _amooz_command "$command"
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then
      skip=1
    elif [[ -n $skip ]]; then
      skip=
    elif [[ " $valued " == *" $word "* ]]; then
      skip=1
    elif [[ " $commands " == *" $word "* ]]; then
      command+=" $word"
      _amooz_command "$command"
    fi
  done
  COMPREPLY=()
  if [[ " $valued " == *" $previous "* ]]; then
    _amooz_value "$command" "$previous"
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else
    _amooz_offer "$operands"
  fi
}

# FILE and DIR are names on the disk; other words are offered as they are.
_amooz_offer() {
  case $1 in
    FILE) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    DIR) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    *) COMPREPLY=($(compgen -W "$1" -- "$current")) ;;
  esac
}

)";

struct Known {
  std::string_view name;
  std::string_view words;
};
// Operands that have a word beside numbers and digests.
constexpr Known kOperandWords[] = {{"CYCLE", "last"}, {"DIGEST", "active"}};

void AppendWord(const std::string& word, std::string* words) {
  StrAppend(words, words->empty() ? "" : " ", word);
}

// What can stand there: "table json", FILE or DIR, or "" for anything.
std::string ValuesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type == "FILE" || type == "DIR") return type;
  std::string words;
  for (const std::string& choice : ChoicesOf(option)) AppendWord(choice, &words);
  return words;
}

std::string OperandWords(const CLI::Option& option) {
  for (const Known& known : kOperandWords) {
    if (option.get_name(true) == known.name) return std::string(known.words);
  }
  return ValuesOf(option);
}

// Those of the command and of all above it, which take effect anywhere.
std::vector<const CLI::Option*> OptionsOf(const CLI::App* app) {
  std::vector<const CLI::Option*> options;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      if (!IsOperand(*option)) options.push_back(option);
    }
  }
  return options;
}

std::vector<std::string> NamesOf(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

bool HasWord(const std::string& words, const std::string& word) {
  return (" " + words + " ").find(" " + word + " ") != std::string::npos;
}

struct Scripts {
  std::string commands, values;
};

void Describe(const CLI::App& app, const std::string& path, Scripts* scripts) {
  std::string commands, options, valued, operands;
  const auto subs = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : subs) AppendWord(sub->get_name(), &commands);
  for (const CLI::Option* option : OptionsOf(&app)) {
    const std::string values = ValuesOf(*option);
    for (const std::string& name : NamesOf(*option)) {
      if (HasWord(options, name)) continue;  // --help is each command's own
      AppendWord(name, &options);
      if (!TakesValue(*option)) continue;
      AppendWord(name, &valued);
      if (values.empty()) continue;
      StrAppend(&scripts->values, "    '", path, " ", name, "') _amooz_offer '", values, "' ;;\n");
    }
  }
  for (const CLI::Option* option : app.get_options()) {
    if (!IsOperand(*option)) continue;
    if (const std::string words = OperandWords(*option); !words.empty()) operands = words;
  }
  StrAppend(&scripts->commands, "    '", path, "')\n      commands='", commands,
            "'\n      options='", options, "'\n      valued='", valued, "'\n      operands='",
            operands, "' ;;\n");
  for (const CLI::App* sub : subs) Describe(*sub, path + " " + sub->get_name(), scripts);
}

absl::Status WriteCompletion(const Cli& cli, const std::string& out) {
  AMOOZ_ASSIGN_OR_RETURN(const auto output, Output::Open(cli, out));
  AMOOZ_RETURN_IF_ERROR(output->Write(BashCompletion(cli.definition())));
  return output->Finish();
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  Scripts scripts;
  Describe(app, app.get_name(), &scripts);
  return StrCat(kHead, "_amooz_command() {\n  case $1 in\n", scripts.commands,
                "  esac\n}\n\n_amooz_value() {\n  case \"$1 $2\" in\n", scripts.values,
                "  esac\n}\n\ncomplete -F _amooz amooz\n");
}

void AddCompletionCommand(CLI::App* app, Cli* cli) {
  struct CompletionOptions {
    std::string shell, out;
  };
  const auto options = std::make_shared<CompletionOptions>();
  CLI::App* verb = Cli::AddVerb(
      app, "completion", "Prints what makes a shell complete this client's command lines",
      {"source <(amooz completion bash)",
       "amooz completion bash --out ~/.local/share/bash-completion/completions/amooz"});
  verb->add_option("SHELL", options->shell, "The only one so far: bash")
      ->required()
      ->check(CLI::IsMember({"bash"}));
  AddOutOption(verb, &options->out);
  cli->OnRun(verb, [cli, options] { return WriteCompletion(*cli, options->out); });
}

}  // namespace amooz::client
