// chat: one message, or a conversation on a terminal
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "amooz/v1/chat.grpc.pb.h"
#include "amooz/v1/server.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/input_output.h"
#include "client/cli/interrupt.h"
#include "client/cli/status_text.h"
#include "client/cli/words.h"
#include "client/lib/exit_code.h"
#include "client/lib/import_records.h"
#include "client/lib/str_cat.h"
#include "sdk/base/mutex.h"
#include "sdk/base/utf8.h"

namespace amooz::client {
namespace {

// What amooz-chat takes of a whole conversation (client/chat_service/chat_request.h).
constexpr std::size_t kMaxMessageBytes = 1 << 20;

constexpr absl::Duration kModelPatience = absl::Minutes(1);
constexpr absl::Duration kModelLook = absl::Milliseconds(200);

struct ChatOptions {
  std::optional<std::string> message;
  bool show_status = false;
  std::string subject;
  std::string source = "amooz chat";
  bool no_log = false;
  std::optional<std::uint32_t> max_tokens, min_tokens, top_k, no_repeat_ngram_size, seed;
  std::optional<double> temperature, top_p, repetition_penalty;
  std::vector<std::string> stop;
};

v1::ChatRequest RequestOf(const ChatOptions& options) {
  v1::ChatRequest request;
  request.set_subject(options.subject);
  request.set_source(options.source);
  request.set_skip_logging(options.no_log);
  v1::GenerationOptions& generation = *request.mutable_options();
  if (options.max_tokens) generation.set_max_tokens(*options.max_tokens);
  if (options.min_tokens) generation.set_min_tokens(*options.min_tokens);
  if (options.top_k) generation.set_top_k(*options.top_k);
  if (options.no_repeat_ngram_size) {
    generation.set_no_repeat_ngram_size(*options.no_repeat_ngram_size);
  }
  if (options.seed) generation.set_seed(*options.seed);
  if (options.temperature) generation.set_temperature(*options.temperature);
  if (options.top_p) generation.set_top_p(*options.top_p);
  if (options.repetition_penalty) generation.set_repetition_penalty(*options.repetition_penalty);
  for (const std::string& stop : options.stop) generation.add_stop(stop);
  return request;
}

struct Reply {
  std::string text;
  v1::ChatEnd end;
};

// Replies of the chat service, one at a time. Cancel may come from another thread.
class Talker {
 public:
  explicit Talker(const Cli& cli) : cli_(cli) {}

  // Calls on_piece for each piece of the reply as it comes.
  absl::StatusOr<Reply> Ask(const v1::ChatRequest& request,
                            const std::function<void(const std::string&)>& on_piece) {
    if (stub_ == nullptr) {
      channel_ = cli_.Dial(cli_.chat());
      stub_ = v1::ChatService::NewStub(channel_);
    }
    grpc::ClientContext context;
    SetContext(&context);
    const auto stream = stub_->Chat(&context, request);
    Reply reply;
    v1::ChatResponse piece;
    while (stream->Read(&piece)) {
      reply.text += piece.text();
      on_piece(piece.text());
      if (piece.has_end()) reply.end = piece.end();
    }
    const grpc::Status status = stream->Finish();
    SetContext(nullptr);
    AMOOZ_RETURN_IF_ERROR(cli_.chat().Explain(ToAbsl(status), channel_.get()));
    return reply;
  }

  // False if no reply was under way.
  bool Cancel() AMOOZ_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    if (context_ == nullptr) return false;
    context_->TryCancel();
    return true;
  }

 private:
  void SetContext(grpc::ClientContext* context) AMOOZ_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    context_ = context;
  }

  const Cli& cli_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ChatService::Stub> stub_;
  Mutex mutex_;
  grpc::ClientContext* context_ AMOOZ_GUARDED_BY(mutex_) = nullptr;
};

