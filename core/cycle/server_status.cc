#include "core/cycle/server_status.h"

#include <cstdio>

#include "core/base/str_cat.h"

namespace amooz::cycle {
namespace {

std::string Duration(std::int64_t us) {
  const std::int64_t seconds = us > 0 ? (us + 999'999) / 1'000'000 : 0;
  if (seconds < 120) return StrCat(seconds, " s");
  if (seconds < 2 * 3600) return StrCat((seconds + 30) / 60, " min");
  return StrCat((seconds + 1800) / 3600, " h");
}

std::string Percent(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %%", value);
  return text;
}

}  // namespace

LookOutcome DecideLook(const LookFacts& facts) {
  if (facts.running_cycle) return {false, StrCat("cycle ", *facts.running_cycle, " was running")};
  if (facts.unread_chats >= facts.min_chats && facts.unread_chats > 0) {
    return {true, StrCat(facts.unread_chats, " unread chats: a cycle was started")};
  }
  if (facts.training_owed) {
    return {true, StrCat("training is owed (", facts.changed_rows,
                         " changed rows): a cycle was started")};
  }
  return {false, StrCat(facts.unread_chats, " unread chats, ", facts.min_chats,
                        " are needed; no training is owed")};
}

std::optional<std::int64_t> NextLook(const Schedule& schedule, std::int64_t default_interval_us,
                                     std::int64_t since_us) {
  if (schedule.paused) return std::nullopt;
  return schedule.last_look_us.value_or(since_us) +
         schedule.interval_us.value_or(default_interval_us);
}

std::vector<std::string> Explain(const StatusFacts& facts) {
  std::vector<std::string> sentences;
  const LookFacts& look = facts.look;
  if (look.running_cycle) {
    sentences.push_back(StrCat("Cycle ", *look.running_cycle, " is running: amooz cycle watch ",
                               *look.running_cycle, " shows it."));
  } else {
    LookFacts now = look;
    const bool would_start = DecideLook(now).starts;
    const std::string what = would_start ? (look.unread_chats >= look.min_chats
                                                ? StrCat(look.unread_chats, " chats are unread")
                                                : "training is owed")
                                         : StrCat(look.unread_chats, " of the ", look.min_chats,
                                                  " chats that a cycle waits for are unread");
    if (facts.is_paused) {
      sentences.push_back(
          StrCat("The schedule is paused (", what,
                 "): amooz schedule resume, or amooz cycle start for one cycle now."));
    } else if (would_start) {
      sentences.push_back(
          StrCat("The next cycle starts in ", Duration(facts.next_look_in_us), ": ", what, "."));
    } else {
      sentences.push_back(StrCat("Nothing to do yet: ", what, ". The next look is in ",
                                 Duration(facts.next_look_in_us),
                                 "; amooz cycle start does not wait."));
    }
  }
  if (look.training_owed) {
    sentences.push_back(StrCat("Training is owed: ", facts.training_reason, "."));
  } else if (!facts.training_reason.empty()) {
    sentences.push_back(StrCat("No training is owed: ", facts.training_reason, "."));
  }
  if (facts.last_cycle) {
    const Cycle& last = *facts.last_cycle;
    const std::string& why = last.error.empty() ? facts.last_result : last.error;
    sentences.push_back(StrCat("The last cycle, ", last.id, ", ", CycleStateName(last.state),
                               why.empty() ? "." : StrCat(" (", why, ").")));
  }
  if (!facts.has_active_model) {
    sentences.push_back(
        "No model is in service yet: the first one that beats both baselines will be.");
  }
  return sentences;
}

std::vector<std::string> Problems(const StatusFacts& facts) {
  std::vector<std::string> problems;
  if (facts.is_disk_low) {
    problems.push_back(StrCat("Only ", Percent(facts.disk_free_percent),
                              " of the disk is free: chats are not read until there is more "
                              "(chat_log.min_free_disk_percent)."));
  }
  if (!facts.ingest_error.empty()) {
    problems.push_back(StrCat("Chats could not be stored: ", facts.ingest_error,
                              " (producers keep them and send them again)."));
  }
  if (!facts.plugin_error.empty()) {
    problems.push_back(StrCat("No cycle can start: ", facts.plugin_error));
  }
  if (facts.last_cycle && facts.last_cycle->state == CycleState::kFailed) {
    problems.push_back(
        StrCat("Cycle ", facts.last_cycle->id, " failed: ", facts.last_cycle->error));
  }
  if (!facts.active_model_failure.empty()) {
    problems.push_back(StrCat("The active model: ", facts.active_model_failure));
  }
  return problems;
}

}  // namespace amooz::cycle
