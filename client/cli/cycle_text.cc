#include "client/cli/cycle_text.h"

#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/summary_text.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "client/lib/time.h"

namespace amooz::client {
namespace {

std::string ShortHeldOut(const v1::CycleSummary& summary) {
  if (!summary.has_held_out_after()) return "-";
  const std::string after = Fixed(summary.held_out_after(), 3);
  return summary.has_held_out_before() ? Fixed(summary.held_out_before(), 3) + " → " + after
                                       : after;
}

}  // namespace

std::string TookText(const v1::Cycle& cycle) {
  if (!cycle.has_finished_at() || !cycle.has_started_at()) return "";
  return Span(ToTime(cycle.finished_at()) - ToTime(cycle.started_at()));
}

std::vector<std::string> CycleRow(const v1::Cycle& cycle) {
  const v1::CycleSummary& summary = cycle.summary();
  const std::string started = ShortTimeOr(cycle.has_started_at(), cycle.started_at());
  const std::string state = EnumWord(cycle.state());
  if (!cycle.has_summary()) {
    const bool is_running = cycle.state() == v1::CYCLE_STATE_RUNNING;
    const std::string why = is_running ? "in stage " + EnumWord(cycle.stage()) : cycle.error();
    return {StrCat(cycle.id()), state, "-", "-", why, "-", "-", started, "-", TookText(cycle)};
  }
  return {StrCat(cycle.id()),
          state,
          summary.promoted() ? "yes" : "no",
          ShortHeldOut(summary),
          summary.trained() ? summary.promotion_reason() : summary.training_reason(),
          Count(summary.final_size()),
          Signed(summary.growth()),
          started,
          Count(summary.chats_read()),
          TookText(cycle)};
}

std::string CycleText(const v1::Cycle& cycle, const Style& style) {
  Facts facts = {
      {"State", EnumWord(cycle.state())},
      {"Started",
       StrCat(LocalTimeOr(cycle.has_started_at(), cycle.started_at()), ", ",
              cycle.trigger() == v1::CYCLE_TRIGGER_SCHEDULE ? "by the schedule" : "by hand")},
  };
  if (const std::string took = TookText(cycle); !took.empty()) facts.emplace_back("Took", took);
  facts.emplace_back("Stage", EnumWord(cycle.stage()));
  if (cycle.has_from_version() || cycle.has_to_version()) {
    facts.emplace_back(
        "Dataset", StrCat("version ", cycle.has_from_version() ? StrCat(cycle.from_version()) : "?",
                          " → ", cycle.has_to_version() ? StrCat(cycle.to_version()) : "?"));
  }
  if (!cycle.dataset_digest().empty()) facts.emplace_back("Its digest", cycle.dataset_digest());
  if (!cycle.candidate_digest().empty()) facts.emplace_back("Candidate", cycle.candidate_digest());
  facts.emplace_back("Seed", PrintableLine(cycle.seed()) +
                                 " (its own, made of cycle.seed or --seed and its number)");
  std::string text = style.Bold(StrCat("Cycle ", cycle.id())) + "\n" + FactLines(facts, style);
  if (cycle.has_summary() || !cycle.error().empty())
    StrAppend(&text, "\n", SummaryText(cycle, style));
  return text;
}

}  // namespace amooz::client
