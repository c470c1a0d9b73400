// The whole server: start, refusals, the services over a real cycle, stop and resume.
#include "core/server/amooz_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/server/amooz_server_testing.h"
#include "sdk/base/sha256.h"

namespace amooz::server {
namespace {

using testing::Contains;
using testing::HasSubstr;

using ServerTest = AmoozServerTest;

TEST_F(ServerTest, TheAddressFileIsThereWhileItServes) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::string file = JoinPath(data_dir(), "amoozd.address");
  EXPECT_EQ(Env::Default()->ReadFile(file).value(), server_->address() + "\n");
  server_->Stop();
  EXPECT_FALSE(Env::Default()->Exists(file));
}

// ---- Refusals: nothing on disk is changed ----

TEST_F(ServerTest, APortInUseIsRefusedBeforeAnythingIsChanged) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::string taken = server_->address();
  store::ScratchFolder other;
  extra_ = {"listen=" + taken, "data_dir=" + other.path + "/data"};
  ConfigSources sources;
  sources.overrides = Overrides();
  const auto second = AmoozServer::Start({.config = LoadConfig(sources).value()});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(taken));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("--listen"));
  EXPECT_FALSE(Env::Default()->Exists(other.path + "/data"));
}

TEST_F(ServerTest, AnAddressThatOthersCanReachNeedsConsent) {
  extra_ = {"listen=0.0.0.0:0"};
  const auto refused = TryStart();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("--insecure-listen"));
  EXPECT_FALSE(Env::Default()->Exists(data_dir()));
  extra_.push_back("insecure_listen=true");
  EXPECT_TRUE(TryStart().ok());
}

TEST_F(ServerTest, AMissingPluginIsNamedAndNothingIsChanged) {
  extra_ = {"scoring.scorers=[{plugin: no_such_scorer}]"};
  const auto refused = TryStart();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("no_such_scorer"));
  EXPECT_FALSE(Env::Default()->Exists(data_dir()));
}

TEST_F(ServerTest, AWrongPluginIsNamedAndNothingIsChanged) {
  const char* build = std::getenv("AMOOZ_BUILD_DIR");
  const std::string plugins = std::string(build == nullptr ? "." : build) + "/tests/plugins/";
  for (const char* file : {"not_a_plugin.so", "fixture.so"}) {
    extra_ = {"scoring.scorers=[{plugin: " + plugins + file + "}]"};
    const auto refused = TryStart();
    ASSERT_FALSE(refused.ok()) << file;
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(file));
    EXPECT_FALSE(Env::Default()->Exists(data_dir()));
  }
}

TEST_F(ServerTest, TheCheckOfTheConfigurationRefusesThePluginsThatTheStartRefuses) {
  const auto check = [this] {
    ConfigSources sources;
    sources.overrides = Overrides();
    sources.data_dir = data_dir();
    return AmoozServer::CheckPlugins(LoadConfig(sources).value());
  };
  EXPECT_TRUE(check().ok()) << check();
  for (const char* scorer :
       {"{plugin: no_such_scorer}", "{plugin: heuristic_scorer, config: {mod: classic}}"}) {
    extra_ = {std::string("scoring.scorers=[") + scorer + "]"};
    EXPECT_EQ(check(), TryStart().status()) << scorer;
    EXPECT_FALSE(check().ok()) << scorer;
  }
  EXPECT_FALSE(Env::Default()->Exists(data_dir()));
}

TEST_F(ServerTest, ADataFolderInUseIsRefused) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto second = TryStart();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("data folder"));
}

// ---- Over a real cycle ----

