// schedule show|pause|resume|set
#include <memory>
#include <string>

#include "amooz/v1/cycle.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/status_text.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "client/lib/time.h"

namespace amooz::client {
namespace {

std::string Text(const v1::Schedule& schedule) {
  std::string text = StrCat("A look ", ScheduleText(schedule, absl::Now()), ".\n");
  if (schedule.has_last_look()) {
    StrAppend(&text, "Last look ", LocalTime(schedule.last_look()), ": ",
              PrintableLine(schedule.last_look_result()), "\n");
  }
  return text;
}

absl::Status ShowSchedule(const Cli& cli) {
  v1::GetScheduleResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::CycleService>(&v1::CycleService::Stub::GetSchedule,
                                                   v1::GetScheduleRequest(), &reply));
  cli.Show(reply, [&] { return Text(reply.schedule()); });
  return absl::OkStatus();
}

absl::Status Update(const Cli& cli, const v1::UpdateScheduleRequest& request) {
  v1::UpdateScheduleResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::CycleService>(&v1::CycleService::Stub::UpdateSchedule, request, &reply));
  cli.Show(reply, [&] { return Text(reply.schedule()); });
  return absl::OkStatus();
}

absl::Status Pause(const Cli& cli, bool paused) {
  v1::UpdateScheduleRequest request;
  request.set_paused(paused);
  return Update(cli, request);
}

absl::Status SetInterval(const Cli& cli, const std::string& interval) {
  AMOOZ_ASSIGN_OR_RETURN(const absl::Duration span, ReadSpan(interval));
  v1::UpdateScheduleRequest request;
  SetDuration(span, request.mutable_interval());
  return Update(cli, request);
}

}  // namespace

void AddScheduleCommands(CLI::App* app, Cli* cli) {
  CLI::App* schedule = Cli::AddNoun(
      app, "schedule", "When the server starts cycles by itself",
      {"amooz schedule show", "amooz schedule pause", "amooz schedule set --interval 30m"});
  CLI::App* show =
      Cli::AddVerb(schedule, "show", "The interval and the next look", {"amooz schedule show"});
  cli->OnRun(show, [cli] { return ShowSchedule(*cli); });
  CLI::App* pause = Cli::AddVerb(schedule, "pause", "No cycle starts by itself until resume",
                                 {"amooz schedule pause"});
  cli->OnRun(pause, [cli] { return Pause(*cli, true); });
  CLI::App* resume =
      Cli::AddVerb(schedule, "resume", "Goes on after a pause", {"amooz schedule resume"});
  cli->OnRun(resume, [cli] { return Pause(*cli, false); });
  const auto interval = std::make_shared<std::string>();
  CLI::App* set = Cli::AddVerb(schedule, "set", "Changes the interval; it survives restarts",
                               {"amooz schedule set --interval 30m"});
  set->add_option("--interval", *interval, "Between two looks: 90s, 30m, 1h30m, 2d")->required();
  cli->OnRun(set, [cli, interval] { return SetInterval(*cli, *interval); });
}

}  // namespace amooz::client
