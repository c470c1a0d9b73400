// `amooz`, the command-line client: options that every verb knows, the verb that was chosen, and
// what a verb needs to do its work. The verbs are in commands.h, a file a noun.
#ifndef AMOOZ_CLIENT_CLI_CLI_H_
#define AMOOZ_CLIENT_CLI_CLI_H_

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "amooz/v1/chat.grpc.pb.h"
#include "client/cli/table.h"
#include "client/cli/terminal.h"
#include "client/lib/connection.h"
#include "client/lib/grpc_status.h"

namespace amooz::client {

class Cli {
 public:
  using Verb = std::function<absl::Status()>;

  explicit Cli(Terminal terminal);

  // Parses and runs; returns the exit code (client/lib/exit_code.h). Call once.
  int Run(const std::vector<std::string>& arguments);

  // ---- For the verbs' definitions ----
  // A noun that needs a verb after it. `examples` are lines of the help, each a command.
  static CLI::App* AddNoun(CLI::App* app, const std::string& name, const std::string& description,
                           const std::vector<std::string>& examples);
  static CLI::App* AddVerb(CLI::App* app, const std::string& name, const std::string& description,
                           const std::vector<std::string>& examples);
  // Runs `run` if the verb is what was asked for.
  void OnRun(CLI::App* verb, Verb run);
  // All nouns and verbs with their options: what a completion is made of, and what tests walk.
  const CLI::App& definition() const { return app_; }
  // Whether Run would know the words, without running anything. INVALID_ARGUMENT says why not.
  absl::Status Parse(const std::vector<std::string>& arguments);

  // ---- For the verbs' work ----
  const Terminal& terminal() const { return terminal_; }
  bool wants_json() const { return output_ == "json"; }
  Style style() const { return Style(terminal_.out_is_terminal && terminal_.has_colour); }
  ServerAddress core() const { return ServerAddress::Resolve(ServerKind::kCore, address_); }
  ServerAddress chat() const { return ServerAddress::Resolve(ServerKind::kChat, chat_address_); }
  // A verb that ended well, but not with 0.
  void set_exit_code(int code) { exit_code_ = code; }

  // The service's stub; Chat's on the chat service, all others on the core server.
  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() const {
    return Service::NewStub(Dial(AddressOf<Service>()));
  }
  template <typename Service>
  ServerAddress AddressOf() const {
    return std::is_same_v<Service, v1::ChatService> ? chat() : core();
  }

  // Connects; the first time to a server that is just starting, waits for it (AwaitStart).
  std::shared_ptr<grpc::Channel> Dial(const ServerAddress& address) const;

  // One unary call: Call<v1::CycleService>(&v1::CycleService::Stub::GetCycle, request, &reply).
  template <typename Service, typename Request, typename Reply>
  absl::Status Call(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Reply*),
                    const Request& request, Reply* reply,
                    absl::Duration deadline = kQuickCall) const {
    const auto channel = Dial(AddressOf<Service>());
    grpc::ClientContext context;
    SetDeadline(&context, deadline);
    const auto stub = Service::NewStub(channel);
    const grpc::Status status = ((*stub).*method)(&context, request, reply);
    return AddressOf<Service>().Explain(ToAbsl(status), channel.get());
  }

  // The reply as JSON, or `text()` for people.
  void Show(const google::protobuf::Message& reply, const std::function<std::string()>& text) const;
  // A table, or `none` where it has no rows.
  std::string TableText(const Table& table, std::string_view none) const;
  void Print(std::string_view text) const;  // to standard output, as it is

 private:
  int ParseAndRun(const std::vector<std::string>& arguments);
  void ParseWords(const std::vector<std::string>& arguments);  // throws CLI::ParseError
  int Report(const absl::Status& status) const;
  int RefuseUsage(const CLI::Error& error, const std::vector<std::string>& arguments);

  const Terminal terminal_;
  CLI::App app_;
  std::string output_ = "table";
  std::string address_;
  std::string chat_address_;
  Verb chosen_;
  int exit_code_ = 0;
  mutable std::atomic<bool> awaited_core_ = false, awaited_chat_ = false;
};

// For a mistyped command line: "there is no `cycel`; did you mean `cycle`?", and the same for an
// option; "" if every word is known.
std::string ExplainUnknownWord(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_CLI_H_
