#include "client/cli/server_checks.h"

#include <algorithm>

#include "client/cli/status_text.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "client/lib/time.h"

namespace amooz::client {
namespace {

// Clocks of two machines that are set by NTP differ by less.
constexpr absl::Duration kClockTolerance = absl::Seconds(10);
// A spool that is this full soon refuses chats.
constexpr double kFullSpool = 0.8;

// Amooz is younger than this: a clock that says less was never set.
const absl::Time kLeastTime = absl::FromUnixSeconds(1735689600);  // 2025-01-01

Finding VersionFinding(const std::string& subject, const std::string& found, const std::string& at,
                       std::string_view version, const std::string& more) {
  if (found == version) return Good(subject, StrCat(found, " at ", at, more));
  return Wrong(subject, StrCat("is version ", found, " at ", at, ", and this client is ", version),
               "Restart it if it was upgraded, or use the client of its own version.");
}

// Of the server's problems, what has a finding of its own here.
bool HasItsOwnFinding(const std::string& problem, const v1::GetServerStatusResponse& status) {
  return problem.starts_with(StrCat("Cycle ", status.last_cycle().id(), " failed")) ||
         problem.starts_with(
             StrCat("The active model: model ", ShortDigest(status.active_model()), " is damaged"));
}

Finding ScheduleFinding(const v1::GetServerStatusResponse& status, absl::Time now) {
  const v1::Schedule& schedule = status.schedule();
  if (schedule.paused()) {
    return Note("schedule", "is paused: no cycle starts by itself", "amooz schedule resume");
  }
  const absl::Duration interval = ToDuration(schedule.interval());
  if (schedule.has_next_look() && !status.has_running_cycle_id() &&
      now - ToTime(schedule.next_look()) > interval + absl::Minutes(1)) {
    return Wrong("schedule", StrCat("should have looked ", Ago(ToTime(schedule.next_look()), now)),
                 "Restart amoozd; if it happens again, its log says more.");
  }
  return Good("schedule", ScheduleText(schedule, now));
}

Finding CycleFinding(const v1::GetServerStatusResponse& status) {
  if (!status.has_last_cycle()) return Good("last cycle", "none yet");
  const v1::Cycle& cycle = status.last_cycle();
  if (cycle.state() == v1::CYCLE_STATE_FAILED) {
    return Wrong(
        "last cycle",
        StrCat(cycle.id(), " failed in stage ", EnumWord(cycle.stage()), ": ", cycle.error()),
        StrCat("`amooz cycle show ", cycle.id(),
               "` has the details; `amooz cycle start --wait` tries again."));
  }
  return Good("last cycle", StrCat(cycle.id(), ", ", EnumWord(cycle.state())));
}

}  // namespace

Findings CheckServer(const v1::GetServerStatusResponse& status, const std::string& address,
                     std::string_view version, absl::Time now) {
  Findings findings;
  const std::string up = status.has_started_at()
                             ? StrCat(", up ", Span(now - ToTime(status.started_at())))
                             : std::string();
  findings.push_back(VersionFinding("server", status.version(), address, version, up));
  for (const std::string& problem : status.problems()) {
    if (HasItsOwnFinding(problem, status)) continue;
    findings.push_back(Wrong("server", problem, ""));
  }
  findings.push_back(ScheduleFinding(status, now));
  findings.push_back(CycleFinding(status));
  findings.push_back(CheckClock(status, now));
  return findings;
}

Findings CheckServerPlugins(const v1::ListPluginsResponse& plugins) {
  Findings findings;
  std::string usable;
  for (const v1::Plugin& plugin : plugins.plugins()) {
    if (plugin.error().empty()) {
      if (plugin.configured()) {
        StrAppend(&usable, usable.empty() ? "" : ", ", plugin.name(), " (", plugin.kind(), ")");
      }
      continue;
    }
    const std::string text = StrCat(plugin.file(), ": ", plugin.error());
    findings.push_back(
        plugin.configured()
            ? Wrong("plugin in use", text, "Mend or replace the file, or configure another.")
            : Note("plugin", text, "Nothing uses it: mend the file, or take it away."));
  }
  const bool has_wrong = IsAnythingWrong(findings);
  if (!has_wrong && !usable.empty()) {
    findings.insert(findings.begin(), Good("plugins in use", usable));
  }
  return findings;
}

Finding CheckActiveModel(const std::string& digest, const absl::Status& verified) {
  if (verified.ok()) {
    return Good("model files", StrCat(ShortDigest(digest), ", each as its manifest has it"));
  }
  if (absl::IsDataLoss(verified)) {
    return Wrong(
        "model files", std::string(verified.message()),
        "A chat service that has its own copy serves on; a new one finds no model. "
        "`amooz model rollback` goes back to the one before; where there is none, the next cycle "
        "that trains makes one, and `amooz model promote` puts it into service.");
  }
  return Note("model files", StrCat("could not be checked: ", verified.message()), "");
}

Findings CheckChatService(const v1::GetChatStatusResponse& status, const std::string& address,
                          std::string_view version, const std::string& active_model) {
  Findings findings = {VersionFinding("chat service", status.version(), address, version, "")};
  if (!status.server_connected()) {
    findings.push_back(Wrong("chat service",
                             StrCat("is not connected to amoozd: ", status.server_error()),
                             "Chats wait in its spool. Start amoozd, or restart amooz-chat with "
                             "the right --server HOST:PORT."));
  }
  for (const v1::ServedModel& model : status.models()) {
    if (model.error().empty()) continue;
    findings.push_back(
        Wrong("model", StrCat(ShortDigest(model.digest()), " cannot be served: ", model.error()),
              "`amooz model rollback` goes back to the one before."));
  }
  if (!active_model.empty() && active_model != status.serving_digest()) {
    findings.push_back(Note("model",
                            StrCat("the chat service serves ", ShortDigest(status.serving_digest()),
                                   ", in service is ", ShortDigest(active_model)),
                            "It loads the new one now; if this stays, its log says why."));
  }
  const double limit = static_cast<double>(std::max<std::uint64_t>(1, status.spool_limit_bytes()));
  const std::string spool =
      StrCat(Counted(status.spooled_chats(), "chat"), " waiting, ", Bytes(status.spool_bytes()),
             " of ", Bytes(status.spool_limit_bytes()));
  findings.push_back(static_cast<double>(status.spool_bytes()) > kFullSpool * limit
                         ? Wrong("spool", spool,
                                 "Full, it refuses chats: mend the connection to amoozd, or give "
                                 "amooz-chat a larger --spool-limit.")
                         : Good("spool", spool));
  if (status.rejected_chats() > 0) {
    findings.push_back(
        Wrong("rejected chats",
              StrCat(Counted(status.rejected_chats(), "chat"), " that amoozd did not take"),
              "Each is a file in rejected/ of amooz-chat's data folder and names the "
              "reason; mend the cause, and move away what you have read."));
  }
  return findings;
}

Finding CheckClock(const v1::GetServerStatusResponse& status, absl::Time now) {
  if (now < kLeastTime) {
    return Wrong(
        "clock",
        StrCat("this machine's says ", absl::FormatTime("%Y-%m-%d", now, absl::LocalTimeZone())),
        "Set it; with systemd: timedatectl set-ntp true.");
  }
  absl::Time latest = status.has_started_at() ? ToTime(status.started_at()) : absl::InfinitePast();
  if (status.schedule().has_last_look()) {
    latest = std::max(latest, ToTime(status.schedule().last_look()));
  }
  if (status.has_last_cycle() && status.last_cycle().has_started_at()) {
    latest = std::max(latest, ToTime(status.last_cycle().started_at()));
  }
  if (latest - now > kClockTolerance) {
    return Wrong(
        "clock",
        StrCat("the server has noted a time that is ", Span(latest - now),
               " ahead of this machine's clock"),
        "A clock was set back, or two machines disagree: set them (timedatectl). Chats are "
        "ordered by time, and the next look waits until the clock comes there.");
  }
  return Good("clock", "no time of the server lies ahead");
}

}  // namespace amooz::client
