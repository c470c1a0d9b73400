// The whole amooz-chat in this process, with a fake amoozd and the fixture runtime in real
// children.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "client/chat_service/runtime_loader.h"
#include "client/chat_service/service.h"
#include "client/chat_service/testing/ask.h"
#include "client/chat_service/testing/await.h"
#include "client/chat_service/testing/fake_amoozd.h"
#include "client/chat_service/testing/temp_dir.h"

namespace amooz::chat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;

std::string FixturePath() {
  const char* build = std::getenv("AMOOZ_BUILD_DIR");
  return build == nullptr ? "" : JoinPath(build, "tests/plugins/fixture.so");
}

// Trains the fixture's model on a few texts; the folder is its artifact.
void TrainModel(const std::string& dir, const std::vector<std::string>& texts) {
  host::OpenOptions options;
  options.path = FixturePath();
  options.kind = host::Kind::kTrainer;
  options.config_json = R"({"steps": 1, "step_ms": 0})";
  auto plugin = host::OpenPlugin(options);
  ASSERT_TRUE(plugin.ok()) << plugin.status().ToString();
  std::vector<host::Example> rows;
  for (const std::string& text : texts) {
    host::Example row;
    row.instruction = "q";
    row.response = text;
    rows.push_back(row);
  }
  host::VectorExampleSource source(rows, {});
  const std::string checkpoints = dir + "-checkpoint";
  fs::create_directories(dir);
  fs::create_directories(checkpoints);
  host::TrainJob job;
  job.output_dir = dir;
  job.checkpoint_dir = checkpoints;
  job.job_digest = "test";
  job.seed = 1;
  const Status status = (*plugin)->trainer()->Train(job, &source, {});
  ASSERT_TRUE(status.ok()) << status.ToString();
}

class ChatServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (FixturePath().empty() || !fs::exists(FixturePath())) {
      GTEST_SKIP() << "no fixture plugin: run by ctest, with the tests' plugins built";
    }
    ASSERT_NO_FATAL_FAILURE(TrainModel(Dir("a"), {"aa ab ac ad.", "abracadabra, and more of it."}));
    ASSERT_NO_FATAL_FAILURE(
        TrainModel(Dir("b"), {"سلام دوست من", "می‌خواهم حرف بزنم"}));
    a_ = amoozd_.AddModel(Dir("a"));
    b_ = amoozd_.AddModel(Dir("b"));
    options_.server = amoozd_.address();
    options_.data_dir = Dir("data");
    options_.listen = {"127.0.0.1", 0};
  }
  std::string Dir(const std::string& name) const { return JoinPath(dir_.path(), name); }

  void StartService() {
    auto service = Service::Start(options_);
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = std::move(*service);
    EXPECT_EQ(*Env::Default()->ReadFile(JoinPath(options_.data_dir, "amooz-chat.address")),
              service_->address() + "\n");
    stub_ = v1::ChatService::NewStub(
        grpc::CreateChannel(service_->address(), grpc::InsecureChannelCredentials()));
  }
  void AwaitModel(const std::string& digest) {
    EXPECT_TRUE(Await([&] { return Status().serving_digest() == digest; }))
        << Status().ShortDebugString();
  }
  v1::GetChatStatusResponse Status() {
    grpc::ClientContext context;
    v1::GetChatStatusResponse status;
    const grpc::Status called = stub_->GetChatStatus(&context, {}, &status);
    EXPECT_TRUE(called.ok()) << called.error_message();
    return status;
  }

  Reply Ask(const std::string& instruction, std::uint32_t seed) {
    v1::ChatRequest request;
    request.set_instruction(instruction);
    request.mutable_options()->set_seed(seed);
    request.mutable_options()->set_min_tokens(20);
    request.mutable_options()->set_max_tokens(40);
    return chat::Ask(stub_.get(), request);
  }

  TempDir dir_;
  FakeAmoozd amoozd_;
  std::string a_, b_;
  Options options_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<v1::ChatService::Stub> stub_;
};

TEST_F(ChatServiceTest, AnswersAsThePluginDoesAndLogsToAmoozd) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  const Reply reply = Ask("hello", 7);
  ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.end.model_digest(), a_);
  EXPECT_EQ(reply.end.chat_id(), Status().producer() + "/1");

  auto direct = LoadIntoRuntime(
      {.runtime = FixturePath(), .config_json = "", .plugins_dir = "", .artifact_dir = Dir("a")},
      std::make_shared<host::StopToken>());
  ASSERT_TRUE(direct.ok()) << direct.status().ToString();
  host::GenerateRequest request;
  request.instruction = "hello";
  request.seed = 7;
  request.min_tokens = 20;
  request.max_tokens = 40;
  std::string text;
  const auto add = [&](std::string_view piece) { return !(text += piece).empty(); };
  ASSERT_TRUE((*direct)->Generate(request, add, {}).ok());
  EXPECT_EQ(reply.text, text);

  ASSERT_TRUE(Await([&] { return amoozd_.chats().size() == 1; }));
  const v1::Chat chat = amoozd_.chats().at(1);
  EXPECT_EQ(chat.response(), text);
  EXPECT_EQ(chat.model_digest(), a_);
  EXPECT_EQ(chat.response_author(), v1::RESPONSE_AUTHOR_MODEL);
  EXPECT_THAT(amoozd_.producer(), StartsWith("chat-"));
  EXPECT_TRUE(Await([&] { return Status().spooled_chats() == 0; }));
  EXPECT_TRUE(Status().server_connected());
}

