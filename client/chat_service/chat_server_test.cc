// ChatService over a real connection, with models that do as the test says.
#include "client/chat_service/chat_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <stdexcept>
#include <thread>

#include "client/chat_service/testing/ask.h"
#include "client/chat_service/testing/await.h"
#include "client/chat_service/testing/temp_dir.h"
#include "client/lib/fake_server.h"

namespace amooz::chat {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What one Generate of the scripted model does.
struct Script {
  std::vector<std::string> pieces = {};
  std::string repeat = "";  // then this, for ever
  bool child_dies = false;  // after the pieces
  bool waits_for_stop = false;
  bool throws = false;
};

class Scripts {
 public:
  void Add(Script script) {
    MutexLock lock(&mutex_);
    scripts_.push_back(std::move(script));
  }
  Script Next() {
    MutexLock lock(&mutex_);
    if (scripts_.empty()) return {.pieces = {"ok"}};
    Script script = std::move(scripts_.front());
    scripts_.pop_front();
    return script;
  }
  std::atomic<int> started = 0, stopped = 0, loads = 0, written = 0;

 private:
  Mutex mutex_;
  std::deque<Script> scripts_;
};

class ScriptedModel : public ServableModel {
 public:
  explicit ScriptedModel(Scripts* scripts) : scripts_(scripts) { ++scripts->loads; }
  Result<host::GenerateResult> Generate(const host::GenerateRequest&,
                                        const host::LoadedModel::OnChunk& on_chunk,
                                        const host::CallOptions& options) override {
    if (!alive_) return Status(Code::kUnavailable, "the child is dead");
    const Script script = scripts_->Next();
    ++scripts_->started;
    if (script.throws) throw std::runtime_error("broken");
    for (const std::string& piece : script.pieces) {
      if (!on_chunk(piece)) return Cancelled();
    }
    while (!script.repeat.empty()) {
      if (!on_chunk(script.repeat)) return Cancelled();
      ++scripts_->written;
    }
    while (script.waits_for_stop) {
      if (options.stop->stopped()) return Cancelled();
      std::this_thread::sleep_for(1ms);
    }
    if (script.child_dies) {
      alive_ = false;
      return Status(Code::kUnavailable, "the child died: signal 9");
    }
    return host::GenerateResult{.finish_reason = 2, .prompt_tokens = 3, .reply_tokens = 4};
  }
  std::int32_t pid() const override { return 1; }
  bool alive() const override { return alive_; }

 private:
  Status Cancelled() {
    ++scripts_->stopped;
    return Status(Code::kCancelled, "stopped");
  }
  Scripts* scripts_;
  std::atomic<bool> alive_ = true;
};

class ChatServerTest : public testing::Test {
 protected:
  void SetUp() override { Build({}); }
  void TearDown() override {
    stub_.reset();
    server_.reset();
    chat_server_.reset();
    versions_.reset();
  }

  void Build(ChatServerOptions options, std::uint64_t spool_limit = 1 << 30) {
    TearDown();
    forwarder_.reset();
    const auto nowhere = ConnectToServer("127.0.0.1:1");
    auto spool = Spool::Open({.dir = JoinPath(dir_.path(), "spool"), .limit_bytes = spool_limit});
    ASSERT_TRUE(spool.ok());
    spool_ = std::move(*spool);
    auto rejected = RejectedChats::Open(JoinPath(dir_.path(), "rejected"), Env::Default());
    ASSERT_TRUE(rejected.ok());
    rejected_ = std::move(*rejected);
    forwarder_ = std::make_unique<Forwarder>(ForwarderOptions{.producer = "chat-test"}, nowhere,
                                             spool_.get(), rejected_.get());
    source_ = std::make_unique<ModelSource>(ModelSourceOptions{.models_dir = dir_.path()}, nowhere);
    versions_ = std::make_unique<VersionManager>(VersionManagerOptions{.first_pause = 1ms});
    chat_server_ =
        std::make_unique<ChatServer>(std::move(options), ChatParts{.versions = versions_.get(),
                                                                   .source = source_.get(),
                                                                   .spool = spool_.get(),
                                                                   .forwarder = forwarder_.get(),
                                                                   .rejected = rejected_.get()});
    server_.reset(new client::FakeServer({chat_server_.get()}));
    stub_ = v1::ChatService::NewStub(server_->Channel());
  }
  void Serve() {
    versions_->Aspire(AspiredVersion{.digest = "m1", .generation = 1, .load = [this](const auto&) {
                                       return Result<std::unique_ptr<ServableModel>>(
                                           std::make_unique<ScriptedModel>(&scripts_));
                                     }});
  }

