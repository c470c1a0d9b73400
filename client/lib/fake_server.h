// For tests: a real gRPC server in this process, with services that the test writes.
#ifndef AMOOZ_CLIENT_LIB_FAKE_SERVER_H_
#define AMOOZ_CLIENT_LIB_FAKE_SERVER_H_

#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>

#include "client/lib/str_cat.h"

namespace amooz::client {

class FakeServer {
 public:
  // The services must outlive it. Port 0 takes a free one.
  explicit FakeServer(std::initializer_list<grpc::Service*> services, int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials(), &port_);
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
  }
  ~FakeServer() { server_->Shutdown(std::chrono::system_clock::now()); }

  int port() const { return port_; }
  std::string address() const { return StrCat("127.0.0.1:", port_); }
  std::shared_ptr<grpc::Channel> Channel() const {
    return grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  }

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_FAKE_SERVER_H_
