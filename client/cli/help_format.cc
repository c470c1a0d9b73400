#include "client/cli/help_format.h"

#include "client/cli/display_width.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr std::size_t kColumn = 26;
constexpr int kDescriptionColumns = 72;
// Longer lists of choices stand in the description.
constexpr std::size_t kShortChoices = 20;

std::string Joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) StrAppend(&text, text.empty() ? "" : separator, word);
  return text;
}

// What CLI11 calls a type, as people read it.
std::string TypeWord(const CLI::Option& option) {
  std::string type = option.get_type_name();
  // A range or another check follows: "UINT:UINT in [1 - 1000]".
  if (const auto check = type.find(':'); check != std::string::npos && type != "HOST:PORT") {
    type.erase(check);
  }
  if (type == "UINT" || type == "INT") return "N";
  return type == "FLOAT" ? "X" : type;
}

}  // namespace

bool IsOperand(const CLI::Option& option) {
  return option.get_lnames().empty() && option.get_snames().empty();
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// CLI11 keeps them in the type's name alone: "TEXT:{table,json}".
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

HelpFormat::HelpFormat() {
  column_width(kColumn);
  label("Positionals", "Arguments");
  label("SUBCOMMAND", "COMMAND");
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
  if (IsOperand(*option) || !TakesValue(*option)) return "";
  const std::string choices = Joined(ChoicesOf(*option), "|");
  if (choices.empty()) return " " + TypeWord(*option);
  return choices.size() <= kShortChoices ? " " + choices : " WORD";
}

std::string HelpFormat::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  const std::vector<std::string> choices = ChoicesOf(*option);
  if (Joined(choices, "|").size() > kShortChoices) StrAppend(&text, ": ", Joined(choices, ", "));
  if (TakesValue(*option) && !option->get_default_str().empty()) {
    StrAppend(&text, " (default: ", option->get_default_str(), ")");
  }
  return WrapToWidth(text, kDescriptionColumns, 0);  // CLI11 indents the further lines
}

}  // namespace amooz::client
