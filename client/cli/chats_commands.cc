// chats import|list|tail, why
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "client/cli/chats_tail.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/import_text.h"
#include "client/cli/input_output.h"
#include "client/cli/why_text.h"
#include "client/cli/words.h"
#include "client/lib/chat_import.h"
#include "client/lib/import_file.h"
#include "client/lib/proto_json.h"
#include "client/lib/str_cat.h"
#include "sdk/base/clock.h"

namespace amooz::client {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kListedRejections = 20;
constexpr std::uint32_t kLargestPage = 1000;
constexpr int kWidestOwnId = 40;  // columns

struct ImportOptions {
  std::string file;
  bool skip_bad = false;
};

ordered_json BadRecordsJson(const FileFacts& facts) {
  ordered_json list = ordered_json::array();
  for (const BadRecord& bad : facts.bad) {
    list.push_back({{"line", bad.number}, {"reason", bad.reason}});
  }
  return list;
}

std::string ImportJson(const ChatFile& file, const ChatImport& result) {
  ordered_json json;
  json["producer"] = file.producer;
  json["chats"] = file.chats.size();
  json["acknowledged"] = result.acknowledged;
  json["already_stored"] = result.already_stored;
  json["upto_seq"] = StrCat(result.upto_seq);
  json["rejected"] = ordered_json::array();
  for (const auto& rejected : result.rejected) json["rejected"].push_back(ToJson(rejected));
  json["skipped"] = BadRecordsJson(file.facts);
  return json.dump() + "\n";
}

std::string SafeText(const ChatFile& file, const ChatImport& result) {
  return StrCat("Safe on the server: ", Count(static_cast<std::int64_t>(result.acknowledged)),
                " of ", Counted(static_cast<std::int64_t>(file.chats.size()), "chat"));
}

// What "0 of 0", or a count that did not grow, does not say by itself; "" if there is no such
// thing.
std::string RemarkText(const ChatFile& file, const ChatImport& result) {
  if (file.chats.empty()) return " There was no chat in it.";
  if (result.already_stored == 0) return "";
  if (result.already_stored == file.chats.size()) return " All were there already.";
  return StrCat(" ", Count(result.already_stored), result.already_stored == 1 ? " was" : " were",
                " there already.");
}

std::string ImportText(const ChatFile& file, const ChatImport& result) {
  return StrCat(SafeText(file, result), ", as ", ShortProducer(file.producer), ".",
                RemarkText(file, result), "\n", SkippedText(file.facts));
}

std::string RejectionText(const ChatFile& file, const ChatImport& result) {
  std::string text =
      StrCat("the server rejected ",
             Counted(static_cast<std::int64_t>(result.rejected.size()), "chat"), ":");
  const std::size_t listed = std::min(result.rejected.size(), kListedRejections);
  for (std::size_t i = 0; i < listed; ++i) {
    StrAppend(&text, "\n", file.facts.is_array ? "element " : "line ", result.rejected[i].seq(),
              ": ", result.rejected[i].message());
  }
  if (result.rejected.size() > listed) {
    StrAppend(&text, "\n... and ", result.rejected.size() - listed, " more");
  }
  return text;
}

absl::Status ImportChatFile(const Cli& cli, const ImportOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const std::string bytes, ReadInput(cli, options.file));
  const std::int64_t start_us = Clock::System()->NowMicros();
  AMOOZ_ASSIGN_OR_RETURN(const v1::Config config, ServerConfig(cli));
  AMOOZ_ASSIGN_OR_RETURN(const ChatFile file,
                         ReadChats(bytes, start_us, config.chat_log().max_chat_bytes()));
  if (!file.facts.bad.empty() && !options.skip_bad) {
    return RefuseBadRecords(options.file, file.facts);
  }
  const auto stub = cli.Stub<v1::ChatLogService>();
  const ChatImport result = [&] {
    ProgressLine progress(cli, "importing chats");
    return ImportChats(stub.get(), file,
                       [&](std::size_t answered) { progress.Update(answered, file.chats.size()); });
  }();
  if (!result.status.ok()) {
    const absl::Status status = cli.core().Explain(result.status);
    return {status.code(), StrCat(status.message(), "\n", SafeText(file, result),
                                  ". Run the same import again: it stores nothing twice.")};
  }
  cli.Print(cli.wants_json() ? ImportJson(file, result) : ImportText(file, result));
  if (result.rejected.empty()) return absl::OkStatus();
  return absl::UnknownError(RejectionText(file, result));
}

struct ListOptions {
  std::uint32_t limit = 50;
  std::string producer;
  std::string outcome;
};

v1::ChatOutcome OutcomeOf(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  v1::ChatOutcome outcome = v1::CHAT_OUTCOME_UNSPECIFIED;
  v1::ChatOutcome_Parse("CHAT_OUTCOME_" + word, &outcome);
  return outcome;
}