  Reply Ask(const std::string& instruction = "hello", bool skip_logging = false) {
    v1::ChatRequest request;
    request.set_instruction(instruction);
    request.set_skip_logging(skip_logging);
    return chat::Ask(stub_.get(), request);
  }

  TempDir dir_;
  Scripts scripts_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<RejectedChats> rejected_;
  std::unique_ptr<Forwarder> forwarder_;
  std::unique_ptr<ModelSource> source_;
  std::unique_ptr<VersionManager> versions_;
  std::unique_ptr<ChatServer> chat_server_;
  std::unique_ptr<client::FakeServer> server_;
  std::unique_ptr<v1::ChatService::Stub> stub_;
};

TEST_F(ChatServerTest, WithoutAModelItSaysWhatToDo) {
  const Reply reply = Ask();
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(reply.status.error_message(), HasSubstr("amooz cycle start"));
}

TEST_F(ChatServerTest, ABadRequestNamesItsField) {
  Serve();
  const Reply reply = Ask("  ");
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(reply.status.error_message(), HasSubstr("instruction"));
}

// docs/rules.md rule 28: the last piece is sent after the spool's fsync.
TEST_F(ChatServerTest, TheEndComesWhenTheChatIsInTheSpool) {
  Serve();
  scripts_.Add({.pieces = {"در", "ود"}});
  const Reply reply = Ask("سلام");
  ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.text, "درود");
  EXPECT_EQ(reply.end.chat_id(), "chat-test/1");
  EXPECT_EQ(reply.end.model_digest(), "m1");
  EXPECT_EQ(reply.end.finish_reason(), v1::FINISH_REASON_LENGTH);
  EXPECT_EQ(reply.end.prompt_tokens(), 3u);
  EXPECT_EQ(reply.end.reply_tokens(), 4u);
  const auto chats = spool_->Read(0, 10, 1 << 20);
  ASSERT_EQ(chats->size(), 1u);
  v1::Chat chat;
  ASSERT_TRUE(chat.ParseFromString(chats->front().bytes));
  EXPECT_EQ(chat.instruction(), "سلام");
  EXPECT_EQ(chat.response(), "درود");
  EXPECT_EQ(chat.model_digest(), "m1");
}

TEST_F(ChatServerTest, BlankRepliesAndThoseAskedForAreNotLogged) {
  Serve();
  scripts_.Add({});
  const Reply nothing = Ask();
  EXPECT_TRUE(nothing.status.ok());
  EXPECT_EQ(nothing.end.chat_id(), "");
  EXPECT_EQ(nothing.end.model_digest(), "m1");
  scripts_.Add({.pieces = {" \n", "\u2003"}});
  EXPECT_EQ(Ask().end.chat_id(), "");
  EXPECT_EQ(Ask("hello", true).end.chat_id(), "");
  EXPECT_EQ(spool_->last_seq(), 0u);
}

TEST_F(ChatServerTest, AChildThatDiesBeforeTheFirstPieceCostsTheCallerNothing) {
  Serve();
  scripts_.Add({.child_dies = true});
  scripts_.Add({.pieces = {"fresh"}});
  const Reply reply = Ask();
  EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(reply.text, "fresh");
  EXPECT_EQ(scripts_.loads, 2);
}

TEST_F(ChatServerTest, AChildThatDiesInTheReplyEndsItAndTheNextRequestIsAnswered) {
  Serve();
  scripts_.Add({.pieces = {"half"}, .child_dies = true});
  const Reply reply = Ask();
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(reply.text, "half");
  EXPECT_TRUE(Ask().status.ok());
  EXPECT_EQ(spool_->last_seq(), 1u);  // the half reply was not logged
}

