// Where the servers are, and how to say that one is not there.
//
//   auto channel = Connect(server);  // dials on the first call
//   auto stub = v1::CycleService::NewStub(channel);
//   grpc::ClientContext context;
//   SetDeadline(&context, kQuickCall);
//   status = server.Explain(stub->GetCycle(&context, request, &reply));
#ifndef AMOOZ_CLIENT_LIB_CONNECTION_H_
#define AMOOZ_CLIENT_LIB_CONNECTION_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace amooz::client {

// A call that reads or writes a few rows.
inline constexpr absl::Duration kQuickCall = absl::Seconds(30);
// A call whose work grows with the data: an import's last step, a promotion that loads nothing.
inline constexpr absl::Duration kLongCall = absl::Minutes(10);

enum class ServerKind { kCore, kChat };

// A server's address and the words for it in messages.
class ServerAddress {
 public:
  // The first that is not empty: `flag` (--address, --chat-address), the environment's
  // AMOOZ_ADDRESS or AMOOZ_CHAT_ADDRESS, the default 127.0.0.1:50650 or 127.0.0.1:50651.
  static ServerAddress Resolve(ServerKind kind, std::string_view flag);

  ServerKind kind() const { return kind_; }
  const std::string& text() const { return text_; }
  // INVALID_ARGUMENT if it is not HOST:PORT.
  absl::Status Check() const;
  // UNAVAILABLE and DEADLINE_EXCEEDED become a message that names the server and says how to start
  // it or to choose another; UNIMPLEMENTED one that speaks of versions. Others pass unchanged.
  absl::Status Explain(const absl::Status& status) const;
  // As it came, if it is UNAVAILABLE over a connection that stands: then it is the server's own
  // word (a model's process died, it is stopping), and the server can be reached.
  absl::Status Explain(const absl::Status& status, grpc::Channel* channel) const;

 private:
  ServerAddress(ServerKind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  ServerKind kind_;
  std::string text_;
};

// Plain text, no proxy (our protocol goes to the server named, whatever http_proxy says), replies
// of any size. Never fails: the first call does.
std::shared_ptr<grpc::Channel> Connect(const ServerAddress& address);

// How long a server that was started a moment ago is waited for: 5 s, or AMOOZ_CONNECT_SECONDS
// (at most an hour).
absl::Duration StartPatience();
// Returns once a server on this machine takes connections, or when that patience is at its end;
// servers elsewhere are not waited for. [any thread]
void AwaitStart(const ServerAddress& address, grpc::Channel* channel);

void SetDeadline(grpc::ClientContext* context, absl::Duration after);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_CONNECTION_H_
