#include "client/cli/report_text.h"

#include <algorithm>

#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/gate_text.h"
#include "client/cli/progress_view.h"
#include "client/cli/summary_text.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr int kBarColumns = 30;
constexpr int kShownVariations = 10;

std::string Section(const std::string& title, const std::string& body, const Style& style) {
  if (body.empty()) return "";
  return StrCat("\n", style.Bold(title), "\n", body);
}

// Name, count and a bar in proportion to the largest.
template <typename Counts>
std::string CountLines(const Counts& counts, const Style& style) {
  std::uint32_t largest = 1;
  for (const auto& count : counts) largest = std::max(largest, count.count());
  std::size_t widest = 0;
  for (const auto& count : counts) widest = std::max(widest, Count(count.count()).size());
  Facts facts;
  for (const auto& count : counts) {
    const std::string digits = Count(count.count());
    const double share = static_cast<double>(count.count()) / largest;
    facts.emplace_back(PrintableLine(count.name()),
                       StrCat(std::string(widest - digits.size(), ' '), digits, "  ",
                              style.Dim(Bar(share, kBarColumns))));
  }
  return FactLines(facts, style);
}

std::string ScoreLines(const v1::CycleReport& report, const Style& style) {
  google::protobuf::RepeatedPtrField<v1::NamedCount> counts;
  for (const v1::ScoreBin& bin : report.score_histogram()) {
    v1::NamedCount& count = *counts.Add();
    count.set_name(StrCat(Fixed(bin.points(), 1), " points"));
    count.set_count(bin.chats());
  }
  return CountLines(counts, style);
}

std::string TrainingLines(const v1::CycleReport& report, const Style& style) {
  Facts facts;
  const auto add_curve = [&](const char* name, const auto& curve) {
    if (curve.empty()) return;
    double least = curve[0].value();
    for (const v1::CurvePoint& point : curve) least = std::min(least, point.value());
    facts.emplace_back(
        name, StrCat(Fixed(curve[0].value(), 3), " → ", Fixed(curve[curve.size() - 1].value(), 3),
                     " (least ", Fixed(least, 3), ") in ",
                     Counted(curve[curve.size() - 1].step(), "step")));
  };
  add_curve("Training loss", report.training_loss());
  add_curve("Validation loss", report.validation_loss());
  for (const v1::Fact& fact : report.training_facts()) {
    facts.emplace_back(PrintableLine(fact.name()), PrintableLine(fact.value()));
  }
  return FactLines(facts, style);
}

std::string StageLines(const v1::CycleReport& report, const Style& style) {
  Facts facts;
  for (const v1::StageTime& time : report.stage_times()) {
    facts.emplace_back(EnumWord(time.stage()), Fixed(time.seconds(), 2) + " s");
  }
  return FactLines(facts, style);
}

std::string VariationLines(const v1::CycleReport& report) {
  std::string text;
  const int shown = std::min(report.variations_size(), kShownVariations);
  for (int i = 0; i < shown; ++i) {
    StrAppend(&text, "  ", PrintableLine(report.variations(i).instruction()), "\n    → ",
              PrintableLine(report.variations(i).response()), "\n");
  }
  if (report.variations_size() > shown) {
    StrAppend(&text, "  ... and ", report.variations_size() - shown, " more\n");
  }
  return text;
}

}  // namespace

std::string ReportText(const v1::CycleReport& report, const Style& style) {
  std::string text = SummaryText(report.cycle(), style);
  if (report.has_gate()) {
    text += Section("The gate", FactLines({{"Result", GateText(report.gate())}}, style), style);
  }
  text += Section("Chats by outcome", CountLines(report.outcomes(), style), style);
  text += Section("Chats by issue", CountLines(report.issues(), style), style);
  text += Section("Chats by score", ScoreLines(report, style), style);
  text += Section("Examples by split", CountLines(report.splits(), style), style);
  text += Section("Training", TrainingLines(report, style), style);
  text += Section("Variations added", VariationLines(report), style);
  text += Section("Time by stage", StageLines(report, style), style);
  return text;
}

}  // namespace amooz::client