// Pages are asked for until there are `limit` chats; next_page_token is the last page's.
absl::StatusOr<v1::ListChatsResponse> FetchChats(const Cli& cli, const ListOptions& options) {
  v1::ListChatsRequest request;
  request.set_producer(options.producer);
  request.set_outcome(OutcomeOf(options.outcome));
  v1::ListChatsResponse all;
  do {
    const auto missing = options.limit - static_cast<std::uint32_t>(all.chats_size());
    request.set_page_size(std::min(missing, kLargestPage));
    request.set_page_token(all.next_page_token());
    v1::ListChatsResponse page;
    AMOOZ_RETURN_IF_ERROR(
        cli.Call<v1::ChatLogService>(&v1::ChatLogService::Stub::ListChats, request, &page));
    all.clear_next_page_token();
    all.MergeFrom(page);
  } while (!all.next_page_token().empty() &&
           static_cast<std::uint32_t>(all.chats_size()) < options.limit);
  return all;
}

// What `why` takes. On a terminal an own id that would leave no room for the texts is cut.
std::string NameCell(const Cli& cli, const v1::ChatRecord& record) {
  const std::string name = ChatName(record);
  if (record.chat().id().empty() || !cli.terminal().out_is_terminal) return name;
  return TruncateToWidth(PrintableLine(name), kWidestOwnId);
}

std::string ChatsText(const Cli& cli, const v1::ListChatsResponse& reply) {
  Table table({{"CHAT"},
               {"TIME", Align::kLeft, kLeave},
               {"OUTCOME"},
               {"INSTRUCTION", Align::kLeft, kShrink},
               {"RESPONSE", Align::kLeft, kShrink}});
  for (const v1::ChatRecord& record : reply.chats()) {
    const v1::Chat& chat = record.chat();
    table.AddRow({NameCell(cli, record),
                  chat.has_time() ? ShortTimeOr(true, chat.time())
                                  : ShortTimeOr(record.has_received_at(), record.received_at()),
                  EnumWord(record.outcome()),
                  record.is_retired() ? "(retired)" : chat.instruction(), chat.response()});
  }
  return StrCat(cli.TableText(table, "no such chats"), Count(reply.chats_size()), " shown; ",
                Counted(reply.total_chats(), "chat"), " in all, ", Count(reply.unread_chats()),
                " unread\n");
}

absl::Status ListChats(const Cli& cli, const ListOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const v1::ListChatsResponse reply, FetchChats(cli, options));
  cli.Show(reply, [&] { return ChatsText(cli, reply); });
  return absl::OkStatus();
}

absl::Status Why(const Cli& cli, const std::string& id) {
  v1::ExplainChatRequest request;
  request.set_id(id);
  v1::ExplainChatResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::ChatLogService>(&v1::ChatLogService::Stub::ExplainChat, request, &reply));
  cli.Show(reply, [&] { return WhyText(reply, cli.style()); });
  return absl::OkStatus();
}

void AddImport(CLI::App* chats, Cli* cli) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* verb = Cli::AddVerb(
      chats, "import", "Sends the chats of a file (JSONL, a JSON array, or OpenAI messages)",
      {"amooz chats import chats.jsonl", "amooz chats import chat_logs.json --skip-bad",
       "zcat chats.jsonl.gz | amooz chats import -"});
  verb->add_option("FILE", options->file, "The file; - is standard input")
      ->required()
      ->type_name("FILE");
  verb->add_flag("--skip-bad", options->skip_bad,
                 "Leave out records that cannot be read (they are listed) instead of refusing all");
  cli->OnRun(verb, [cli, options] { return ImportChatFile(*cli, *options); });
}

void AddList(CLI::App* chats, Cli* cli) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* verb =
      Cli::AddVerb(chats, "list", "Chats and what became of them, newest first",
                   {"amooz chats list", "amooz chats list --outcome low_quality --limit 200"});
  verb->add_option("--limit", options->limit, "At most this many chats")
      ->check(CLI::Range(1u, 1000000u))
      ->capture_default_str();
  verb->add_option("--producer", options->producer,
                   "Only this producer's (a file's digits may be cut)");
  verb->add_option("--outcome", options->outcome, "Only those with this outcome")
      ->check(CLI::IsMember({"unread", "accepted", "vetoed", "low_quality", "duplicate_of_chat",
                             "duplicate_of_example"}));
  cli->OnRun(verb, [cli, options] { return ListChats(*cli, *options); });
}

}  // namespace

void AddChatsCommands(CLI::App* app, Cli* cli) {
  CLI::App* chats = Cli::AddNoun(
      app, "chats", "Chats that were streamed in",
      {"amooz chats import chats.jsonl", "amooz chats list --limit 5", "amooz chats tail"});
  AddImport(chats, cli);
  AddList(chats, cli);
  AddChatsTail(chats, cli);
  const auto id = std::make_shared<std::string>();
  CLI::App* why =
      Cli::AddVerb(app, "why", "Why a chat is in the dataset, or is not",
                   {"amooz why s0042", "amooz why chat-abc/17", "amooz why file:1a2b3c4d/17"});
  why->add_option("ID", *id, "A chat's own id, or PRODUCER/SEQ (a file's digits may be cut)")
      ->required();
  cli->OnRun(why, [cli, id] { return Why(*cli, *id); });
}

}  // namespace amooz::client