TEST_F(ChatServerTest, AChildThatAlwaysDiesIsNotTriedForEver) {
  Serve();
  for (int i = 0; i < 3; ++i) scripts_.Add({.child_dies = true});
  EXPECT_EQ(Ask().status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(scripts_.started, 3);
}

TEST_F(ChatServerTest, AFaultOfTheServerEndsTheReplyAndTheNextIsAnswered) {
  Build({.max_replies = 1});
  Serve();
  scripts_.Add({.throws = true});
  EXPECT_EQ(Ask().status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_TRUE(Ask().status.ok());
}

TEST_F(ChatServerTest, ACallerWhoCancelsStopsTheGeneration) {
  Serve();
  scripts_.Add({.pieces = {"a"}, .waits_for_stop = true});
  v1::ChatRequest request;
  request.set_instruction("hello");
  grpc::ClientContext context;
  const auto stream = stub_->Chat(&context, request);
  v1::ChatResponse piece;
  ASSERT_TRUE(stream->Read(&piece));
  context.TryCancel();
  EXPECT_TRUE(Await([&] { return scripts_.stopped == 1; }));
  stream->Finish();
  EXPECT_TRUE(Await([&] { return versions_->List().front().requests == 0; }));
  EXPECT_EQ(spool_->last_seq(), 0u);
}

TEST_F(ChatServerTest, ACallerWhoNeverReadsHoldsBackTheGenerationAndIsEnded) {
  Build({.reply = {.max_queued = 4, .patience = 200ms}});
  Serve();
  scripts_.Add({.repeat = std::string(32 << 10, 'x')});
  v1::ChatRequest request;
  request.set_instruction("hello");
  grpc::ClientContext context;
  const auto stream = stub_->Chat(&context, request);
  EXPECT_TRUE(Await([&] { return scripts_.stopped == 1; }));
  EXPECT_LT(scripts_.written, 1000);  // held back: no more than the buffers took
  v1::ChatResponse piece;
  while (stream->Read(&piece)) {
  }
  EXPECT_FALSE(stream->Finish().ok());
  EXPECT_TRUE(Ask().status.ok());
}

TEST_F(ChatServerTest, MoreRequestsThanMayWaitAreRefused) {
  Build({.max_replies = 1, .max_waiting = 1});
  Serve();
  scripts_.Add({.waits_for_stop = true});
  v1::ChatRequest request;
  request.set_instruction("hello");
  grpc::ClientContext context;
  const auto running = stub_->Chat(&context, request);
  ASSERT_TRUE(Await([&] { return scripts_.started == 1; }));
  // Which of two comes first is not said: one of them waits, the other is refused.
  std::atomic<int> answered = 0, refused = 0;
  const auto ask = [&] {
    const grpc::StatusCode code = Ask().status.error_code();
    if (code == grpc::StatusCode::OK) ++answered;
    if (code == grpc::StatusCode::RESOURCE_EXHAUSTED) ++refused;
  };
  std::thread one(ask), other(ask);
  EXPECT_TRUE(Await([&] { return refused == 1; }));
  EXPECT_EQ(answered, 0);
  context.TryCancel();
  one.join();
  other.join();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(refused, 1);
  running->Finish();
}

// docs/rules.md rule 28: full = Chat fails with RESOURCE_EXHAUSTED and the remedy.
TEST_F(ChatServerTest, AFullSpoolRefusesChatsWithTheRemedyButNotThoseThatAreNotLogged) {
  Build({}, 20 << 10);
  Serve();
  scripts_.Add({.pieces = {std::string(6 << 10, 'x')}});
  ASSERT_TRUE(Ask().status.ok());
  const Reply refused = Ask();
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.status.error_message(), HasSubstr("--spool-limit"));
  EXPECT_TRUE(Ask("hello", true).status.ok());
}

TEST_F(ChatServerTest, TheStatusShowsModelsSpoolAndServer) {
  Serve();
  ASSERT_TRUE(Ask().status.ok());
  grpc::ClientContext context;
  v1::GetChatStatusResponse status;
  ASSERT_TRUE(stub_->GetChatStatus(&context, {}, &status).ok());
  EXPECT_EQ(status.producer(), "chat-test");
  EXPECT_EQ(status.serving_digest(), "m1");
  ASSERT_EQ(status.models_size(), 1);
  EXPECT_EQ(status.models(0).state(), "serving");
  EXPECT_EQ(status.models(0).pid(), 1u);
  EXPECT_EQ(status.spooled_chats(), 1u);
  EXPECT_GT(status.spool_bytes(), 0u);
  EXPECT_EQ(status.spool_limit_bytes(), 1u << 30);
  EXPECT_FALSE(status.server_connected());
}

}  // namespace
}  // namespace amooz::chat