TEST_F(ChatServiceTest, NoRequestFailsThroughPromotionsAndARollbackAndOldChildrenEnd) {
  amoozd_.Promote(a_, FixturePath(), R"({"delay_ms": 1})");
  StartService();
  AwaitModel(a_);
  std::atomic<bool> is_over = false;
  Mutex mutex;
  std::map<std::pair<std::string, std::uint32_t>, std::string> texts;  // by model and seed
  std::atomic<int> replies = 0;
  std::vector<std::thread> clients;
  for (std::uint32_t c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      for (std::uint32_t i = 0; !is_over; ++i) {
        const Reply reply = Ask("hello", i % 3);
        ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
        ++replies;
        MutexLock lock(&mutex);
        const auto [it, is_new] = texts.try_emplace({reply.end.model_digest(), i % 3}, reply.text);
        EXPECT_EQ(it->second, reply.text) << "one seed, one model, one reply; client " << c;
      }
    });
  }
  for (const std::string& digest : {b_, a_, b_}) {
    amoozd_.Promote(digest, FixturePath(), R"({"delay_ms": 1})");
    AwaitModel(digest);
    EXPECT_TRUE(Await([&] { return Status().models_size() == 1; })) << "the old child is gone";
    const int before = replies;
    EXPECT_TRUE(Await([&] { return replies > before + 4; }));
  }
  is_over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(texts.size(), 6u);
  EXPECT_EQ(amoozd_.fetches(), 2) << "a rollback fetches nothing";
}

TEST_F(ChatServiceTest, WithoutAmoozdItServesTheLastModelAndLosesNoChat) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  ASSERT_TRUE(Ask("one", 1).status.ok());
  ASSERT_TRUE(Await([&] { return amoozd_.chats().size() == 1; }));
  const int port = amoozd_.port();
  amoozd_.Stop();
  ASSERT_TRUE(Ask("two", 1).status.ok());
  service_->Stop();
  StartService();  // from disk
  AwaitModel(a_);
  ASSERT_TRUE(Ask("three", 1).status.ok());
  EXPECT_EQ(Status().spooled_chats(), 2u);
  EXPECT_FALSE(Status().server_connected());
  amoozd_.Start(port);
  ASSERT_TRUE(Await([&] { return amoozd_.chats().size() == 3; }));
  EXPECT_EQ(amoozd_.chats().at(2).instruction(), "two");
  EXPECT_EQ(amoozd_.chats().at(3).instruction(), "three");
}

TEST_F(ChatServiceTest, ARefusedChatIsKeptWithItsReason) {
  amoozd_.Promote(a_, FixturePath());
  amoozd_.RejectChatsWith("bad");
  StartService();
  AwaitModel(a_);
  ASSERT_TRUE(Ask("bad", 1).status.ok());
  ASSERT_TRUE(Ask("good", 1).status.ok());
  ASSERT_TRUE(Await([&] { return Status().spooled_chats() == 0; }));
  EXPECT_EQ(Status().rejected_chats(), 1u);
  EXPECT_EQ(amoozd_.chats().size(), 1u);
  const auto text =
      Env::Default()->ReadFile(JoinPath(options_.data_dir, "rejected/00000000000000000001.json"));
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("refused by the fake"));
  EXPECT_THAT(*text, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(*text, HasSubstr("\"bad\""));
}

TEST_F(ChatServiceTest, ACorruptModelIsNotServedAndAmoozdHearsOfIt) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  amoozd_.CorruptFetches(true);
  amoozd_.Promote(b_, FixturePath());
  ASSERT_TRUE(Await([&] { return !amoozd_.failures().empty(); }));
  EXPECT_THAT(amoozd_.failures().front(), StartsWith(b_ + ": "));
  EXPECT_TRUE(Ask("still", 1).status.ok());
  EXPECT_EQ(Status().serving_digest(), a_);
  amoozd_.CorruptFetches(false);
  AwaitModel(b_);
}

TEST_F(ChatServiceTest, AModelWhoseRuntimeIsMissingKeepsTheOldOneAndAmoozdHearsOfIt) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  amoozd_.Promote(b_, "/nowhere/missing.so");
  ASSERT_TRUE(Await([&] { return !amoozd_.failures().empty(); }));
  EXPECT_THAT(amoozd_.failures().front(), HasSubstr("missing.so"));
  EXPECT_EQ(Ask("still", 1).end.model_digest(), a_);
}

