#include "core/plugin/plugin_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace amooz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FakePlugin : public host::Plugin {
 public:
  const host::Descriptor& descriptor() const override { return descriptor_; }
  host::Scorer* scorer() override { return nullptr; }
  host::VariationGenerator* variation() override { return nullptr; }
  host::Trainer* trainer() override { return nullptr; }
  host::ModelRuntime* runtime() override { return nullptr; }
  std::int32_t pid() const override { return 0; }
  bool alive() const override { return true; }

 private:
  host::Descriptor descriptor_;
};

// A folder of files whose text says what they offer: "scorer" or "trainer,runtime".
class PluginCatalogTest : public ::testing::Test {
 protected:
  PluginCatalogTest() {
    directory_ = ::testing::TempDir() + "/plugins-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    Put("good.so", "scorer");
    Put("torch.so", "trainer,runtime");
    auto* scorer = config_.mutable_scoring()->add_scorers();
    scorer->set_plugin("good");
    scorer->set_weight(2);
    config_.mutable_training()->set_trainer("torch");
    config_.mutable_serving()->set_runtime("torch");
    loader_.describe = [this](const std::string& path) { return Describe(path); };
    loader_.validate = [](std::string_view, std::string_view config) -> Result<std::string> {
      if (config.find("wrong") != config.npos)
        return Status(Code::kInvalidArgument, "/wrong is unknown");
      return std::string(config);
    };
    loader_.open =
        [this](const host::OpenOptions& options) -> Result<std::unique_ptr<host::Plugin>> {
      opened_.push_back(options);
      return std::unique_ptr<host::Plugin>(std::make_unique<FakePlugin>());
    };
  }
  ~PluginCatalogTest() override { std::filesystem::remove_all(directory_); }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name) << text;
  }
  Result<std::vector<host::Descriptor>> Describe(const std::string& path) {
    ++described_;
    std::ifstream file(path);
    std::vector<host::Descriptor> descriptors;
    for (std::string kind; std::getline(file, kind, ',');) {
      host::Descriptor one;
      one.name = std::filesystem::path(path).stem().string();
      one.artifact_format = trainer_format_;
      one.reads_formats = "any-1, torch-2";
      if (kind == "scorer") {
        one.kind = host::Kind::kScorer;
      } else if (kind == "trainer") {
        one.kind = host::Kind::kTrainer;
      } else if (kind == "runtime") {
        one.kind = host::Kind::kRuntime;
      } else {
        return Status(Code::kFailedPrecondition, "not a plugin");
      }
      descriptors.push_back(one);
    }
    return descriptors;
  }
  PluginCatalog Catalog() { return PluginCatalog(directory_, config_, loader_); }

  std::string directory_;
  amooz::v1::Config config_;
  PluginCatalog::Loader loader_;
  std::string trainer_format_ = "torch-2";
  int described_ = 0;
  std::vector<host::OpenOptions> opened_;
};

TEST_F(PluginCatalogTest, ListsWhatIsInstalledAndWhatIsConfigured) {
  Put("broken.so", "nonsense");
  Put("notes.txt", "scorer");
  config_.mutable_variation()->add_generators()->set_plugin("/nowhere/gone.so");
  PluginCatalog catalog = Catalog();
  const auto plugins = catalog.List();
  ASSERT_EQ(plugins.size(), 5u);
  const auto find = [&](const std::string& name, const std::string& kind) {
    for (const auto& plugin : plugins) {
      if (plugin.name() == name && plugin.kind() == kind) return plugin;
    }
    return amooz::v1::Plugin();
  };
  EXPECT_TRUE(find("good", "scorer").configured());
  EXPECT_EQ(find("good", "scorer").placement(), "in_process");
  EXPECT_EQ(find("torch", "trainer").placement(), "process");
  EXPECT_TRUE(find("torch", "runtime").error().empty());
  EXPECT_EQ(find("broken", "").error(), "not a plugin");
  EXPECT_TRUE(find("/nowhere/gone.so", "variation").configured());
  EXPECT_THAT(find("/nowhere/gone.so", "variation").error(), HasSubstr("gone"));
}

