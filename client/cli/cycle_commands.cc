// cycle start|list|show|watch|cancel|report
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "amooz/v1/cycle.grpc.pb.h"
#include "client/cli/browser.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/cycle_id.h"
#include "client/cli/cycle_text.h"
#include "client/cli/input_output.h"
#include "client/cli/interrupt.h"
#include "client/cli/progress_view.h"
#include "client/cli/report_html.h"
#include "client/cli/report_text.h"
#include "client/cli/summary_text.h"
#include "client/cli/words.h"
#include "client/lib/cycle_watch.h"
#include "client/lib/exit_code.h"
#include "client/lib/proto_json.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

absl::StatusOr<v1::Cycle> GetCycle(const Cli& cli, std::uint32_t id) {
  v1::GetCycleRequest request;
  request.set_id(id);
  v1::GetCycleResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::GetCycle, request, &reply));
  return reply.cycle();
}

// What a script hears of a cycle that is over: OK if it finished, promoted or not.
absl::Status OutcomeOf(const v1::Cycle& cycle) {
  if (cycle.state() == v1::CYCLE_STATE_FINISHED) return absl::OkStatus();
  const std::string state = EnumWord(cycle.state());
  const bool says_more = !cycle.error().empty() && cycle.error() != state;
  const std::string message = StrCat("cycle ", cycle.id(), " ", state, says_more ? ": " : "",
                                     says_more ? cycle.error() : "");
  if (cycle.state() == v1::CYCLE_STATE_CANCELLED) return absl::CancelledError(message);
  return absl::UnknownError(message);
}

// Ctrl-C while a cycle is watched, wired before the first connection is made.
struct InterruptibleWatch {
  explicit InterruptibleWatch(CycleWatchOptions options)
      : watch(std::move(options)), interrupts([this] { watch.Cancel(); }) {}
  CycleWatch watch;
  InterruptWatcher interrupts;
};

// Follows a cycle with a progress view, and says so when the person stops waiting.
absl::Status Follow(Cli* cli, std::uint32_t id, ProgressView* view, InterruptibleWatch* watching,
                    const std::function<void(const v1::CycleEvent&)>& on_event) {
  const auto stub = cli->Stub<v1::CycleService>();
  const absl::Status status = watching->watch.Run(stub.get(), id, on_event);
  view->Clear();
  if (watching->interrupts.was_interrupted()) {
    *cli->terminal().err << "Cycle " << id << " goes on without you. `amooz cycle watch " << id
                         << "` follows it, `amooz cycle cancel " << id << "` stops it.\n";
    cli->set_exit_code(kExitInterrupted);
    return absl::OkStatus();
  }
  return cli->core().Explain(status);
}

CycleWatchOptions WatchOptions(ProgressView** view) {
  return {.on_broken = [view](const absl::Status&) {
    (*view)->Say("the connection broke; trying again");
  }};
}

// ---- start ----

struct StartOptions {
  bool wait = false;
  bool no_train = false;
  std::optional<std::uint32_t> seed;
};

absl::StatusOr<v1::StartCycleResponse> StartCycle(const Cli& cli, const StartOptions& options) {
  v1::StartCycleRequest request;
  request.set_skip_training(options.no_train);
  if (options.seed) request.set_seed(*options.seed);
  v1::StartCycleResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::StartCycle, request, &reply));
  return reply;
}

absl::Status StartAndWait(Cli* cli, const StartOptions& options) {
  ProgressView* view = nullptr;
  InterruptibleWatch watching(WatchOptions(&view));
  AMOOZ_ASSIGN_OR_RETURN(const v1::StartCycleResponse started, StartCycle(*cli, options));
  const std::uint32_t id = started.cycle().id();
  ProgressView progress(cli->terminal(), id);
  view = &progress;
  AMOOZ_RETURN_IF_ERROR(Follow(cli, id, &progress, &watching,
                               [&](const v1::CycleEvent& event) { progress.Show(event); }));
  if (watching.interrupts.was_interrupted()) return absl::OkStatus();
  AMOOZ_ASSIGN_OR_RETURN(const v1::Cycle cycle, GetCycle(*cli, id));
  cli->Show(cycle, [&] { return SummaryText(cycle, cli->style()); });
  return OutcomeOf(cycle);
}

