// For tests: a real server on a free loopback port, around whatever services a test gives it.
#ifndef AMOOZ_CORE_SERVER_SERVER_TESTING_H_
#define AMOOZ_CORE_SERVER_SERVER_TESTING_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/server/grpc_server.h"
#include "core/server/open_streams.h"
#include "core/server/service_table.h"
#include "sdk/base/executor.h"

namespace amooz::server {

class TestServer {
 public:
  explicit TestServer(std::chrono::milliseconds stall_limit = std::chrono::seconds(60),
                      std::size_t threads = 4, std::size_t max_queued = 100)
      : streams_(stall_limit), executor_(threads, max_queued, [](const Status& error) {
          ADD_FAILURE() << "a task failed: " << error.ToString();
        }) {}
  ~TestServer() { Stop(); }

  Calls calls() { return {.executor = &executor_, .streams = &streams_}; }
  // `services` must live until Stop().
  void Serve(const std::vector<NamedService>& services) {
    auto server = GrpcServer::Start({.listen = {"127.0.0.1", 0}}, services);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->SetServing(true);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }
  void Stop() {
    streams_.EndAll(absl::UnavailableError("the server is shutting down"));
    server_.reset();
    executor_.Stop();
  }

  GrpcServer* server() { return server_.get(); }
  OpenStreams* streams() { return &streams_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  OpenStreams streams_;
  Executor executor_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// A client context that a broken test cannot hang on.
class TestContext : public grpc::ClientContext {
 public:
  TestContext() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60)); }
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_SERVER_TESTING_H_