TEST_F(PluginCatalogTest, AFifoNamedSoIsRefusedAndNobodyWaitsForIt) {
  ASSERT_EQ(::mkfifo((directory_ + "/pipe.so").c_str(), 0600), 0);
  PluginCatalog catalog = Catalog();
  std::string error;
  for (const auto& plugin : catalog.List()) {
    if (plugin.name() == "pipe") error = plugin.error();
  }
  EXPECT_THAT(error, HasSubstr("is no regular file"));
}

TEST_F(PluginCatalogTest, DescribesAFileOnceForItsBytes) {
  PluginCatalog catalog = Catalog();
  catalog.List();
  const int first = described_;
  catalog.List();
  EXPECT_EQ(described_, first);
  Put("good.so", "scorer,runtime");
  catalog.List();
  EXPECT_EQ(described_, first + 1);
}

TEST_F(PluginCatalogTest, AFaultThatIsNotTheFilesIsToldAndForgotten) {
  bool is_host_there = false;
  loader_.describe = [&](const std::string& path) -> Result<std::vector<host::Descriptor>> {
    if (!is_host_there) return Status(Code::kInternal, "amooz-plugin-host cannot be started");
    return Describe(path);
  };
  PluginCatalog catalog = Catalog();
  const std::string said(catalog.ResolveAll(config_).status().message());
  EXPECT_THAT(said, HasSubstr("amooz-plugin-host cannot be started"));
  EXPECT_THAT(said, Not(HasSubstr("there is no such plugin")));
  is_host_there = true;
  EXPECT_TRUE(catalog.ResolveAll(config_).ok());
}

TEST_F(PluginCatalogTest, ATrainerWhoseModelsTheRuntimeCannotReadIsRefused) {
  EXPECT_TRUE(Catalog().ResolveAll(config_).ok());
  trainer_format_ = "torch";
  const absl::Status status = Catalog().ResolveAll(config_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("training.trainer"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("serving.runtime 'torch' reads 'any-1"));
}

TEST_F(PluginCatalogTest, RefusesAWrongConfigPlacementOrKindAndNamesThePlugin) {
  PluginCatalog catalog = Catalog();
  amooz::v1::PluginUse use;
  use.set_plugin("torch");
  use.set_placement("in_process");
  EXPECT_THAT(std::string(catalog.Resolve(host::Kind::kTrainer, use).status().message()),
              HasSubstr("trainer 'torch'"));
  EXPECT_EQ(catalog.Resolve(host::Kind::kScorer, use).status().code(),
            absl::StatusCode::kFailedPrecondition);
  use.set_plugin("good");
  (*use.mutable_config()->mutable_fields())["wrong"].set_number_value(1);
  EXPECT_THAT(std::string(catalog.Resolve(host::Kind::kScorer, use).status().message()),
              HasSubstr("/wrong"));
  use.set_plugin("absent");
  EXPECT_EQ(catalog.Resolve(host::Kind::kScorer, use).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(PluginCatalogTest, Rule1OpensWhatWasFrozenOrNamesThePluginThatIsGone) {
  PluginCatalog catalog = Catalog();
  const auto frozen = catalog.ResolveAll(config_);
  ASSERT_TRUE(frozen.ok()) << frozen.status();
  const auto again = FrozenPluginsFromJson(FrozenPluginsToJson(*frozen));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->size(), 3u);
  EXPECT_EQ((*again)[0].weight, 2);
  EXPECT_TRUE(catalog.Open((*again)[0], {}).ok());
  EXPECT_EQ(opened_.back().expected_sha256, (*again)[0].sha256);

  Put("good.so", "scorer,changed");
  auto status = catalog.Open((*again)[0], {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'good'"));
  std::filesystem::remove(directory_ + "/torch.so");
  status = catalog.Open((*again)[1], {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'torch' is gone"));
}

}  // namespace
}  // namespace amooz
