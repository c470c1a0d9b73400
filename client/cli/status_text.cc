#include "client/cli/status_text.h"

#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "client/lib/time.h"

namespace amooz::client {
namespace {

std::string LastCycleText(const v1::GetServerStatusResponse& status, absl::Time now) {
  if (status.has_running_cycle_id()) {
    return StrCat(status.running_cycle_id(), " runs; `amooz cycle watch ",
                  status.running_cycle_id(), "` follows it");
  }
  if (!status.has_last_cycle()) return "none yet; `amooz cycle start` starts one";
  const v1::Cycle& cycle = status.last_cycle();
  std::string text = StrCat(cycle.id(), ", ", EnumWord(cycle.state()));
  if (cycle.has_finished_at()) StrAppend(&text, " ", Ago(ToTime(cycle.finished_at()), now));
  if (!cycle.error().empty()) StrAppend(&text, ": ", PrintableLine(cycle.error()));
  if (cycle.has_summary()) {
    const v1::CycleSummary& summary = cycle.summary();
    const bool has_candidate = summary.trained();
    StrAppend(&text, has_candidate ? (summary.promoted() ? ", promoted" : ", not promoted")
                                   : ", not trained");
    const std::string& reason =
        has_candidate ? summary.promotion_reason() : summary.training_reason();
    if (!reason.empty()) StrAppend(&text, " (", PrintableLine(reason), ")");
  }
  return text;
}

std::string TrainingText(const v1::GetServerStatusResponse& status) {
  return StrCat(status.training_owed() ? "owed" : "not owed", ": ", Count(status.changed_rows()),
                " of at least ", Counted(status.min_new_examples_to_train(), "row"), " changed");
}

std::string ServedText(const v1::GetChatStatusResponse& chat) {
  std::string text = chat.serving_digest().empty() ? "serves no model yet"
                                                   : "serves " + ShortDigest(chat.serving_digest());
  if (!chat.server_connected()) StrAppend(&text, ", not connected to amoozd");
  if (chat.spooled_chats() > 0)
    StrAppend(&text, ", ", Counted(chat.spooled_chats(), "chat"), " waiting");
  return text;
}

std::string Bullets(const google::protobuf::RepeatedPtrField<std::string>& sentences,
                    std::string_view mark) {
  std::string text;
  for (const std::string& sentence : sentences) {
    StrAppend(&text, mark, " ", PrintableLine(sentence), "\n");
  }
  return text;
}

}  // namespace

std::string ScheduleText(const v1::Schedule& schedule, absl::Time now) {
  std::string text = "every " + Span(ToDuration(schedule.interval()));
  if (schedule.paused()) return text + ", paused; `amooz schedule resume` goes on";
  if (schedule.has_next_look()) {
    const absl::Time next = ToTime(schedule.next_look());
    StrAppend(&text, ", next look ", next > now ? "in " + Span(next - now) : "now");
  }
  return text;
}

std::string StatusText(const v1::GetServerStatusResponse& status, const std::string& address,
                       const std::optional<v1::GetChatStatusResponse>& chat, absl::Time now,
                       const Style& style) {
  std::string text =
      StrCat(style.Bold("amoozd " + PrintableLine(status.version())), " at ", address);
  if (status.has_started_at()) StrAppend(&text, ", up ", Span(now - ToTime(status.started_at())));
  text += "\n";
  if (status.problems_size() > 0) text += style.Bad(Bullets(status.problems(), "!"));
  text += Bullets(status.explanations(), "•");
  Facts facts = {
      {"Chats",
       StrCat(Count(status.unread_chats()), " unread of ", Count(status.min_chats_for_learning()),
              " that the schedule waits for; ", Count(status.total_chats()), " in all")},
      {"Dataset", status.dataset_version() == 0
                      ? "empty; `amooz dataset import FILE` fills it"
                      : StrCat("version ", status.dataset_version(), ", ",
                               Counted(status.dataset_size(), "example"))},
      {"Model", status.active_model().empty() ? "none in service yet"
                                              : ShortDigest(status.active_model()) + " in service"},
      {"Training", TrainingText(status)},
      {"Schedule", ScheduleText(status.schedule(), now)},
      {"Cycle", LastCycleText(status, now)},
      {"Chat service", chat ? ServedText(*chat) : "does not answer"},
  };
  if (!status.schedule().last_look_result().empty()) {
    facts.emplace_back("Last look", PrintableLine(status.schedule().last_look_result()));
  }
  if (status.connected_producers_size() > 0) {
    std::string producers;
    for (const std::string& producer : status.connected_producers()) {
      StrAppend(&producers, producers.empty() ? "" : ", ", PrintableLine(ShortProducer(producer)));
    }
    facts.emplace_back("Streaming in", producers);
  }
  if (status.queued_chats() > 0)
    facts.emplace_back("Queued", Counted(status.queued_chats(), "chat"));
  facts.emplace_back("Disk", Fixed(status.disk_free_percent(), 0) + " % free");
  return text + FactLines(facts, style);
}

std::string ChatStatusText(const v1::GetChatStatusResponse& status, const Style& style) {
  Facts facts = {
      {"Version", PrintableLine(status.version())},
      {"Producer", PrintableLine(status.producer())},
      {"amoozd", status.server_connected()
                     ? "connected"
                     : "not connected: " + PrintableLine(status.server_error())},
      {"Spool", StrCat(Counted(status.spooled_chats(), "chat"), " waiting, ",
                       Bytes(status.spool_bytes()), " of ", Bytes(status.spool_limit_bytes()))},
      {"Rejected", Counted(status.rejected_chats(), "chat") + " set aside"},
  };
  for (const v1::ServedModel& model : status.models()) {
    std::string line = StrCat(ShortDigest(model.digest()), " ", PrintableLine(model.state()));
    if (model.pid() > 0) StrAppend(&line, ", process ", model.pid());
    if (model.active_requests() > 0) {
      StrAppend(&line, ", ", Counted(model.active_requests(), "request"), " under way");
    }
    if (!model.error().empty()) StrAppend(&line, ": ", PrintableLine(model.error()));
    facts.emplace_back("Model", line);
  }
  if (status.models_size() == 0) facts.emplace_back("Model", "none yet");
  return FactLines(facts, style);
}

}  // namespace amooz::client