// A model that went into service a moment ago is still fetched and loaded: waits until the chat
// service has one, if it will.
void AwaitModel(const Cli& cli) {
  const auto will_serve = [&cli] {
    v1::GetChatStatusResponse chat;
    v1::GetServerStatusResponse server;
    if (!cli.Call<v1::ChatService>(&v1::ChatService::Stub::GetChatStatus,
                                   v1::GetChatStatusRequest(), &chat)
             .ok() ||
        !chat.serving_digest().empty() || !chat.server_error().empty() ||
        std::any_of(chat.models().begin(), chat.models().end(),
                    [](const v1::ServedModel& model) { return model.state() == "failed"; })) {
      return false;
    }
    return cli.Call<v1::ServerService>(&v1::ServerService::Stub::GetServerStatus,
                                       v1::GetServerStatusRequest(), &server)
               .ok() &&
           !server.active_model().empty();
  };
  const absl::Time until = absl::Now() + kModelPatience;
  while (absl::Now() < until && will_serve()) absl::SleepFor(kModelLook);
}

std::string ReplyJson(const Reply& reply) {
  nlohmann::ordered_json json;
  json["text"] = reply.text;
  json["chat_id"] = reply.end.chat_id();
  json["model_digest"] = reply.end.model_digest();
  json["finish_reason"] = EnumWord(reply.end.finish_reason());
  json["prompt_tokens"] = reply.end.prompt_tokens();
  json["reply_tokens"] = reply.end.reply_tokens();
  return json.dump() + "\n";
}

// Others may have written what the model repeats: a terminal gets no control characters.
std::string ForOutput(const Cli& cli, const std::string& piece) {
  return cli.terminal().out_is_terminal ? PrintableText(piece) : piece;
}

absl::Status AskOnce(const Cli& cli, const ChatOptions& options) {
  v1::ChatRequest request = RequestOf(options);
  std::string message = *options.message;
  if (message == "-") {
    AMOOZ_ASSIGN_OR_RETURN(message, ReadInput(cli, "-"));
    while (message.ends_with('\n') || message.ends_with('\r')) message.pop_back();
    if (!IsUtf8(message)) {
      return absl::InvalidArgumentError("standard input is not valid UTF-8; convert it first");
    }
  }
  if (message.size() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(StrCat("the message has ", message.size(), " bytes; at most ",
                                             kMaxMessageBytes, " are taken"));
  }
  request.set_instruction(message);
  AwaitModel(cli);
  Talker talker(cli);
  bool is_in_line = false;
  const auto reply = talker.Ask(request, [&](const std::string& piece) {
    if (cli.wants_json() || piece.empty()) return;
    cli.Print(ForOutput(cli, piece));
    cli.terminal().out->flush();
    is_in_line = !piece.ends_with('\n');
  });
  if (!reply.ok() && is_in_line) cli.Print("\n");  // the error is told below the text
  AMOOZ_RETURN_IF_ERROR(reply.status());
  cli.Print(cli.wants_json() ? ReplyJson(*reply) : "\n");
  return absl::OkStatus();
}

void AddTurn(v1::Role role, const std::string& text, v1::ChatRequest* request) {
  v1::Turn& turn = *request->add_context();
  turn.set_role(role);
  turn.set_text(text);
}

// One exchange of a conversation: prints the reply and keeps both turns for the next.
absl::Status Exchange(const Cli& cli, Talker* talker, const std::string& line,
                      v1::ChatRequest* request) {
  request->set_instruction(line);
  const auto reply = talker->Ask(*request, [&](const std::string& piece) {
    cli.Print(ForOutput(cli, piece));
    cli.terminal().out->flush();
  });
  cli.Print("\n");
  if (absl::IsCancelled(reply.status())) return absl::OkStatus();
  AMOOZ_RETURN_IF_ERROR(reply.status());
  cli.Print(cli.style().Dim(StrCat("[", ShortDigest(reply->end.model_digest()), ", ",
                                   Counted(reply->end.reply_tokens(), "token"), "]")) +
            "\n");
  // A blank reply is no turn: the service takes none.
  if (IsBlank(reply->text)) return absl::OkStatus();
  AddTurn(v1::ROLE_USER, line, request);
  AddTurn(v1::ROLE_ASSISTANT, reply->text, request);
  return absl::OkStatus();
}

