// Every command explains itself, and its examples are commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "client/cli/cli.h"
#include "client/cli/display_width.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

using Path = std::vector<std::string>;

// Every noun and verb, and `amooz` itself as the empty path.
std::vector<Path> AllCommands() {
  const Cli cli{Terminal()};
  std::vector<Path> paths;
  Path path;
  const std::function<void(const CLI::App&)> walk = [&](const CLI::App& app) {
    paths.push_back(path);
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
      path.push_back(sub->get_name());
      walk(*sub);
      path.pop_back();
    }
  };
  walk(cli.definition());
  return paths;
}

std::string HelpOf(Path words) {
  std::ostringstream out, err;
  Terminal terminal;
  terminal.out = &out;
  terminal.err = &err;
  words.push_back("--help");
  EXPECT_EQ(Cli(terminal).Run(words), 0) << err.str();
  return out.str();
}

// The lines below "Examples:".
std::vector<std::string> ExamplesOf(const std::string& help) {
  std::istringstream lines(help.substr(help.find("Examples:\n") + 10));
  std::vector<std::string> examples;
  for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
    examples.push_back(line.substr(2));
  }
  return examples;
}

// The words behind `amooz`, as a shell would pass them, up to a pipe, a redirection or ")".
Path ArgumentsIn(const std::string& example) {
  const auto start = example.find("amooz ");
  if (start == std::string::npos) return {"(no amooz in it)"};
  Path words;
  std::string word;
  bool is_quoted = false, has_word = false;
  for (const char c : example.substr(start + 6) + " ") {
    if (c == '"') {
      is_quoted = !is_quoted;
      has_word = true;
    } else if (is_quoted || std::string(" |>)").find(c) == std::string::npos) {
      word.push_back(c);
      has_word = true;
    } else {
      if (has_word) words.push_back(word);
      word.clear();
      has_word = false;
      if (c != ' ') break;
    }
  }
  return words;
}

TEST(Help, EveryCommandHasExamplesThatTheCommandLineKnows) {
  const std::vector<Path> commands = AllCommands();
  ASSERT_GT(commands.size(), 35u);
  for (const Path& command : commands) {
    std::string name = "amooz";
    for (const std::string& word : command) StrAppend(&name, " ", word);
    const std::vector<std::string> examples = ExamplesOf(HelpOf(command));
    EXPECT_FALSE(examples.empty()) << name;
    for (const std::string& example : examples) {
      EXPECT_THAT(example, HasSubstr(name)) << "an example of another command";
      EXPECT_TRUE(Cli(Terminal()).Parse(ArgumentsIn(example)).ok())
          << example << ": " << Cli(Terminal()).Parse(ArgumentsIn(example));
    }
  }
}

TEST(Help, AMistakeInAnExampleWouldBeFound) {
  EXPECT_FALSE(Cli(Terminal()).Parse(ArgumentsIn("amooz cycle strat --wait")).ok());
  EXPECT_FALSE(Cli(Terminal()).Parse(ArgumentsIn("amooz cycle start --wiat")).ok());
  EXPECT_FALSE(Cli(Terminal()).Parse(ArgumentsIn("amooz chats list --outcome good")).ok());
  EXPECT_FALSE(Cli(Terminal()).Parse(ArgumentsIn("echo")).ok());
}

TEST(Help, FitsATerminalOfAHundredColumns) {
  for (const Path& command : AllCommands()) {
    std::istringstream lines(HelpOf(command));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), 100) << line;
  }
}

TEST(Help, ShowsChoicesAndDefaultsAsPeopleWriteThem) {
  const std::string help = HelpOf({"chats", "list"});
  EXPECT_THAT(help, HasSubstr("--limit N"));
  EXPECT_THAT(help, HasSubstr("(default: 50)"));
  EXPECT_THAT(help, HasSubstr("--outcome WORD"));
  EXPECT_THAT(help, HasSubstr("unread, accepted, "));
  EXPECT_THAT(HelpOf({}), HasSubstr("--output table|json"));
}

}  // namespace
}  // namespace amooz::client