TEST_F(ServerTest, ACycleIsWatchedToItsEndAndItsModelIsServedAndFetched) {
  ASSERT_NO_FATAL_FAILURE(Start());
  Append("app", 1, 200);
  const std::vector<v1::CycleEvent> events = RunCycle(/*skip_training=*/false);
  ASSERT_FALSE(events.empty());
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].number(), i + 1);
  ASSERT_TRUE(events.back().has_ended());
  EXPECT_EQ(events.back().ended().state(), v1::CYCLE_STATE_FINISHED);

  // A reconnect misses nothing and repeats nothing.
  const auto rest = Watch(1, events[events.size() - 3].number());
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].number(), events[events.size() - 2].number());

  v1::GetCycleRequest get;
  get.set_id(1);
  CallContext get_context;
  v1::GetCycleResponse cycle;
  ASSERT_TRUE(cycles_->GetCycle(&get_context, get, &cycle).ok());
  EXPECT_TRUE(cycle.cycle().summary().trained()) << cycle.cycle().summary().training_reason();
  ASSERT_TRUE(cycle.cycle().summary().promoted()) << cycle.cycle().summary().promotion_reason();

  CallContext watch_context;
  auto watch = models_->WatchActiveModel(&watch_context, {});
  v1::WatchActiveModelResponse active;
  ASSERT_TRUE(watch->Read(&active));
  EXPECT_EQ(active.digest(), cycle.cycle().candidate_digest());
  EXPECT_EQ(active.generation(), 1u);
  EXPECT_THAT(active.runtime(), HasSubstr("fixture.so"));
  EXPECT_EQ(active.runtime_config_json(), "{}");
  watch_context.TryCancel();

  CallContext fetch_context;
  v1::FetchModelRequest fetch;
  fetch.set_digest("active");
  auto reader = models_->FetchModel(&fetch_context, fetch);
  v1::FetchModelResponse piece;
  ASSERT_TRUE(reader->Read(&piece));
  const v1::Model model = piece.model();
  EXPECT_EQ(model.digest(), active.digest());
  std::map<std::string, std::string> files;
  while (reader->Read(&piece)) files[piece.file_name()] += piece.data();
  EXPECT_TRUE(reader->Finish().ok());
  ASSERT_GT(model.files_size(), 0);
  for (const v1::ModelFile& file : model.files()) {
    EXPECT_EQ(ToHex(Sha256Of(files[file.name()])), file.sha256()) << file.name();
  }
}

TEST_F(ServerTest, AWatcherSeesAPromotionByHand) {
  ASSERT_NO_FATAL_FAILURE(Start());
  CallContext context;
  auto watch = models_->WatchActiveModel(&context, {});
  v1::WatchActiveModelResponse active;
  ASSERT_TRUE(watch->Read(&active));
  EXPECT_EQ(active.generation(), 0u);
  EXPECT_EQ(active.digest(), "");
  Append("app", 1, 100);
  RunCycle(/*skip_training=*/false);
  ASSERT_TRUE(watch->Read(&active));
  EXPECT_EQ(active.generation(), 1u);
  EXPECT_FALSE(active.digest().empty());
}

TEST_F(ServerTest, AWatcherThatServesAnUnknownModelIsToldOfTheActiveOne) {
  ASSERT_NO_FATAL_FAILURE(Start());
  v1::WatchActiveModelRequest request;
  request.set_serving_digest(std::string(64, 'a'));
  request.set_failed_digest(std::string(64, 'b'));
  request.set_failure("its process died");
  CallContext context;
  auto watch = models_->WatchActiveModel(&context, request);
  v1::WatchActiveModelResponse active;
  ASSERT_TRUE(watch->Read(&active)) << watch->Finish().error_message();
  EXPECT_EQ(active.digest(), "");
  Append("app", 1, 100);
  RunCycle(/*skip_training=*/false);
  ASSERT_TRUE(watch->Read(&active)) << watch->Finish().error_message();
  EXPECT_EQ(active.generation(), 1u);
  EXPECT_FALSE(active.digest().empty());
}