absl::Status Start(Cli* cli, const StartOptions& options) {
  if (options.wait) return StartAndWait(cli, options);
  AMOOZ_ASSIGN_OR_RETURN(const v1::StartCycleResponse reply, StartCycle(*cli, options));
  cli->Show(reply, [&] {
    const std::uint32_t id = reply.cycle().id();
    return StrCat("Cycle ", id, " runs. `amooz cycle watch ", id, "` follows it.\n");
  });
  return absl::OkStatus();
}

// ---- watch ----

absl::Status Watch(Cli* cli, const std::string& name, std::uint32_t after_event) {
  ProgressView* view = nullptr;
  CycleWatchOptions watch_options = WatchOptions(&view);
  watch_options.after_event = after_event;
  InterruptibleWatch watching(std::move(watch_options));
  AMOOZ_ASSIGN_OR_RETURN(const std::uint32_t id, ResolveCycleId(*cli, name));
  ProgressView progress(cli->terminal(), id);
  view = &progress;
  AMOOZ_RETURN_IF_ERROR(Follow(cli, id, &progress, &watching, [&](const v1::CycleEvent& event) {
    if (!cli->wants_json()) return progress.Show(event);
    v1::WatchCycleResponse line;
    *line.mutable_event() = event;
    cli->Print(ToJsonLine(line) + "\n");
    cli->terminal().out->flush();
  }));
  if (watching.interrupts.was_interrupted()) return absl::OkStatus();
  AMOOZ_ASSIGN_OR_RETURN(const v1::Cycle cycle, GetCycle(*cli, id));
  if (!cli->wants_json()) cli->Print(SummaryText(cycle, cli->style()));
  return OutcomeOf(cycle);
}

// ---- list, show, cancel ----

absl::Status List(const Cli& cli, std::uint32_t limit) {
  v1::ListCyclesRequest request;
  request.set_page_size(limit);
  v1::ListCyclesResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::ListCycles, request, &reply));
  cli.Show(reply, [&] {
    Table table({{"CYCLE", Align::kRight},
                 {"STATE"},
                 {"PROMOTED"},
                 {"BITS/BYTE"},
                 {"WHY", Align::kLeft, kShrink},
                 {"SIZE", Align::kRight},
                 {"GROWTH", Align::kRight, kLeave},
                 {"STARTED", Align::kLeft, kLeave},
                 {"CHATS", Align::kRight, kLeave},
                 {"TOOK", Align::kRight, kLeave}});
    for (const v1::Cycle& cycle : reply.cycles()) table.AddRow(CycleRow(cycle));
    return cli.TableText(table, "no cycle yet; `amooz cycle start` starts one");
  });
  return absl::OkStatus();
}

absl::Status ShowCycle(const Cli& cli, const std::string& name) {
  v1::GetCycleRequest request;
  AMOOZ_ASSIGN_OR_RETURN(const std::uint32_t id, ResolveCycleId(cli, name));
  request.set_id(id);
  v1::GetCycleResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::GetCycle, request, &reply));
  cli.Show(reply, [&] { return CycleText(reply.cycle(), cli.style()); });
  return absl::OkStatus();
}

absl::Status Cancel(const Cli& cli, const std::string& name) {
  v1::CancelCycleRequest request;
  AMOOZ_ASSIGN_OR_RETURN(const std::uint32_t id, ResolveCycleId(cli, name));
  request.set_id(id);
  v1::CancelCycleResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::CancelCycle, request, &reply));
  cli.Show(reply, [&] {
    return StrCat("Cycle ", reply.cycle().id(), " is ", EnumWord(reply.cycle().state()),
                  ", in stage ", EnumWord(reply.cycle().stage()), ".\n");
  });
  return absl::OkStatus();
}

// ---- report ----

struct ReportOptions {
  std::string cycle;
  std::string format;
  std::string out;
  bool open = false;
};

std::string ReportAs(const std::string& format, const v1::GetCycleReportResponse& reply,
                     const Style& style) {
  if (format == "json") return ToJsonLine(reply) + "\n";
  if (format == "html") return ReportHtml(reply.report());
  return ReportText(reply.report(), style);
}

