// For tests: the whole server in this process, on a free loopback port and a scratch folder, with
// the built plugins and the fixture trainer and runtime.
#ifndef AMOOZ_CORE_SERVER_AMOOZ_SERVER_TESTING_H_
#define AMOOZ_CORE_SERVER_AMOOZ_SERVER_TESTING_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "amooz/v1/cycle.grpc.pb.h"
#include "amooz/v1/dataset.grpc.pb.h"
#include "amooz/v1/model.grpc.pb.h"
#include "amooz/v1/plugin.grpc.pb.h"
#include "amooz/v1/server.grpc.pb.h"
#include "core/base/config.h"
#include "core/server/amooz_server.h"
#include "core/store/store_testing.h"

namespace amooz::server {

// A client context that a broken test cannot hang on.
class CallContext : public grpc::ClientContext {
 public:
  CallContext() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60)); }
};

class AmoozServerTest : public testing::Test {
 protected:
  // The fixture trainer, quick; no scheduled cycle within a test.
  std::vector<std::string> Overrides() const {
    const char* build = std::getenv("AMOOZ_BUILD_DIR");
    const std::string root = build == nullptr ? "." : build;
    std::vector<std::string> all = {
        "listen=127.0.0.1:0",
        "plugins.directory=" + root + "/lib/amooz/plugins",
        "training.trainer=" + root + "/tests/plugins/fixture.so",
        "training.config={step_ms: 0}",
        "serving.runtime=" + root + "/tests/plugins/fixture.so",
        "cycle.held_out_share=0.2",
        "cycle.split_key=test",
        "cycle.min_new_examples_to_train=1",
        "cycle.enhancement_interval=1d",
    };
    all.insert(all.end(), extra_.begin(), extra_.end());
    return all;
  }
  absl::StatusOr<std::unique_ptr<AmoozServer>> TryStart() {
    ConfigSources sources;
    sources.overrides = Overrides();
    sources.data_dir = data_dir();
    const absl::StatusOr<v1::Config> config = LoadConfig(sources);
    if (!config.ok()) return config.status();
    return AmoozServer::Start({.config = *config, .config_source = "test.yaml"});
  }
  void Start() {
    auto started = TryStart();
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    chats_ = v1::ChatLogService::NewStub(channel_);
    cycles_ = v1::CycleService::NewStub(channel_);
    datasets_ = v1::DatasetService::NewStub(channel_);
    models_ = v1::ModelService::NewStub(channel_);
    plugins_ = v1::PluginService::NewStub(channel_);
    status_ = v1::ServerService::NewStub(channel_);
  }
  std::string data_dir() const { return JoinPath(folder_.path, "data"); }

  // A chat that the classic rule accepts.
  static v1::SequencedChat GoodChat(std::uint64_t seq) {
    v1::SequencedChat chat;
    chat.set_seq(seq);
    const std::string n = std::to_string(seq);
    chat.mutable_chat()->set_instruction("How do I grow plant number " + n + " at home?");
    chat.mutable_chat()->set_response("Give your plant " + n +
                                      " light, water it twice a week and keep the soil " +
                                      std::string(1 + seq % 7, 'w') + "arm and loose.");
    return chat;
  }
  v1::AppendChatsResponse Append(const std::string& producer, std::uint64_t first,
                                 std::uint64_t n) {
    v1::AppendChatsRequest request;
    request.set_producer(producer);
    for (std::uint64_t seq = first; seq < first + n; ++seq) *request.add_chats() = GoodChat(seq);
    CallContext context;
    v1::AppendChatsResponse response;
    const grpc::Status status = chats_->AppendChats(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // Starts a cycle and watches it to its end; its events.
  std::vector<v1::CycleEvent> RunCycle(bool skip_training) {
    v1::StartCycleRequest request;
    request.set_skip_training(skip_training);
    CallContext context;
    v1::StartCycleResponse started;
    const grpc::Status status = cycles_->StartCycle(&context, request, &started);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return Watch(started.cycle().id(), 0);
  }
  std::vector<v1::CycleEvent> Watch(std::uint32_t id, std::uint32_t after) {
    CallContext context;
    v1::WatchCycleRequest request;
    request.set_id(id);
    request.set_after_event(after);
    auto reader = cycles_->WatchCycle(&context, request);
    std::vector<v1::CycleEvent> events;
    v1::WatchCycleResponse response;
    while (reader->Read(&response)) events.push_back(response.event());
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return events;
  }

  std::vector<std::string> extra_;
  store::ScratchFolder folder_;
  std::unique_ptr<AmoozServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ChatLogService::Stub> chats_;
  std::unique_ptr<v1::CycleService::Stub> cycles_;
  std::unique_ptr<v1::DatasetService::Stub> datasets_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::PluginService::Stub> plugins_;
  std::unique_ptr<v1::ServerService::Stub> status_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_AMOOZ_SERVER_TESTING_H_