TEST_F(ServerTest, WhatIsNotThereIsNotFound) {
  ASSERT_NO_FATAL_FAILURE(Start());
  CallContext a, b, c, d, e;
  v1::GetCycleRequest cycle;
  cycle.set_id(7);
  v1::GetCycleResponse cycle_reply;
  EXPECT_EQ(cycles_->GetCycle(&a, cycle, &cycle_reply).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::GetModelRequest model;
  model.set_digest("abcdef");
  v1::GetModelResponse model_reply;
  EXPECT_EQ(models_->GetModel(&b, model, &model_reply).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::GetPluginRequest plugin;
  plugin.set_name("nobody");
  v1::GetPluginResponse plugin_reply;
  EXPECT_EQ(plugins_->GetPlugin(&c, plugin, &plugin_reply).error_code(),
            grpc::StatusCode::NOT_FOUND);
  v1::WatchCycleRequest watch;
  watch.set_id(7);
  auto reader = cycles_->WatchCycle(&d, watch);
  v1::WatchCycleResponse event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  v1::ExportExamplesRequest version;
  version.set_version(9);
  auto rows = datasets_->ExportExamples(&e, version);
  v1::ExportExamplesResponse row;
  EXPECT_FALSE(rows->Read(&row));
  EXPECT_EQ(rows->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, StatusConfigAndPluginsAreTold) {
  ASSERT_NO_FATAL_FAILURE(Start());
  Append("app", 1, 5);
  CallContext a, b, c;
  v1::GetServerStatusResponse status;
  ASSERT_TRUE(status_->GetServerStatus(&a, {}, &status).ok());
  EXPECT_EQ(status.unread_chats(), 5u);
  EXPECT_EQ(status.min_chats_for_learning(), 20u);
  EXPECT_FALSE(status.version().empty());
  EXPECT_TRUE(status.has_started_at());
  EXPECT_GT(status.explanations_size(), 0);
  EXPECT_GT(status.disk_free_percent(), 0);
  v1::GetConfigResponse config;
  ASSERT_TRUE(status_->GetConfig(&b, {}, &config).ok());
  EXPECT_EQ(config.source(), "test.yaml");
  EXPECT_EQ(config.config().data_dir(), data_dir());
  v1::ListPluginsResponse plugins;
  ASSERT_TRUE(plugins_->ListPlugins(&c, {}, &plugins).ok());
  std::vector<std::string> names;
  for (const v1::Plugin& plugin : plugins.plugins()) names.push_back(plugin.name());
  EXPECT_THAT(names, Contains("heuristic_scorer"));
}

TEST_F(ServerTest, AConfiguredPluginThatWentAwayIsAProblemThatStatusNames) {
  const char* build = std::getenv("AMOOZ_BUILD_DIR");
  const std::string built = std::string(build == nullptr ? "." : build) + "/lib/amooz/plugins/";
  const std::string scorer = JoinPath(folder_.path, "my_scorer.so");
  const auto bytes = Env::Default()->ReadFile(built + "heuristic_scorer.so");
  ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
  ASSERT_TRUE(WriteFileAtomically(Env::Default(), scorer, *bytes).ok());
  extra_ = {"scoring.scorers=[{plugin: " + scorer + "}]"};
  ASSERT_NO_FATAL_FAILURE(Start());
  CallContext before, after;
  v1::GetServerStatusResponse status;
  ASSERT_TRUE(status_->GetServerStatus(&before, {}, &status).ok());
  EXPECT_EQ(status.problems_size(), 0);
  ASSERT_TRUE(Env::Default()->RemoveFile(scorer).ok());
  ASSERT_TRUE(status_->GetServerStatus(&after, {}, &status).ok());
  ASSERT_EQ(status.problems_size(), 1);
  EXPECT_THAT(status.problems(0), HasSubstr(scorer));
}

// ---- Dataset in and out ----

class DatasetServiceTest : public AmoozServerTest {
 protected:
  void SetUp() override { Start(); }

  static v1::ImportedExample Row(std::uint32_t line) {
    v1::ImportedExample row;
    row.set_line(line);
    row.set_instruction("question " + std::to_string(line));
    row.set_response("  answer " + std::to_string(line) + "\n");
    return row;
  }
  // Sends rows in requests of ten; `announced` 0 = says nothing.
  grpc::Status Import(char digest, const std::vector<v1::ImportedExample>& rows,
                      std::uint32_t announced, v1::ImportExamplesResponse* response) {
    CallContext context;
    auto writer = datasets_->ImportExamples(&context, response);
    v1::ImportExamplesRequest request;
    request.set_source_digest(std::string(64, digest));
    request.set_source_name("rows.jsonl");
    if (announced != 0) request.set_example_count(announced);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      *request.add_examples() = rows[i];
      if (request.examples_size() < 10 && i + 1 < rows.size()) continue;
      if (!writer->Write(request)) break;
      request.Clear();
    }
    writer->WritesDone();
    return writer->Finish();
  }
  static std::vector<v1::ImportedExample> Rows(std::uint32_t n) {
    std::vector<v1::ImportedExample> rows;
    for (std::uint32_t line = 1; line <= n; ++line) rows.push_back(Row(line));
    return rows;
  }
  std::vector<v1::Example> Export(int* messages = nullptr) {
    CallContext context;
    auto reader = datasets_->ExportExamples(&context, {});
    std::vector<v1::Example> rows;
    v1::ExportExamplesResponse page;
    while (reader->Read(&page)) {
      if (messages != nullptr) ++*messages;
      rows.insert(rows.end(), page.examples().begin(), page.examples().end());
    }
    EXPECT_TRUE(reader->Finish().ok());
    return rows;
  }
};

TEST_F(DatasetServiceTest, AnImportIsAVersionAndComesOutByteForByteInOrder) {
  v1::ImportExamplesResponse response;
  const grpc::Status status = Import('a', Rows(1000), 1000, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.imported(), 1000u);
  EXPECT_EQ(response.version().size(), 1000u);
  int messages = 0;
  const std::vector<v1::Example> rows = Export(&messages);
  EXPECT_EQ(messages, 4);
  ASSERT_EQ(rows.size(), 1000u);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(rows[i].instruction(), Row(i + 1).instruction());
    EXPECT_EQ(rows[i].response(), Row(i + 1).response());
  }
  v1::ImportExamplesResponse again;
  ASSERT_TRUE(Import('a', Rows(1000), 0, &again).ok());
  EXPECT_TRUE(again.already_imported());
  EXPECT_EQ(again.imported(), 0u);
  EXPECT_EQ(Export().size(), 1000u);
}

TEST_F(DatasetServiceTest, ABadRowIsNamedByItsLineAndNothingIsAdded) {
  std::vector<v1::ImportedExample> empty = Rows(30);
  empty[24].set_response(" ");
  v1::ImportExamplesResponse response;
  const grpc::Status status = Import('b', empty, 30, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("line 25"));
  std::vector<v1::ImportedExample> malformed = Rows(30);
  malformed[26].set_instruction("\xff");
  const grpc::Status not_utf8 = Import('b', malformed, 30, &response);
  EXPECT_EQ(not_utf8.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(not_utf8.error_message(), HasSubstr("line 27"));
  EXPECT_TRUE(Export().empty());
}

TEST_F(DatasetServiceTest, VeryManyEmptyItemsInOneRequestAreRefusedUnread) {
  v1::ImportExamplesRequest rows, turns;
  for (int i = 0; i < 1'000'001; ++i) rows.add_examples();
  turns.add_examples();
  for (int i = 0; i < 1'000'001; ++i) turns.mutable_examples(0)->add_context();
  for (const auto& [request, what] : {std::pair(&rows, "examples: more than 1000000"),
                                      {&turns, "examples.context: more than 1000000"}}) {
    request->set_source_digest(std::string(64, 'd'));
    CallContext context;
    v1::ImportExamplesResponse response;
    auto writer = datasets_->ImportExamples(&context, &response);
    writer->Write(*request);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr(what));
  }
}

TEST_F(DatasetServiceTest, AStreamThatWasCutOffAddsNothing) {
  v1::ImportExamplesResponse response;
  EXPECT_EQ(Import('c', Rows(20), 30, &response).error_code(), grpc::StatusCode::DATA_LOSS);
  CallContext context;
  auto writer = datasets_->ImportExamples(&context, &response);
  v1::ImportExamplesRequest request;
  request.set_source_digest(std::string(64, 'c'));
  *request.add_examples() = Row(1);
  ASSERT_TRUE(writer->Write(request));
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Export().empty());
  CallContext nothing;
  auto empty = datasets_->ImportExamples(&nothing, &response);
  empty->WritesDone();
  EXPECT_EQ(empty->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// ---- Stop and start ----

TEST_F(ServerTest, AStopLeavesTheCycleUnderWayAndTheNextStartFinishesIt) {
  extra_ = {"training.config={step_ms: 200, steps: 20}"};
  ASSERT_NO_FATAL_FAILURE(Start());
  Append("app", 1, 100);
  v1::StartCycleResponse started;
  {
    CallContext context;
    ASSERT_TRUE(cycles_->StartCycle(&context, {}, &started).ok());
  }
  {
    CallContext context;
    v1::WatchCycleRequest request;
    request.set_id(started.cycle().id());
    auto reader = cycles_->WatchCycle(&context, request);
    v1::WatchCycleResponse response;
    do {
      ASSERT_TRUE(reader->Read(&response));
    } while (!response.event().has_metric());
    const auto begin = std::chrono::steady_clock::now();
    server_->Stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  server_.reset();
  ASSERT_NO_FATAL_FAILURE(Start());
  const auto events = Watch(started.cycle().id(), 0);
  ASSERT_FALSE(events.empty());
  bool is_resumed = false;
  for (const v1::CycleEvent& event : events) is_resumed |= event.has_resumed();
  EXPECT_TRUE(is_resumed);
  EXPECT_EQ(events.back().ended().state(), v1::CYCLE_STATE_FINISHED);
}

}  // namespace
}  // namespace amooz::server