absl::Status Report(const Cli& cli, const ReportOptions& options) {
  if (options.open && !options.format.empty() && options.format != "html") {
    return absl::InvalidArgumentError(
        StrCat("--open shows the html page, not --format ", options.format));
  }
  v1::GetCycleReportRequest request;
  AMOOZ_ASSIGN_OR_RETURN(const std::uint32_t id, ResolveCycleId(cli, options.cycle));
  request.set_id(id);
  v1::GetCycleReportResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::GetCycleReport, request, &reply));
  const std::string unnamed = options.open ? "html" : cli.wants_json() ? "json" : "text";
  const std::string& format = options.format.empty() ? unnamed : options.format;
  std::string out = options.out;
  if (options.open && out.empty()) {
    AMOOZ_ASSIGN_OR_RETURN(out, PathForBrowser(StrCat("cycle-", id, ".html")));
  }
  AMOOZ_ASSIGN_OR_RETURN(const auto output, Output::Open(cli, out));
  const Style style = out.empty() ? cli.style() : Style(false);
  AMOOZ_RETURN_IF_ERROR(output->Write(ReportAs(format, reply, style)));
  AMOOZ_RETURN_IF_ERROR(output->Finish());
  if (!out.empty() && !cli.wants_json()) {
    cli.Print(StrCat("The report of cycle ", id, " is in ", out, ".\n"));
  }
  return options.open ? OpenInBrowser(out) : absl::OkStatus();
}

// ---- The command line ----

void AddStart(CLI::App* cycle, Cli* cli) {
  const auto options = std::make_shared<StartOptions>();
  CLI::App* verb =
      Cli::AddVerb(cycle, "start", "Starts a learning cycle now, however few chats are unread",
                   {"amooz cycle start --wait", "amooz cycle start --no-train",
                    "amooz cycle start --wait --output json --seed 7"});
  verb->add_flag("--wait", options->wait, "Show its progress, then the Enhancement Summary");
  verb->add_flag("--no-train", options->no_train,
                 "End once the dataset is there; training is then owed");
  verb->add_option("--seed", options->seed, "Instead of cycle.seed")
      ->check(CLI::Range(0u, std::numeric_limits<std::uint32_t>::max()));
  cli->OnRun(verb, [cli, options] { return Start(cli, *options); });
}

void AddReport(CLI::App* cycle, Cli* cli) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* verb = Cli::AddVerb(cycle, "report", "The Enhancement Summary and everything behind it",
                                {"amooz cycle report 3", "amooz cycle report last --open",
                                 "amooz cycle report last --format html --out report.html"});
  verb->add_option("CYCLE", options->cycle, "A cycle's number, or last")->required();
  verb->add_option("--format", options->format, "text, json, or one self-contained html page")
      ->check(CLI::IsMember({"text", "json", "html"}));
  AddOutOption(verb, &options->out);
  verb->add_flag("--open", options->open, "Show the html page in this desktop's browser");
  cli->OnRun(verb, [cli, options] { return Report(*cli, *options); });
}

// A verb whose only argument is a cycle.
template <typename Run>
CLI::App* AddCycleVerb(CLI::App* cycle, Cli* cli, const std::string& name,
                       const std::string& description, const Run& run) {
  const auto id = std::make_shared<std::string>();
  CLI::App* verb = Cli::AddVerb(
      cycle, name, description,
      {StrCat("amooz cycle ", name, " 3"), StrCat("amooz cycle ", name, " last --output json")});
  verb->add_option("CYCLE", *id, "A cycle's number, or last")->required();
  cli->OnRun(verb, [run, id] { return run(*id); });
  return verb;
}

}  // namespace

void AddCycleCommands(CLI::App* app, Cli* cli) {
  CLI::App* cycle =
      Cli::AddNoun(app, "cycle", "Learning cycles",
                   {"amooz cycle start --wait", "amooz cycle list", "amooz cycle report last"});
  AddStart(cycle, cli);
  const auto limit = std::make_shared<std::uint32_t>(50);
  CLI::App* list =
      Cli::AddVerb(cycle, "list", "Cycles, newest first", {"amooz cycle list --limit 5"});
  list->add_option("--limit", *limit, "At most this many")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  cli->OnRun(list, [cli, limit] { return List(*cli, *limit); });
  AddCycleVerb(cycle, cli, "show", "One cycle",
               [cli](const std::string& id) { return ShowCycle(*cli, id); });
  const auto after_event = std::make_shared<std::uint32_t>(0);
  AddCycleVerb(cycle, cli, "watch", "Follows a cycle to its end, from its first event on",
               [cli, after_event](const std::string& id) { return Watch(cli, id, *after_event); })
      ->add_option("--after-event", *after_event, "Leave out the events up to this number");
  AddCycleVerb(cycle, cli, "cancel", "Stops a cycle; its model never goes into service",
               [cli](const std::string& id) { return Cancel(*cli, id); });
  AddReport(cycle, cli);
}

}  // namespace amooz::client
