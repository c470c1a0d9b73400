// An installation of shell scripts that behave as the programs do.
#include "client/cli/installation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

class InstallationTest : public ::testing::Test {
 protected:
  InstallationTest() {
    std::string pattern = ::testing::TempDir() + "/installation-XXXXXX";
    prefix_ = ::mkdtemp(pattern.data());
    for (const char* folder : {"/bin", "/libexec", "/lib/amooz/plugins", "/data"}) {
      std::filesystem::create_directories(prefix_ + folder);
    }
    ::chmod((prefix_ + "/data").c_str(), 0700);
    std::ofstream(prefix_ + "/data/amooz.db") << "a database";
    WriteProgram("bin/amoozd",
                 "[ \"$1\" = --version ] && echo 'amoozd 0.1.0' && exit 0\n"
                 "[ \"$3\" != bad.yaml ] || { echo 'amoozd: cycel is no key' >&2; exit 2; }");
    WriteProgram("bin/amooz-chat", "echo 'amooz-chat 0.1.0'");
    WriteProgram("bin/amooz-plugin",
                 "case $2 in *broken*) echo 'amooz-plugin: libtorch_cpu.so: cannot open shared "
                 "object file' >&2; exit 1;; esac\n"
                 "echo '[{\"name\":\"polite\",\"version\":\"1.0.0\",\"kind\":\"scorer\"}]'");
    WriteProgram("libexec/amooz-plugin-host", "exit 0");
    WriteProgram("lib/amooz/plugins/polite.so", "");
  }
  ~InstallationTest() override { std::filesystem::remove_all(prefix_); }

  void WriteProgram(const std::string& path, const std::string& script) {
    std::ofstream(prefix_ + "/" + path) << "#!/bin/sh\n" << script << "\n";
    ASSERT_EQ(::chmod((prefix_ + "/" + path).c_str(), 0755), 0);
  }
  Installation installation() { return {prefix_, Env::Default(), Spawner::Default()}; }
  static std::string Text(const Findings& findings) {
    return FindingsText(findings, 0, Style(false));
  }

  std::string prefix_;
};

TEST_F(InstallationTest, AWholeOneIsGood) {
  EXPECT_FALSE(IsAnythingWrong(installation().CheckPrograms("0.1.0")));
  EXPECT_THAT(Text(installation().CheckPlugins()), HasSubstr("polite.so: polite 1.0.0 (scorer)"));
  EXPECT_FALSE(IsAnythingWrong(installation().CheckPlugins()));
}

TEST_F(InstallationTest, AMissingProgramIsNamed) {
  std::filesystem::remove(prefix_ + "/libexec/amooz-plugin-host");
  const Findings findings = installation().CheckPrograms("0.1.0");
  EXPECT_TRUE(IsAnythingWrong(findings));
  EXPECT_THAT(Text(findings), HasSubstr("libexec/amooz-plugin-host: No such file"));
}

TEST_F(InstallationTest, AProgramOfAnotherVersionIsWrong) {
  EXPECT_THAT(Text(installation().CheckPrograms("0.2.0")),
              HasSubstr("is \"amoozd 0.1.0\", this client is 0.2.0"));
}

TEST_F(InstallationTest, AClientAloneIsGood) {
  for (const char* program : {"amoozd", "amooz-chat"}) {
    std::filesystem::remove(prefix_ + "/bin/" + program);
  }
  EXPECT_FALSE(IsAnythingWrong(installation().CheckPrograms("0.1.0")));
  EXPECT_TRUE(installation().CheckPlugins().empty());
}

TEST_F(InstallationTest, APluginThatFindsNoLibTorchSaysWhereToGetIt) {
  WriteProgram("lib/amooz/plugins/broken.so", "");
  const Findings findings = installation().CheckPlugins();
  EXPECT_TRUE(IsAnythingWrong(findings));
  EXPECT_THAT(Text(findings), HasSubstr("broken.so: libtorch_cpu.so: cannot open"));
  EXPECT_THAT(Text(findings), HasSubstr("AMOOZ_TORCH_DIR"));
}

TEST_F(InstallationTest, WithoutThePluginHostNoPluginIsBlamed) {
  std::filesystem::remove(prefix_ + "/libexec/amooz-plugin-host");
  const Findings findings = installation().CheckPlugins();
  EXPECT_FALSE(IsAnythingWrong(findings));
  EXPECT_THAT(Text(findings), HasSubstr("cannot be loaded without"));
  EXPECT_THAT(Text(findings), HasSubstr("libexec/amooz-plugin-host"));
}

TEST_F(InstallationTest, NoPluginAtAllIsWrong) {
  std::filesystem::remove(prefix_ + "/lib/amooz/plugins/polite.so");
  EXPECT_TRUE(IsAnythingWrong(installation().CheckPlugins()));
}

TEST_F(InstallationTest, TheConfigurationIsReadByTheServerItself) {
  EXPECT_EQ(installation().CheckConfig("good.yaml", "d").health, Health::kGood);
  const Finding bad = installation().CheckConfig("bad.yaml", "d");
  EXPECT_EQ(bad.health, Health::kWrong);
  EXPECT_EQ(bad.text, "bad.yaml: cycel is no key");
}

TEST_F(InstallationTest, ADataFolderOfOnesOwnIsGood) {
  const Findings findings = installation().CheckDataFolder(prefix_ + "/data", 0);
  EXPECT_THAT(Text(findings), HasSubstr(" free ("));
  EXPECT_FALSE(IsAnythingWrong(findings));
}

TEST_F(InstallationTest, TooLittleRoomIsWrong) {
  EXPECT_TRUE(IsAnythingWrong(installation().CheckDataFolder(prefix_ + "/data", 101)));
}

TEST_F(InstallationTest, RightsOfOthersAreTold) {
  ::chmod((prefix_ + "/data").c_str(), 0755);
  EXPECT_THAT(Text(installation().CheckDataFolder(prefix_ + "/data", 0)),
              HasSubstr("can read the chats"));
  ::chmod((prefix_ + "/data").c_str(), 0777);
  EXPECT_TRUE(IsAnythingWrong(installation().CheckDataFolder(prefix_ + "/data", 0)));
}

TEST_F(InstallationTest, AMissingDataFolderIsWrong) {
  EXPECT_THAT(Text(installation().CheckDataFolder(prefix_ + "/none", 0)),
              HasSubstr("--data-dir DIR"));
}

TEST_F(InstallationTest, AFolderThatIsNoDataFolderIsWrong) {
  EXPECT_THAT(Text(installation().CheckDataFolder(prefix_, 0)), HasSubstr("holds no amooz.db"));
}

TEST_F(InstallationTest, AFileIsNoDataFolder) {
  const std::string file = prefix_ + "/bin/amoozd";
  EXPECT_THAT(Text(installation().CheckDataFolder(file, 0)), HasSubstr("is not a folder"));
}

}  // namespace
}  // namespace amooz::client
