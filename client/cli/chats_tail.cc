#include "client/cli/chats_tail.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/display_width.h"
#include "client/cli/interrupt.h"
#include "client/cli/words.h"
#include "client/lib/exit_code.h"
#include "client/lib/proto_json.h"
#include "client/lib/str_cat.h"
#include "sdk/base/mutex.h"

namespace amooz::client {
namespace {

constexpr std::uint32_t kPage = 100;
constexpr std::chrono::milliseconds kLookEvery{500};
// A server that restarts is away for a moment.
constexpr absl::Duration kPatience = absl::Minutes(2);

struct TailOptions {
  std::uint32_t last = 10;
  std::uint32_t limit = 0;  // 0 = none
  std::string producer;
};

std::string NameOf(const v1::ChatRecord& record) {
  return StrCat(record.producer(), "/", record.seq());
}

// What came after the newest chat that was seen, oldest first.
class NewChats {
 public:
  NewChats(const Cli& cli, std::string producer) : cli_(cli), producer_(std::move(producer)) {}

  // The first look: the newest `count`.
  absl::StatusOr<std::vector<v1::ChatRecord>> Newest(std::uint32_t count) { return Fetch(count); }
  absl::StatusOr<std::vector<v1::ChatRecord>> Next() { return Fetch(std::nullopt); }

 private:
  absl::StatusOr<v1::ListChatsResponse> Page(std::uint32_t size, const std::string& token) const {
    v1::ListChatsRequest request;
    request.set_page_size(size);
    request.set_page_token(token);
    request.set_producer(producer_);
    v1::ListChatsResponse page;
    AMOOZ_RETURN_IF_ERROR(
        cli_.Call<v1::ChatLogService>(&v1::ChatLogService::Stub::ListChats, request, &page));
    return page;
  }

  absl::StatusOr<std::vector<v1::ChatRecord>> Fetch(std::optional<std::uint32_t> count) {
    std::vector<v1::ChatRecord> found;  // newest first
    std::string newest, token;
    bool is_done = false;
    while (!is_done) {
      AMOOZ_ASSIGN_OR_RETURN(const v1::ListChatsResponse page, Page(kPage, token));
      for (const v1::ChatRecord& record : page.chats()) {
        if (newest.empty()) newest = NameOf(record);
        is_done = count ? found.size() >= *count : NameOf(record) == seen_;
        if (is_done) break;
        found.push_back(record);
      }
      token = page.next_page_token();
      is_done = is_done || token.empty();
    }
    if (!newest.empty()) seen_ = newest;
    std::reverse(found.begin(), found.end());
    return found;
  }

  const Cli& cli_;
  const std::string producer_;
  std::string seen_;  // the newest chat that was returned, or that was there before the first look
};

// Waits between two looks, and ends that wait when the person does.
class Pause {
 public:
  // False once it was ended.
  bool Wait() AMOOZ_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    if (!has_ended_) changed_.WaitFor(&mutex_, kLookEvery);
    return !has_ended_;
  }
  void End() AMOOZ_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    has_ended_ = true;
    changed_.SignalAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool has_ended_ AMOOZ_GUARDED_BY(mutex_) = false;
};

// Prints until `limit` have been; true then.
class Printer {
 public:
  Printer(const Cli& cli, std::uint32_t limit) : cli_(cli), limit_(limit) {}
  bool Print(const std::vector<v1::ChatRecord>& chats) {
    for (const v1::ChatRecord& record : chats) {
      cli_.Print(cli_.wants_json() ? ToJsonLine(record) + "\n" : TailText(record, cli_.style()));
      if (++printed_ == limit_) break;
    }
    cli_.terminal().out->flush();
    return limit_ > 0 && printed_ >= limit_;
  }

 private:
  const Cli& cli_;
  const std::uint32_t limit_;
  std::uint32_t printed_ = 0;
};

// Whether the other end of a pipe is closed.
bool HasNoReader(int fd) {
  pollfd pipe = {fd, 0, 0};
  return ::poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR) != 0;
}

absl::Status Tail(Cli* cli, const TailOptions& options) {
  Pause pause;
  const InterruptWatcher interrupts([&pause] { pause.End(); });
  NewChats chats(*cli, options.producer);
  Printer printer(*cli, options.limit);
  AMOOZ_ASSIGN_OR_RETURN(const auto before, chats.Newest(options.last));
  if (printer.Print(before)) return absl::OkStatus();
  absl::Time last_answer = absl::Now();
  bool is_broken = false;
  while (pause.Wait()) {
    if (HasNoReader(cli->terminal().out_fd)) return absl::OkStatus();
    const auto found = chats.Next();
    if (absl::IsUnavailable(found.status()) && absl::Now() - last_answer < kPatience) {
      if (!is_broken) *cli->terminal().err << "the connection broke; trying again\n" << std::flush;
      is_broken = true;
      continue;
    }
    AMOOZ_RETURN_IF_ERROR(found.status());
    last_answer = absl::Now();
    is_broken = false;
    if (printer.Print(*found)) return absl::OkStatus();
    if (!cli->terminal().out->good()) return absl::OkStatus();  // nobody reads any more
  }
  cli->set_exit_code(kExitInterrupted);
  return absl::OkStatus();
}

// Further lines below the first, all `indent` columns in.
std::string Indented(std::string_view mark, std::string_view text) {
  std::string lines(mark);
  for (const char c : PrintableText(text)) {
    lines.push_back(c);
    if (c == '\n') lines.append(static_cast<std::size_t>(DisplayWidth(mark)), ' ');
  }
  return lines + "\n";
}

}  // namespace

std::string ChatName(const v1::ChatRecord& record) {
  if (!record.chat().id().empty()) return record.chat().id();
  return StrCat(ShortProducer(record.producer()), "/", record.seq());
}

std::string TailText(const v1::ChatRecord& record, const Style& style) {
  const v1::Chat& chat = record.chat();
  std::string title =
      StrCat(chat.has_time() ? LocalTime(chat.time())
                             : LocalTimeOr(record.has_received_at(), record.received_at()),
             "  ", PrintableLine(ChatName(record)));
  if (!chat.source().empty()) StrAppend(&title, "  ", PrintableLine(chat.source()));
  if (record.outcome() != v1::CHAT_OUTCOME_UNREAD) {
    StrAppend(&title, "  ", EnumWord(record.outcome()));
  }
  if (record.is_retired()) return style.Dim(title + "  (retired)") + "\n";
  return style.Dim(title) + "\n" + Indented("  › ", chat.instruction()) +
         Indented("    ", chat.response());
}

void AddChatsTail(CLI::App* chats, Cli* cli) {
  const auto options = std::make_shared<TailOptions>();
  CLI::App* verb =
      Cli::AddVerb(chats, "tail", "The newest chats, then each new one as it comes, until Ctrl-C",
                   {"amooz chats tail", "amooz chats tail --last 0 --limit 1 --output json",
                    "amooz chats tail --producer chat-abc"});
  verb->add_option("--last", options->last, "Begin with this many of those that are there")
      ->check(CLI::Range(0u, 1000u))
      ->capture_default_str();
  verb->add_option("--limit", options->limit, "End after this many chats; 0 = never")
      ->capture_default_str();
  verb->add_option("--producer", options->producer,
                   "Only this producer's (a file's digits may be cut)");
  cli->OnRun(verb, [cli, options] { return Tail(cli, *options); });
}

}  // namespace amooz::client