TEST_F(ChatServiceTest, TheErrorThatEndsTheWatchIsShownUntilItIsOver) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  amoozd_.RefuseWatchesWith({grpc::StatusCode::DATA_LOSS, "amooz.db is damaged"});
  EXPECT_TRUE(Await([&] { return Status().server_error() == "amooz.db is damaged"; }))
      << Status().ShortDebugString();
  EXPECT_FALSE(Status().server_connected());
  EXPECT_EQ(Ask("still", 1).end.model_digest(), a_);
  amoozd_.RefuseWatchesWith(grpc::Status::OK);
  EXPECT_TRUE(Await([&] { return Status().server_connected(); })) << Status().ShortDebugString();
  EXPECT_EQ(Status().server_error(), "");
}

TEST_F(ChatServiceTest, ARestoredAmoozdIsFollowedToALowerGeneration) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  amoozd_.Promote(b_, FixturePath());
  AwaitModel(b_);
  const int port = amoozd_.port();
  amoozd_.Stop();
  amoozd_.Restore(1, a_);
  amoozd_.Start(port);
  AwaitModel(a_);
  EXPECT_TRUE(Status().server_connected()) << Status().server_error();

  amoozd_.Promote(b_, FixturePath());
  AwaitModel(b_);
  service_->Stop();
  amoozd_.Restore(1, a_);
  StartService();  // on disk: generation 2
  AwaitModel(a_);
  EXPECT_TRUE(Status().server_connected()) << Status().server_error();
}

TEST_F(ChatServiceTest, AnAmoozdWithoutAModelLeavesTheLastOneServing) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  const int port = amoozd_.port();
  amoozd_.Stop();
  ASSERT_TRUE(Await([&] { return !Status().server_connected(); }));
  amoozd_.Restore();
  amoozd_.Start(port);
  ASSERT_TRUE(Await([&] { return Status().server_connected(); })) << Status().server_error();
  EXPECT_EQ(Ask("still", 1).end.model_digest(), a_);
  service_->Stop();
  StartService();
  AwaitModel(a_);
  EXPECT_TRUE(Await([&] { return Status().server_connected(); })) << Status().server_error();
  EXPECT_EQ(Ask("again", 1).end.model_digest(), a_);
}

TEST_F(ChatServiceTest, AKilledChildIsReplaced) {
  amoozd_.Promote(a_, FixturePath());
  StartService();
  AwaitModel(a_);
  ASSERT_TRUE(Await([&] { return amoozd_.served() == std::vector<std::string>{a_}; }));
  const auto pid = static_cast<pid_t>(Status().models(0).pid());
  ::kill(pid, SIGKILL);
  const Reply reply = Ask("again", 1);
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_TRUE(Await([&] { return amoozd_.served().size() > 1; }))
      << "amoozd must hear that the failure is over";
  EXPECT_TRUE(Await([&] {
    const auto status = Status();
    return !status.serving_digest().empty() &&
           status.models(status.models_size() - 1).pid() != static_cast<std::uint32_t>(pid);
  }));
}

TEST_F(ChatServiceTest, TheFolderOfAnAmoozdIsRefusedAndNothingIsMadeThere) {
  fs::create_directories(options_.data_dir);
  ASSERT_TRUE(
      WriteFileAtomically(Env::Default(), JoinPath(options_.data_dir, "amoozd.lock"), "").ok());
  const auto refused = Service::Start(options_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(refused.status().message(), HasSubstr(options_.data_dir));
  EXPECT_THAT(refused.status().message(), HasSubstr("--data-dir"));
  EXPECT_EQ(Env::Default()->ListDir(options_.data_dir)->size(), 1u);
}

TEST_F(ChatServiceTest, AFolderOrPortInUseIsRefusedWithTheRemedy) {
  StartService();
  const auto second = Service::Start(options_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr("in use"));

  Options options = options_;
  options.data_dir = Dir("untouched");
  options.listen = *ParseListenAddress(service_->address());
  const auto third = Service::Start(options);
  ASSERT_FALSE(third.ok());
  EXPECT_THAT(third.status().message(), HasSubstr("in use"));
  EXPECT_FALSE(fs::exists(options.data_dir));

  options.listen = {"0.0.0.0", 0};
  EXPECT_THAT(Service::Start(options).status().message(), HasSubstr("--insecure-listen"));
  options.insecure_listen = true;
  EXPECT_TRUE(Service::Start(options).ok());
}

TEST(OptionsTest, SizesHaveUnits) {
  EXPECT_EQ(*ParseSpoolLimit("1GiB"), 1u << 30);
  EXPECT_EQ(*ParseSpoolLimit("512 MiB"), 512u << 20);
  EXPECT_EQ(*ParseSpoolLimit("1048576"), 1u << 20);
  for (const char* bad : {"", "GiB", "1GB", "1023KiB", "99999999999TiB", "-1GiB", "1.5GiB"}) {
    EXPECT_EQ(ParseSpoolLimit(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace amooz::chat
