#include "client/chat_service/server_channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>

namespace amooz::chat {

std::shared_ptr<grpc::Channel> ConnectToServer(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // A watch is silent for hours: without pings a server that lost its power would never be missed.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void Backoff::Pause(std::chrono::milliseconds at_least) {
  MutexLock lock(&mutex_);
  const auto until = std::chrono::steady_clock::now() + std::max(next_, at_least);
  next_ = std::min(next_ * 2, longest_);
  while (!is_stopped_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    stopped_.WaitFor(&mutex_, left);
  }
}

void Backoff::Reset() {
  MutexLock lock(&mutex_);
  next_ = first_;
}

void Backoff::Stop() {
  MutexLock lock(&mutex_);
  is_stopped_ = true;
  stopped_.SignalAll();
}

}  // namespace amooz::chat
