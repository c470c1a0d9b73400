// The script in a real bash: what is offered behind which words.
#include "client/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "client/cli/cli.h"
#include "client/cli/help_format.h"
#include "client/lib/str_cat.h"
#include "sdk/base/process.h"

namespace amooz::client {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() : cli_(Terminal()) {
    std::string pattern = ::testing::TempDir() + "/completion-XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
    std::ofstream(dir_ + "/amooz.bash") << BashCompletion(cli_.definition());
    std::ofstream(dir_ + "/my file.jsonl") << "";
  }
  ~CompletionTest() override { std::filesystem::remove_all(dir_); }

  // A line of each case: what bash would offer behind `words`, the last of which is being typed.
  std::vector<std::vector<std::string>> OfferAll(
      const std::vector<std::vector<std::string>>& cases) {
    std::string script = StrCat("cd ", dir_, " && source ./amooz.bash\n");
    for (const auto& words : cases) {
      script += "COMP_WORDS=(amooz";
      for (const std::string& word : words) StrAppend(&script, " '", word, "'");
      StrAppend(&script, "); COMP_CWORD=", words.size(),
                "; _amooz; (IFS='|'; echo \"${COMPREPLY[*]}\")\n");
    }
    std::ofstream(dir_ + "/ask.bash") << script;
    const auto said =
        RunToEnd(Spawner::Default(), {"/bin/bash", "--norc", dir_ + "/ask.bash"}, 60'000);
    EXPECT_TRUE(said.ok());
    EXPECT_EQ(said->err, "");
    std::vector<std::vector<std::string>> offers;
    std::istringstream lines(said->out);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      offers.emplace_back();
      for (std::string word; std::getline(words, word, '|');) offers.back().push_back(word);
    }
    EXPECT_EQ(offers.size(), cases.size());
    offers.resize(cases.size());
    return offers;
  }
  std::vector<std::string> Offer(const std::vector<std::string>& words) {
    return OfferAll({words})[0];
  }

  Cli cli_;
  std::string dir_;
};

TEST_F(CompletionTest, EveryCommandAndOptionOfTheDefinitionIsOffered) {
  std::vector<std::vector<std::string>> cases, expected;
  std::vector<std::string> path;
  const std::function<void(const CLI::App&)> walk = [&](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        cases.push_back(path);
        cases.back().push_back("--" + name);
        expected.push_back({"--" + name});
      }
    }
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
      cases.push_back(path);
      cases.back().push_back(sub->get_name());
      expected.push_back({sub->get_name()});
      path.push_back(sub->get_name());
      walk(*sub);
      path.pop_back();
    }
  };
  walk(cli_.definition());
  ASSERT_GT(cases.size(), 100u);
  const auto offers = OfferAll(cases);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_THAT(offers[i], Contains(expected[i][0]));
  }
}

TEST_F(CompletionTest, AnOptionsValuesAreOfferedBehindItAlsoAfterAnEqualsSign) {
  EXPECT_THAT(Offer({"status", "--output", ""}), UnorderedElementsAre("table", "json"));
  EXPECT_THAT(Offer({"status", "--output", "=", "j"}), ElementsAre("json"));
  EXPECT_THAT(Offer({"status", "--output", "="}), UnorderedElementsAre("table", "json"));
  EXPECT_THAT(Offer({"chats", "list", "--outcome", "low"}), ElementsAre("low_quality"));
}

TEST_F(CompletionTest, AnOptionsValueIsNotTakenForACommand) {
  EXPECT_THAT(Offer({"--address", "cycle", "model", "ro"}), ElementsAre("rollback"));
  EXPECT_THAT(Offer({"--output", "=", "json", "cycle", "st"}), ElementsAre("start"));
}

TEST_F(CompletionTest, GlobalOptionsAreOfferedBehindAVerb) {
  EXPECT_THAT(Offer({"cycle", "start", "--ad"}), ElementsAre("--address"));
}

TEST_F(CompletionTest, FilesAreOfferedWhereAFileStands) {
  EXPECT_THAT(Offer({"chats", "import", "my"}), ElementsAre("my file.jsonl"));
  EXPECT_THAT(Offer({"dataset", "export", "--out", "my"}), ElementsAre("my file.jsonl"));
}

TEST_F(CompletionTest, WordsThatStandForACycleOrAModelAreOffered) {
  EXPECT_THAT(Offer({"cycle", "report", ""}), ElementsAre("last"));
  EXPECT_THAT(Offer({"model", "show", "a"}), ElementsAre("active"));
  EXPECT_THAT(Offer({"why", ""}), IsEmpty());
}

}  // namespace
}  // namespace amooz::client