// Reads lines until /quit or the input's end. A reply that fails is told, and the talk goes on.
absl::Status Talk(const Cli& cli, const ChatOptions& options) {
  Talker talker(cli);
  // Ctrl-C stops a reply; at the prompt it ends the program, which has nothing to lose there.
  const InterruptWatcher interrupts([&] {
    if (talker.Cancel()) return;
    cli.Print("\n");  // the shell's prompt goes below
    cli.terminal().out->flush();
    ::_exit(kExitInterrupted);
  });
  v1::ChatRequest request = RequestOf(options);
  cli.Print("Write a message and press Enter. /new forgets what was said, /quit ends.\n");
  std::string line;
  while (true) {
    cli.Print(cli.style().Bold("> "));
    cli.terminal().out->flush();
    if (!std::getline(*cli.terminal().in, line)) {
      cli.Print("\n");
      break;
    }
    if (line == "/quit") break;
    if (line == "/new") {
      request.clear_context();
    } else if (line.starts_with('/')) {
      *cli.terminal().err << "amooz: " << PrintableLine(line)
                          << " is no command: /new forgets what was said, /quit ends. A message "
                             "that begins with / takes a space before it.\n";
    } else if (line.find_first_not_of(" \t\r") != std::string::npos) {
      const absl::Status status = Exchange(cli, &talker, line, &request);
      if (!status.ok()) {
        *cli.terminal().err << "amooz: " << PrintableText(std::string(status.message())) << "\n";
      }
    }
  }
  return absl::OkStatus();
}

absl::Status ShowChatStatus(const Cli& cli) {
  v1::GetChatStatusResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::ChatService>(&v1::ChatService::Stub::GetChatStatus,
                                                  v1::GetChatStatusRequest(), &reply));
  cli.Show(reply, [&] {
    return StrCat("amooz-chat at ", cli.chat().text(), "\n", ChatStatusText(reply, cli.style()));
  });
  return absl::OkStatus();
}

absl::Status Chat(const Cli& cli, const ChatOptions& options) {
  if (options.show_status) return ShowChatStatus(cli);
  if (options.message) return AskOnce(cli, options);
  if (cli.wants_json()) {
    return absl::InvalidArgumentError("--output json needs --message TEXT");
  }
  if (!cli.terminal().in_is_terminal) {
    return absl::InvalidArgumentError(
        "standard input is no terminal; ask with --message TEXT, or --message - to read it");
  }
  return Talk(cli, options);
}

}  // namespace

void AddChatCommand(CLI::App* app, Cli* cli) {
  const auto options = std::make_shared<ChatOptions>();
  CLI::App* verb =
      Cli::AddVerb(app, "chat", "Talks with the model in service",
                   {"amooz chat", "amooz chat --message \"Tell me about the sea\" --seed 1",
                    "echo سلام | amooz chat --message - --output json", "amooz chat --status"});
  verb->add_option("--message,-m", options->message,
                   "Ask this and end; - reads it from standard input");
  verb->add_flag("--status", options->show_status, "What the chat service serves and has waiting");
  verb->add_option("--subject", options->subject, "Pseudonym of the person, for the log");
  verb->add_option("--source", options->source, "Where the chat came from, for the log")
      ->capture_default_str();
  verb->add_flag("--no-log", options->no_log, "Do not log this chat");
  verb->add_option("--max-tokens", options->max_tokens, "New tokens at most");
  verb->add_option("--min-tokens", options->min_tokens, "New tokens at least");
  verb->add_option("--temperature", options->temperature, "0 is greedy");
  verb->add_option("--top-p", options->top_p, "Above 0, at most 1");
  verb->add_option("--top-k", options->top_k, "0 is off");
  verb->add_option("--repetition-penalty", options->repetition_penalty, "1 is off");
  verb->add_option("--no-repeat-ngram-size", options->no_repeat_ngram_size, "0 is off");
  verb->add_option("--seed", options->seed, "The same seed, model and message: the same reply");
  verb->add_option("--stop", options->stop, "A text that ends the reply; may be given again")
      ->allow_extra_args(false);
  cli->OnRun(verb, [cli, options] { return Chat(*cli, *options); });
}

}  // namespace amooz::client
