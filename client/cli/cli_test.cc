// Whole commands against a server in this process.
#include "client/cli/cli.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "amooz/v1/cycle.grpc.pb.h"
#include "amooz/v1/dataset.grpc.pb.h"
#include "amooz/v1/model.grpc.pb.h"
#include "amooz/v1/server.grpc.pb.h"
#include "client/cli/sample_report.h"
#include "client/lib/fake_server.h"
#include "sdk/base/fd.h"
#include "sdk/base/files.h"

namespace amooz::client {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class FakeCycles : public v1::CycleService::Service {
 public:
  grpc::Status StartCycle(grpc::ServerContext*, const v1::StartCycleRequest* request,
                          v1::StartCycleResponse* reply) override {
    started = *request;
    if (is_busy) return {grpc::StatusCode::FAILED_PRECONDITION, "cycle 2 is running"};
    reply->mutable_cycle()->set_id(2);
    reply->mutable_cycle()->set_state(v1::CYCLE_STATE_RUNNING);
    return grpc::Status::OK;
  }
  grpc::Status WatchCycle(grpc::ServerContext*, const v1::WatchCycleRequest*,
                          grpc::ServerWriter<v1::WatchCycleResponse>* writer) override {
    v1::WatchCycleResponse response;
    response.mutable_event()->set_number(1);
    response.mutable_event()->set_stage(v1::STAGE_COLLECT);
    response.mutable_event()->mutable_stage_finished()->set_message("64 chats");
    writer->Write(response);
    response.mutable_event()->set_number(2);
    response.mutable_event()->mutable_ended();
    writer->Write(response);
    return grpc::Status::OK;
  }
  grpc::Status GetCycle(grpc::ServerContext*, const v1::GetCycleRequest* request,
                        v1::GetCycleResponse* reply) override {
    if (request->id() != 2) return {grpc::StatusCode::NOT_FOUND, "there is no cycle 9"};
    *reply->mutable_cycle() = SampleReport().cycle();
    reply->mutable_cycle()->set_state(end_state);
    return grpc::Status::OK;
  }
  grpc::Status ListCycles(grpc::ServerContext*, const v1::ListCyclesRequest*,
                          v1::ListCyclesResponse* reply) override {
    *reply->add_cycles() = SampleReport().cycle();
    return grpc::Status::OK;
  }
  grpc::Status GetCycleReport(grpc::ServerContext*, const v1::GetCycleReportRequest*,
                              v1::GetCycleReportResponse* reply) override {
    *reply->mutable_report() = SampleReport();
    return grpc::Status::OK;
  }
  v1::StartCycleRequest started;
  bool is_busy = false;
  v1::CycleState end_state = v1::CYCLE_STATE_FINISHED;
};

class FakeChatLog : public v1::ChatLogService::Service {
 public:
  grpc::Status StreamChats(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamChatsResponse, v1::StreamChatsRequest>* stream) override {
    v1::StreamChatsRequest request;
    while (stream->Read(&request)) {
      v1::StreamChatsResponse response;
      chats += request.chats_size();
      response.set_upto_seq(request.chats(request.chats_size() - 1).seq());
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
  // Newest first; each page but the first look's has one more chat than the page before.
  grpc::Status ListChats(grpc::ServerContext*, const v1::ListChatsRequest*,
                         v1::ListChatsResponse* reply) override {
    for (int seq = listed++; seq > 0; --seq) {
      v1::ChatRecord& record = *reply->add_chats();
      record.set_producer(producer);
      record.set_seq(static_cast<std::uint64_t>(seq));
      record.mutable_chat()->set_instruction("سلام");
      record.mutable_chat()->set_response(text);
      record.set_outcome(v1::CHAT_OUTCOME_UNREAD);
    }
    return grpc::Status::OK;
  }
  int chats = 0;
  int listed = 2;
  std::string producer = "app", text = "درود";
};

class FakeDataset : public v1::DatasetService::Service {
 public:
  grpc::Status ListVersions(grpc::ServerContext*, const v1::ListVersionsRequest*,
                            v1::ListVersionsResponse* reply) override {
    v1::DatasetVersion& version = *reply->add_versions();
    version.set_version(3);
    version.set_size(1);
    version.set_made_by("import of seed.jsonl");
    return grpc::Status::OK;
  }
  grpc::Status ExportExamples(grpc::ServerContext*, const v1::ExportExamplesRequest*,
                              grpc::ServerWriter<v1::ExportExamplesResponse>* writer) override {
    v1::ExportExamplesResponse piece;
    v1::Example& example = *piece.add_examples();
    example.set_id(1);
    example.set_instruction("سلام");
    example.set_response("درود");
    example.set_split(v1::SPLIT_TRAIN);
    example.set_origin(v1::ORIGIN_IMPORT);
    writer->Write(piece);
    return grpc::Status::OK;
  }
  grpc::Status DiffVersions(grpc::ServerContext*, const v1::DiffVersionsRequest* request,
                            v1::DiffVersionsResponse* reply) override {
    for (std::uint32_t id = 1; id <= std::min(request->limit(), 534u); ++id) {
      reply->add_added()->set_id(id);
    }
    reply->set_added_count(534);
    return grpc::Status::OK;
  }
};

class FakeModels : public v1::ModelService::Service {
 public:
  grpc::Status ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                          v1::ListModelsResponse* reply) override {
    for (const std::string& digest : held_out) {
      v1::Model& model = *reply->add_models();
      model.mutable_gate()->set_candidate_bits_per_byte(2.5);
      model.mutable_gate()->set_held_out_digest(digest);
    }
    return grpc::Status::OK;
  }
  grpc::Status GetModel(grpc::ServerContext*, const v1::GetModelRequest*,
                        v1::GetModelResponse* reply) override {
    reply->mutable_model()->set_state(v1::MODEL_STATE_RETIRED);
    reply->add_promotions()->set_reason("by hand");
    return grpc::Status::OK;
  }
  std::vector<std::string> held_out = {"h1", "h2"};
};

class FakeChat : public v1::ChatService::Service {
 public:
  grpc::Status Chat(grpc::ServerContext*, const v1::ChatRequest* request,
                    grpc::ServerWriter<v1::ChatResponse>* writer) override {
    asked = *request;
    v1::ChatResponse piece;
    piece.set_text(is_blank ? " " : "درو");
    writer->Write(piece);
    if (breaks) return {grpc::StatusCode::INTERNAL, "the model broke"};
    piece.set_text(is_blank ? "" : "د!");
    piece.mutable_end()->set_chat_id("chat-a/1");
    piece.mutable_end()->set_model_digest("d1");
    piece.mutable_end()->set_finish_reason(v1::FINISH_REASON_END);
    piece.mutable_end()->set_prompt_tokens(5);
    piece.mutable_end()->set_reply_tokens(2);
    writer->Write(piece);
    return grpc::Status::OK;
  }
  grpc::Status GetChatStatus(grpc::ServerContext*, const v1::GetChatStatusRequest*,
                             v1::GetChatStatusResponse* reply) override {
    if (++looks >= serves_at) reply->set_serving_digest("d1");
    reply->set_server_error(server_error);
    return grpc::Status::OK;
  }
  v1::ChatRequest asked;
  bool breaks = false, is_blank = false;
  int looks = 0, serves_at = 1;
  std::string server_error;
};

class FakeAmoozd : public v1::ServerService::Service {
 public:
  grpc::Status GetConfig(grpc::ServerContext*, const v1::GetConfigRequest*,
                         v1::GetConfigResponse* reply) override {
    reply->mutable_config()->mutable_chat_log()->set_max_chat_bytes(100);
    return grpc::Status::OK;
  }
  grpc::Status GetServerStatus(grpc::ServerContext*, const v1::GetServerStatusRequest*,
                               v1::GetServerStatusResponse* reply) override {
    reply->set_active_model(active_model);
    return grpc::Status::OK;
  }
  std::string active_model = "d1";
};

class CliTest : public ::testing::Test {
 protected:
  CliTest() : server_({&cycles_, &chat_log_, &dataset_, &models_, &chat_, &amoozd_}) {
    std::string pattern = ::testing::TempDir() + "/cli-XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
  }
  ~CliTest() override { EXPECT_TRUE(Env::Default()->RemoveAll(dir_).ok()); }

