#include "client/lib/connection.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "client/lib/str_cat.h"
#include "sdk/base/listen_address.h"

namespace amooz::client {
namespace {

struct Words {
  const char* name;
  const char* variable;
  const char* fallback;
  const char* flag;
  const char* start;
};

const Words& WordsOf(ServerKind kind) {
  static constexpr Words kCore = {"amoozd", "AMOOZ_ADDRESS", "127.0.0.1:50650", "--address",
                                  "amoozd --data-dir DIR"};
  static constexpr Words kChat = {"amooz-chat", "AMOOZ_CHAT_ADDRESS", "127.0.0.1:50651",
                                  "--chat-address", "amooz-chat --data-dir DIR"};
  return kind == ServerKind::kCore ? kCore : kChat;
}

}  // namespace

ServerAddress ServerAddress::Resolve(ServerKind kind, std::string_view flag) {
  const Words& words = WordsOf(kind);
  if (!flag.empty()) return {kind, std::string(flag)};
  if (const char* value = std::getenv(words.variable); value != nullptr && *value != '\0') {
    return {kind, value};
  }
  return {kind, words.fallback};
}

absl::Status ServerAddress::Check() const {
  const Result<ListenAddress> address = ParseListenAddress(text_);
  if (address.ok() && address->port != 0) return absl::OkStatus();
  const Words& words = WordsOf(kind_);
  return absl::InvalidArgumentError(StrCat("\"", text_, "\" is not HOST:PORT, such as ",
                                           words.fallback, "; name the server with ", words.flag,
                                           " or ", words.variable));
}

absl::Status ServerAddress::Explain(const absl::Status& status) const {
  const Words& words = WordsOf(kind_);
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return absl::UnavailableError(StrCat("cannot reach ", words.name, " at ", text_, " (",
                                           status.message(), "). Start it with `", words.start,
                                           "`, or name another with ", words.flag, " HOST:PORT or ",
                                           words.variable, "."));
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError(StrCat(words.name, " at ", text_,
                                                " did not answer in time. Its log says whether ",
                                                "it is busy or stuck; try again."));
    case absl::StatusCode::kUnimplemented:
      return absl::UnimplementedError(
          StrCat("what listens at ", text_, " does not know this call",
                 status.message().empty() ? "" : StrCat(" (", status.message(), ")"), ". Is it ",
                 words.name, ", and of the same version as this client?"));
    default:
      return status;
  }
}

absl::Status ServerAddress::Explain(const absl::Status& status, grpc::Channel* channel) const {
  const bool is_connected = channel->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  if (absl::IsUnavailable(status) && is_connected) return status;
  return Explain(status);
}

std::shared_ptr<grpc::Channel> Connect(const ServerAddress& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  // A server that restarts is found again within a second or two, not after gRPC's 20.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  return grpc::CreateCustomChannel(address.text(), grpc::InsecureChannelCredentials(), arguments);
}

absl::Duration StartPatience() {
  constexpr double kUsualSeconds = 5, kMostSeconds = 3600;
  const char* const text = std::getenv("AMOOZ_CONNECT_SECONDS");
  if (text == nullptr || *text == '\0') return absl::Seconds(kUsualSeconds);
  char* end = nullptr;
  const double seconds = std::strtod(text, &end);
  return absl::Seconds(*end == '\0' && seconds >= 0 ? std::min(seconds, kMostSeconds)
                                                    : kUsualSeconds);
}

void AwaitStart(const ServerAddress& address, grpc::Channel* channel) {
  const absl::Duration patience = StartPatience();
  if (patience <= absl::ZeroDuration()) return;
  const Result<ListenAddress> parsed = ParseListenAddress(address.text());
  if (!parsed.ok()) return;
  const Result<bool> is_here = IsLoopback(*parsed);
  if (!is_here.ok() || !*is_here) return;
  channel->WaitForConnected(std::chrono::system_clock::now() +
                            absl::ToChronoMilliseconds(patience));
}

void SetDeadline(grpc::ClientContext* context, absl::Duration after) {
  context->set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(after));
}

}  // namespace amooz::client