  int Run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.end(),
                     {"--address", server_.address(), "--chat-address", server_.address()});
    return RunAlone(arguments);
  }
  int RunAlone(const std::vector<std::string>& arguments) {
    Terminal terminal;
    terminal.in = &in_;
    terminal.out = &out_;
    terminal.err = &err_;
    return Cli(terminal).Run(arguments);
  }
  std::string WriteFile(const std::string& bytes) {
    std::ofstream(dir_ + "/file", std::ios::binary) << bytes;
    return dir_ + "/file";
  }

  FakeAmoozd amoozd_;
  FakeCycles cycles_;
  FakeChatLog chat_log_;
  FakeDataset dataset_;
  FakeModels models_;
  FakeChat chat_;
  FakeServer server_;
  std::string dir_;
  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(CliTest, StartWithWaitAndJsonIsTheFinishedCycleWithItsSummary) {
  EXPECT_EQ(Run({"cycle", "start", "--wait", "--no-train", "--seed", "7", "--output", "json"}), 0)
      << err_.str();
  const json cycle = json::parse(out_.str());
  EXPECT_EQ(cycle["id"], 2);
  EXPECT_EQ(cycle["summary"]["original_size"], 511);
  EXPECT_EQ(cycles_.started.seed(), 7u);
  EXPECT_TRUE(cycles_.started.skip_training());
  EXPECT_EQ(err_.str(), "cycle 2: collect: 64 chats\n");
}

TEST_F(CliTest, StartWithWaitPrintsTheEnhancementSummary) {
  EXPECT_EQ(Run({"cycle", "start", "--wait"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Enhancement Summary of cycle 2\n"));
}

TEST_F(CliTest, ACycleThatFailedOrWasCancelledExitsWithOne) {
  cycles_.end_state = v1::CYCLE_STATE_FAILED;
  EXPECT_EQ(Run({"cycle", "start", "--wait"}), 1);
  cycles_.end_state = v1::CYCLE_STATE_CANCELLED;
  EXPECT_EQ(Run({"cycle", "watch", "2"}), 1);
}

TEST_F(CliTest, ARefusedStartExitsWithFive) {
  cycles_.is_busy = true;
  EXPECT_EQ(Run({"cycle", "start"}), 5);
  EXPECT_EQ(err_.str(), "amooz: cycle 2 is running\n");
}

TEST_F(CliTest, AnUnknownIdExitsWithThree) { EXPECT_EQ(Run({"cycle", "show", "9"}), 3); }

TEST_F(CliTest, NoServerExitsWithFourAndSaysHowToStartOne) {
  EXPECT_EQ(RunAlone({"status", "--address", "127.0.0.1:1"}), 4);
  EXPECT_THAT(err_.str(), HasSubstr("Start it with `amoozd --data-dir DIR`"));
}

TEST_F(CliTest, MistypedWordsExitWithTwoAndNameTheNearest) {
  EXPECT_EQ(RunAlone({"cycel", "list"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean `cycle`?"));
  EXPECT_EQ(RunAlone({"--address", "h:1", "cycle", "strat"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean `start`?"));
  EXPECT_EQ(RunAlone({"cycle", "start", "--wiat"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean `--wait`?"));
  EXPECT_EQ(RunAlone({"-x", "json", "status"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("there is no option `-x` in `amooz`"));
}

TEST_F(CliTest, WrongArgumentsExitWithTwo) {
  EXPECT_EQ(RunAlone({}), 2);
  EXPECT_EQ(RunAlone({"cycle"}), 2);
  EXPECT_EQ(RunAlone({"cycle", "show"}), 2);
  EXPECT_EQ(RunAlone({"cycle", "show", "first"}), 2);
  EXPECT_EQ(RunAlone({"cycle", "start", "--seed", "x"}), 2);
  EXPECT_EQ(RunAlone({"status", "--output", "xml"}), 2);
  EXPECT_EQ(RunAlone({"schedule", "set", "--interval", "soon"}), 2);
}

TEST_F(CliTest, AShortOptionsValueIsNotTakenForACommand) {
  EXPECT_EQ(RunAlone({"-o", "json"}), 2);
  EXPECT_THAT(err_.str(), Not(HasSubstr("`json`")));
}

TEST_F(CliTest, ASeedOutOfRangeNamesTheRange) {
  EXPECT_EQ(RunAlone({"cycle", "start", "--seed", "13931689153203228033"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("0 to 4294967295"));
}

TEST_F(CliTest, GlobalOptionsMayStandBeforeTheVerbToo) {
  EXPECT_EQ(RunAlone({"--output", "json", "--address", server_.address(), "cycle", "list"}), 0);
  EXPECT_EQ(json::parse(out_.str())["cycles"][0]["id"], 2);
}

TEST_F(CliTest, LastIsTheNewestCycle) {
  EXPECT_EQ(Run({"cycle", "show", "last"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Cycle 2\n"));
  EXPECT_THAT(out_.str(), HasSubstr("(its own, made of cycle.seed or --seed and its number)"));
}

TEST_F(CliTest, AReportGoesToAFile) {
  const std::string path = dir_ + "/report.html";
  EXPECT_EQ(Run({"cycle", "report", "2", "--format", "html", "--out", path}), 0) << err_.str();
  EXPECT_THAT(*Env::Default()->ReadFile(path), HasSubstr("<!DOCTYPE html>"));
  EXPECT_FALSE(Env::Default()->Exists(path + ".part"));
  EXPECT_EQ(Run({"cycle", "report", "2", "--format", "json"}), 0);
  EXPECT_EQ(json::parse(out_.str())["report"]["cycle"]["id"], 2);
}

TEST_F(CliTest, WatchInJsonIsOneEventALine) {
  EXPECT_EQ(Run({"cycle", "watch", "2", "--output", "json"}), 0);
  std::istringstream lines(out_.str());
  std::string line;
  std::vector<json> events;
  while (std::getline(lines, line)) events.push_back(json::parse(line));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["event"]["stage_finished"]["message"], "64 chats");
}

TEST_F(CliTest, AnArgumentThatIsNotUtf8IsRefusedByNumber) {
  EXPECT_EQ(Run({"why", "\xff\xfe"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("argument 2 "));
  EXPECT_THAT(err_.str(), HasSubstr("UTF-8"));
}

TEST_F(CliTest, ChatsImportSaysWhatIsSafe) {
  const std::string file = WriteFile("{\"instruction\":\"a\",\"response\":\"b\"}\n");
  EXPECT_EQ(Run({"chats", "import", file}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Safe on the server: 1 of 1 chat,"));
}

TEST_F(CliTest, AnImportOfNothingSaysSo) {
  EXPECT_EQ(Run({"chats", "import", WriteFile("")}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Safe on the server: 0 of 0 chats"));
  EXPECT_THAT(out_.str(), HasSubstr("There was no chat in it."));
}

TEST_F(CliTest, ALineThatIsTooLongForTheServerImportsNothingUnlessItIsSkipped) {
  const std::string file = WriteFile("{\"instruction\":\"a\",\"response\":\"b\"}\n" +
                                     std::string("{\"instruction\":\"a\",\"response\":\"") +
                                     std::string(100, 'b') + "\"}\n");
  EXPECT_EQ(Run({"chats", "import", file}), 1);
  EXPECT_EQ(chat_log_.chats, 0);
  EXPECT_THAT(err_.str(), HasSubstr("line 2: instruction, response and context have 101 bytes"));
  EXPECT_EQ(Run({"chats", "import", file, "--skip-bad"}), 0);
  EXPECT_EQ(chat_log_.chats, 1);
}

TEST_F(CliTest, ABadLineImportsNothingUnlessItIsSkipped) {
  const std::string file = WriteFile("{\"instruction\":\"a\",\"response\":\"b\"}\nnonsense\n");
  EXPECT_EQ(Run({"chats", "import", file}), 1);
  EXPECT_EQ(chat_log_.chats, 0);
  EXPECT_THAT(err_.str(), HasSubstr("line 2: is not JSON"));
  EXPECT_EQ(Run({"chats", "import", file, "--skip-bad", "--output", "json"}), 0);
  EXPECT_EQ(chat_log_.chats, 1);
  const json result = json::parse(out_.str());
  EXPECT_EQ(result["acknowledged"], 1);
  EXPECT_EQ(result["skipped"][0]["line"], 2);
}

TEST_F(CliTest, AFileThatIsNotThereExitsWithThree) {
  EXPECT_EQ(Run({"chats", "import", dir_ + "/none"}), 3);
}

TEST_F(CliTest, ExportWritesALineAnExample) {
  EXPECT_EQ(Run({"dataset", "export"}), 0);
  EXPECT_EQ(out_.str(), "{\"instruction\":\"سلام\",\"response\":\"درود\"}\n");
  EXPECT_EQ(Run({"dataset", "export", "--format", "jsonl", "--all-fields"}), 0);
  EXPECT_EQ(json::parse(out_.str())["split"], "train");
}

TEST_F(CliTest, ShowIsAVersionAndItsNewestExamples) {
  EXPECT_EQ(Run({"dataset", "show"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("Dataset version 3\n"));
  EXPECT_THAT(out_.str(), HasSubstr("import of seed.jsonl"));
  EXPECT_THAT(out_.str(), HasSubstr("1 of 1 shown"));
  EXPECT_EQ(Run({"dataset", "show", "3", "--output", "json"}), 0);
  EXPECT_EQ(json::parse(out_.str())["version"]["version"], 3);
  EXPECT_EQ(json::parse(out_.str())["examples"][0]["instruction"], "سلام");
}

TEST_F(CliTest, ShowChoosesExamplesBySplitAndNumber) {
  EXPECT_EQ(Run({"dataset", "show", "--split", "held_out"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("no such examples"));
  EXPECT_EQ(Run({"dataset", "show", "--example", "1"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Example 1\n"));
  EXPECT_EQ(Run({"dataset", "show", "--example", "9"}), 3);
  EXPECT_EQ(Run({"dataset", "show", "7"}), 3);
}

TEST_F(CliTest, DiffSaysHowManyRowsAreShownAndHowToSeeAll) {
  EXPECT_EQ(Run({"dataset", "diff", "0", "3"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("\n534 added (20 shown), 0 removed; `amooz dataset diff 0 3 "
                                    "--limit 534` shows every one\n"));
  EXPECT_EQ(Run({"dataset", "diff", "0", "3", "--limit", "534"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("\n534 added, 0 removed\n"));
}

TEST_F(CliTest, ModelsThatWereMeasuredOnOtherRowsAreToldApart) {
  EXPECT_EQ(Run({"model", "list"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("its own cycle's held-out rows, which differ.\n"));
  models_.held_out = {"h1", "h1"};
  EXPECT_EQ(Run({"model", "list"}), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("differ")));
}

TEST_F(CliTest, AModelThatServesNoMoreIsNotSaidToServe) {
  EXPECT_EQ(Run({"model", "show", "9f31ab"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Put into service  "));
  EXPECT_THAT(out_.str(), Not(HasSubstr("since")));
}

TEST_F(CliTest, TailBeginsWithTheNewestChatsAndFollowsThoseThatCome) {
  EXPECT_EQ(Run({"chats", "tail", "--last", "1", "--limit", "3", "--output", "json"}), 0);
  std::istringstream lines(out_.str());
  std::vector<std::string> seqs;
  for (std::string line; std::getline(lines, line);) seqs.push_back(json::parse(line)["seq"]);
  EXPECT_EQ(seqs, (std::vector<std::string>{"2", "3", "4"}));
}

TEST_F(CliTest, TailEndsWhenNobodyReadsAnyMore) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd writer(fds[1]);
  ::close(fds[0]);
  Terminal terminal;
  terminal.in = &in_;
  terminal.out = &out_;
  terminal.err = &err_;
  terminal.out_fd = writer.get();
  EXPECT_EQ(Cli(terminal).Run({"chats", "tail", "--address", server_.address()}), 0);
}

TEST_F(CliTest, ANarrowTerminalShowsWhatWhyTakes) {
  chat_log_.producer = "chat-22b7b08dc1e24c75";
  chat_log_.text = std::string(100, 'x');
  Terminal terminal;
  terminal.in = &in_;
  terminal.out = &out_;
  terminal.err = &err_;
  terminal.out_is_terminal = true;
  terminal.columns = 60;
  EXPECT_EQ(Cli(terminal).Run({"chats", "list", "--address", server_.address()}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("chat-22b7b08dc1e24c75/2 "));
  EXPECT_THAT(out_.str(), Not(HasSubstr("TIME")));
}

TEST_F(CliTest, TailShowsWholeTexts) {
  EXPECT_EQ(Run({"chats", "tail", "--limit", "1"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("app/1\n  › سلام\n    درود\n"));
}

TEST_F(CliTest, AReportThatNoBrowserCanShowSaysWhereItIs) {
  for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"}) ::unsetenv(variable);
  const std::string path = dir_ + "/report.html";
  EXPECT_EQ(Run({"cycle", "report", "2", "--open", "--out", path}), 5);
  EXPECT_THAT(err_.str(), HasSubstr("the page is in " + path));
  EXPECT_THAT(*Env::Default()->ReadFile(path), HasSubstr("<!DOCTYPE html>"));
  EXPECT_EQ(Run({"cycle", "report", "2", "--open", "--format", "html", "--out", path}), 5);
  EXPECT_EQ(Run({"cycle", "report", "2", "--open", "--format", "text"}), 2);
}

TEST_F(CliTest, DoctorWithoutServersSaysHowToStartThemAndExitsWithOne) {
  EXPECT_EQ(RunAlone({"doctor", "--address", "127.0.0.1:1", "--chat-address", "127.0.0.1:1"}), 1);
  EXPECT_THAT(out_.str(), HasSubstr("server        does not answer at 127.0.0.1:1"));
  EXPECT_THAT(out_.str(), HasSubstr("Start it with `amoozd --data-dir DIR`"));
  EXPECT_THAT(out_.str(), HasSubstr("Start it with `amooz-chat --data-dir DIR`"));
}

TEST_F(CliTest, DoctorFindsTheAddressThatAServerLeftInItsFolder) {
  std::ofstream(dir_ + "/amoozd.address") << "127.0.0.1:4711\n";
  EXPECT_EQ(RunAlone({"doctor", "--address", "127.0.0.1:1", "--without-chat", "--data-dir", dir_,
                      "--output", "json"}),
            1);
  EXPECT_EQ(json::parse(out_.str())["healthy"], false);
  EXPECT_THAT(out_.str(), HasSubstr("try --address 127.0.0.1:4711"));
}

TEST_F(CliTest, OneChatInJsonIsTheTextAndItsEnd) {
  EXPECT_EQ(
      Run({"chat", "--message", "سلام", "--seed", "3", "--temperature", "0", "--output", "json"}),
      0)
      << err_.str();
  const json reply = json::parse(out_.str());
  EXPECT_EQ(reply["text"], "درود!");
  EXPECT_EQ(reply["chat_id"], "chat-a/1");
  EXPECT_EQ(reply["model_digest"], "d1");
  EXPECT_EQ(reply["finish_reason"], "end");
  EXPECT_EQ(reply["reply_tokens"], 2);
  EXPECT_EQ(chat_.asked.options().seed(), 3u);
  EXPECT_TRUE(chat_.asked.options().has_temperature());
  EXPECT_FALSE(chat_.asked.options().has_top_p());
}

TEST_F(CliTest, ChatReadsItsMessageFromStandardInput) {
  in_.str("دوست من\nسلام\n");
  EXPECT_EQ(Run({"chat", "--message", "-"}), 0) << err_.str();
  EXPECT_EQ(chat_.asked.instruction(), "دوست من\nسلام");
  EXPECT_EQ(out_.str(), "درود!\n");
}

TEST_F(CliTest, AMessageWaitsForAModelThatIsBeingLoadedAndForNoOther) {
  chat_.serves_at = 3;
  EXPECT_EQ(Run({"chat", "--message", "سلام"}), 0) << err_.str();
  EXPECT_EQ(chat_.looks, 3);
  chat_.serves_at = 1000;
  chat_.looks = 0;
  chat_.server_error = "the model is damaged";
  EXPECT_EQ(Run({"chat", "--message", "سلام"}), 0);
  EXPECT_EQ(chat_.looks, 1);
  chat_.server_error.clear();
  amoozd_.active_model.clear();
  EXPECT_EQ(Run({"chat", "--message", "سلام"}), 0);
  EXPECT_EQ(chat_.looks, 2);
}

TEST_F(CliTest, AReplyThatBreaksLeavesALineToItsError) {
  chat_.breaks = true;
  EXPECT_EQ(Run({"chat", "--message", "سلام"}), 1);
  EXPECT_EQ(out_.str(), "درو\n");
  EXPECT_EQ(err_.str(), "amooz: the model broke\n");
}

TEST_F(CliTest, AMessageThatCannotBeTakenIsNotSent) {
  in_.str("hi\xff");
  EXPECT_EQ(Run({"chat", "--message", "-"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("standard input is not valid UTF-8"));
  in_.str(std::string((1 << 20) + 1, 'a'));
  EXPECT_EQ(Run({"chat", "--message", "-"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("the message has 1048577 bytes; at most 1048576"));
  EXPECT_EQ(chat_.asked.instruction(), "");
}

TEST_F(CliTest, AnAddressThatIsNoneIsRefusedBeforeACall) {
  for (const char* address : {"localhost:99999", "127.0.0.1", "127.0.0.1:0", "foo"}) {
    EXPECT_EQ(RunAlone({"status", "--address", address}), 2) << address;
    EXPECT_THAT(err_.str(), HasSubstr("is not HOST:PORT")) << address;
  }
}

TEST_F(CliTest, WhatIsNoPlainFileIsWrittenInto) {
  namespace fs = std::filesystem;
  EXPECT_EQ(RunAlone({"completion", "bash", "--out", "/dev/null"}), 0) << err_.str();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const std::string link = JoinPath(dir_, "link"), target = JoinPath(dir_, "target");
  std::ofstream(target) << "old";
  fs::create_symlink(target, link);
  EXPECT_EQ(RunAlone({"completion", "bash", "--out", link}), 0) << err_.str();
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_GT(fs::file_size(target), 3u);
  EXPECT_EQ(RunAlone({"completion", "bash", "--out", dir_}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("is a folder; give a file"));
  EXPECT_EQ(RunAlone({"completion", "bash", "--out", ""}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("is empty"));
}

TEST_F(CliTest, ATalkKeepsItsContext) {
  in_.str("یک\nدو\n/new\nسه\n/quit\n");
  Terminal terminal;
  terminal.in = &in_;
  terminal.out = &out_;
  terminal.err = &err_;
  terminal.in_is_terminal = true;
  EXPECT_EQ(Cli(terminal).Run({"chat", "--chat-address", server_.address()}), 0);
  EXPECT_EQ(chat_.asked.instruction(), "سه");
  EXPECT_EQ(chat_.asked.context_size(), 0);
  in_.clear();
  in_.str("یک\nدو\n");
  EXPECT_EQ(Cli(terminal).Run({"chat", "--chat-address", server_.address()}), 0);
  ASSERT_EQ(chat_.asked.context_size(), 2);
  EXPECT_EQ(chat_.asked.context(0).text(), "یک");
  EXPECT_EQ(chat_.asked.context(1).text(), "درود!");
}

TEST_F(CliTest, ABlankReplyIsNoTurnOfATalk) {
  chat_.is_blank = true;
  in_.str("یک\nدو\n");
  Terminal terminal;
  terminal.in = &in_;
  terminal.out = &out_;
  terminal.err = &err_;
  terminal.in_is_terminal = true;
  EXPECT_EQ(Cli(terminal).Run({"chat", "--chat-address", server_.address()}), 0);
  EXPECT_EQ(chat_.asked.instruction(), "دو");
  EXPECT_EQ(chat_.asked.context_size(), 0);
}

TEST_F(CliTest, ChatWithoutATerminalAsksForAMessage) {
  EXPECT_EQ(Run({"chat"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("--message"));
}

TEST_F(CliTest, VersionNeedsNoServer) {
  EXPECT_EQ(RunAlone({"version", "--output", "json"}), 0);
  EXPECT_TRUE(json::parse(out_.str()).contains("version"));
}

}  // namespace
}  // namespace amooz::client
