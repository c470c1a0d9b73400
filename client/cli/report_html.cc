#include "client/cli/report_html.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "client/cli/cycle_text.h"
#include "client/cli/gate_text.h"
#include "client/cli/report_style.h"
#include "client/cli/summary_text.h"
#include "client/cli/svg_plot.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr int kShownVariations = 50;
constexpr int kDigits = 3;

std::string Section(std::string_view title, const std::string& body) {
  return body.empty() ? "" : StrCat("<section><h2>", title, "</h2>\n", body, "</section>\n");
}

// ---- The head: what happened, in one look ----

std::string Badge(const v1::Cycle& cycle) {
  if (cycle.state() != v1::CYCLE_STATE_FINISHED) {
    const bool is_bad = cycle.state() == v1::CYCLE_STATE_FAILED;
    return StrCat("<span class=\"badge", is_bad ? " bad" : "", "\">", EnumWord(cycle.state()),
                  "</span>");
  }
  const v1::CycleSummary& summary = cycle.summary();
  if (summary.promoted()) return "<span class=\"badge good\">promoted</span>";
  return summary.trained() ? "<span class=\"badge bad\">not promoted</span>"
                           : "<span class=\"badge\">not trained</span>";
}

std::string Verdict(const v1::Cycle& cycle) {
  if (cycle.state() != v1::CYCLE_STATE_FINISHED) {
    return cycle.error().empty()
               ? StrCat("The cycle is in stage ", EnumWord(cycle.stage()), ".")
               : StrCat("It ended in stage ", EnumWord(cycle.stage()), ": ", cycle.error());
  }
  const v1::CycleSummary& summary = cycle.summary();
  std::string text = StrCat(
      "Of ", Counted(summary.chats_read(), "chat"), " it kept ", Count(summary.added_from_chats()),
      ", wrote ", Counted(summary.added_variations(), "variation"), ", and the dataset went from ",
      Count(summary.original_size()), " to ", Counted(summary.final_size(), "example"), ". ");
  if (!summary.trained()) {
    return StrCat(text, "No model was trained: ", summary.training_reason(), ".");
  }
  return StrCat(text,
                summary.promoted() ? "The new model is in service: "
                                   : "The new model did not go into service: ",
                summary.promotion_reason(), ".");
}

std::string Header(const v1::Cycle& cycle) {
  std::string when =
      StrCat("Started ", LocalTimeOr(cycle.has_started_at(), cycle.started_at()),
             cycle.trigger() == v1::CYCLE_TRIGGER_SCHEDULE ? " by the schedule" : " by hand");
  if (const std::string took = TookText(cycle); !took.empty()) when += ", took " + took;
  return StrCat("<header><h1>Learning cycle ", cycle.id(), Badge(cycle),
                "</h1>\n<p class=\"soft\">", EscapeHtml(when),
                "</p>\n<p class=\"verdict\" dir=\"auto\">", EscapeHtml(Verdict(cycle)),
                "</p></header>\n");
}

std::string Card(const std::string& figure, const std::string& caption) {
  return StrCat("<div class=\"card\"><b>", EscapeHtml(figure), "</b><span>", EscapeHtml(caption),
                "</span></div>\n");
}

std::string Cards(const v1::CycleSummary& summary) {
  std::string html =
      Card(Count(summary.final_size()), StrCat("examples now (", Signed(summary.growth()), ", ",
                                               SignedPercent(summary.growth_percent()), ")"));
  html += Card(Count(summary.added_from_chats()),
               StrCat("examples from ", Counted(summary.chats_read(), "chat"), " read"));
  if (summary.has_held_out_after()) {
    html +=
        Card(Fixed(summary.held_out_after(), kDigits), "held-out bits per byte, lower is better");
  }
  if (summary.has_held_out_after() && summary.has_held_out_before() &&
      summary.held_out_before() > 0) {
    const double change = summary.held_out_after() / summary.held_out_before() - 1;
    html += Card(SignedPercent(100 * change), "bits per byte against the model before");
  }
  html += Card(Fixed(summary.server_cpu_seconds(), 2) + " s", "CPU of the server, plugins' apart");
  return StrCat("<div class=\"cards\">\n", html, "</div>\n");
}

// ---- The Enhancement Summary ----

std::string NameTable(const std::vector<std::pair<std::string, std::string>>& rows) {
  if (rows.empty()) return "";
  std::string html = "<div class=\"wrap\"><table><tbody>\n";
  for (const auto& [name, value] : rows) {
    std::string lines = EscapeHtml(value);
    for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 4) {
      lines.replace(at, 1, "<br>");
    }
    StrAppend(&html, "<tr><th scope=\"row\">", EscapeHtml(name), "</th><td dir=\"auto\">", lines,
              "</td></tr>\n");
  }
  return html + "</tbody></table></div>\n";
}

// original + found + variations − duplicates − evicted = final, as a sum that adds up.
std::string Arithmetic(const v1::CycleSummary& summary) {
  const std::pair<const char*, std::int64_t> terms[] = {
      {"in the dataset before", summary.original_size()},
      {"found in chats", summary.found_in_chats()},
      {"variations written", summary.added_variations()},
      {"duplicates removed", -static_cast<std::int64_t>(summary.duplicates_removed())},
      {"evicted by the cap", -static_cast<std::int64_t>(summary.evicted())},
  };
  std::string html = "<div class=\"wrap\"><table><tbody>\n";
  bool is_first = true;
  for (const auto& [name, value] : terms) {
    StrAppend(&html, "<tr><td class=\"n\">", is_first ? Count(value) : Signed(value), "</td><td>",
              name, "</td></tr>\n");
    is_first = false;
  }
  StrAppend(&html, "<tr class=\"sum\"><td class=\"n\">", Count(summary.final_size()),
            "</td><td>in the dataset now</td></tr>\n");
  return html + "</tbody></table></div>\n";
}

// ---- Plots ----

std::string Figure(std::string_view title, const std::string& plot, std::string_view caption) {
  if (plot.empty()) return "";
  return StrCat("<figure><h3>", title, "</h3>", plot, "<figcaption>", caption,
                "</figcaption></figure>\n");
}

std::string DatasetFigure(const v1::CycleReport& report) {
  LinePlot plot = {.description = "The dataset's size by version",
                   .x_label = "dataset version",
                   .y_label = "examples",
                   .series = {{"examples", {}}},
                   .starts_at_zero = true};
  for (const v1::DatasetPoint& point : report.dataset_growth()) {
    const std::string maker =
        point.has_cycle_id() ? StrCat("cycle ", point.cycle_id()) : std::string("an import");
    plot.series[0].points.push_back(
        {static_cast<double>(point.version()), static_cast<double>(point.size()),
         StrCat("version ", point.version(), ": ", Counted(point.size(), "example"), ", by ",
                maker),
         point.has_cycle_id() && point.cycle_id() == report.cycle().id()});
  }
  return Figure("Dataset growth", LinePlotSvg(plot),
                "Each version is kept; the ringed one is this cycle's.");
}

std::string ScoreFigure(const v1::CycleReport& report) {
  BarPlot plot = {
      .description = "Chats by score", .x_label = "points", .y_label = "chats", .bars = {}};
  for (const v1::ScoreBin& bin : report.score_histogram()) {
    const bool is_whole = bin.points() == static_cast<double>(static_cast<int>(bin.points()));
    const std::string points = Fixed(bin.points(), is_whole ? 0 : 1);
    plot.bars.push_back({points, static_cast<double>(bin.chats()),
                         StrCat(points, " points: ", Counted(bin.chats(), "chat")), 1});
  }
  return Figure("Scores", BarPlotSvg(plot), "What the scorers gave this cycle's chats.");
}

PlotSeries Curve(const char* name,
                 const google::protobuf::RepeatedPtrField<v1::CurvePoint>& points) {
  PlotSeries series = {name, {}};
  for (const v1::CurvePoint& point : points) {
    series.points.push_back(
        {static_cast<double>(point.step()), point.value(),
         StrCat("step ", Count(point.step()), ": ", name, " ", Fixed(point.value(), 4))});
  }
  return series;
}

std::string TrainingFigure(const v1::CycleReport& report) {
  const LinePlot plot = {.description = "Training and validation loss by step",
                         .x_label = "step",
                         .y_label = "nats a token",
                         .series = {Curve("training loss", report.training_loss()),
                                    Curve("validation loss", report.validation_loss())}};
  return Figure("Training", LinePlotSvg(plot),
                "Where validation stops falling while training still does, the model begins to "
                "learn by heart.");
}

std::string HeldOutFigure(const v1::CycleReport& report) {
  LinePlot plot = {
      .description = "Held-out bits per byte by cycle, before and after",
      .x_label = "cycle",
      .y_label = "bits per byte",
      .series = {{"the new model", {}}, {"the model before, on the same examples", {}}}};
  for (const v1::HeldOutPoint& point : report.held_out()) {
    const double cycle = point.cycle_id();
    plot.series[0].points.push_back(
        {cycle, point.after(),
         StrCat("cycle ", point.cycle_id(), ": ", Fixed(point.after(), 4),
                point.promoted() ? ", promoted" : ", not promoted"),
         point.promoted()});
    if (!point.has_before()) continue;
    plot.series[1].points.push_back(
        {cycle, point.before(),
         StrCat("cycle ", point.cycle_id(), ": ", Fixed(point.before(), 4), " before")});
  }
  return Figure(
      "Held-out quality", LinePlotSvg(plot),
      "Bits per byte of replies that no training has seen; lower is better. Ringed points "
      "went into service.");
}

// ---- Tables ----

template <typename Counts>
std::string CountTable(std::string_view heading, const Counts& counts) {
  if (counts.empty()) return "";
  std::uint32_t largest = 1;
  for (const auto& count : counts) largest = std::max(largest, count.count());
  std::string html = StrCat("<div class=\"wrap\"><table><thead><tr><th scope=\"col\">", heading,
                            "</th><th scope=\"col\" class=\"n\">rows</th>",
                            "<th scope=\"col\" style=\"width:45%\"></th></tr></thead><tbody>\n");
  for (const auto& count : counts) {
    StrAppend(&html, "<tr><td dir=\"auto\">", EscapeHtml(count.name()), "</td><td class=\"n\">",
              Count(count.count()), "</td><td><span class=\"meter\" style=\"width:",
              Fixed(100.0 * count.count() / largest, 1), "%\"></span></td></tr>\n");
  }
  return html + "</tbody></table></div>\n";
}

std::string StageTable(const v1::CycleReport& report) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const v1::StageTime& time : report.stage_times()) {
    rows.emplace_back(EnumWord(time.stage()), Fixed(time.seconds(), 2) + " s");
  }
  return NameTable(rows);
}

std::string TrainingTable(const v1::CycleReport& report) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const v1::Fact& fact : report.training_facts()) rows.emplace_back(fact.name(), fact.value());
  return NameTable(rows);
}

std::string Variations(const v1::CycleReport& report) {
  std::string html;
  const int shown = std::min(report.variations_size(), kShownVariations);
  for (int i = 0; i < shown; ++i) {
    const v1::Example& example = report.variations(i);
    StrAppend(&html, "<div class=\"pair\"><p dir=\"auto\">", EscapeHtml(example.instruction()),
              "</p><p dir=\"auto\">", EscapeHtml(example.response()), "</p></div>\n");
  }
  if (report.variations_size() > shown) {
    StrAppend(&html, "<p class=\"soft\">and ", report.variations_size() - shown, " more</p>\n");
  }
  return html;
}

std::string Lineage(const v1::Cycle& cycle) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (cycle.has_from_version())
    rows.emplace_back("Dataset before", StrCat("version ", cycle.from_version()));
  if (cycle.has_to_version())
    rows.emplace_back("Dataset after", StrCat("version ", cycle.to_version()));
  if (!cycle.dataset_digest().empty()) rows.emplace_back("Its SHA-256", cycle.dataset_digest());
  if (!cycle.candidate_digest().empty()) rows.emplace_back("Model made", cycle.candidate_digest());
  if (!cycle.summary().held_out_digest().empty()) {
    rows.emplace_back("Held-out examples", cycle.summary().held_out_digest());
  }
  if (!cycle.seed().empty()) rows.emplace_back("Its own seed", cycle.seed());
  return NameTable(rows);
}

std::string Grid(const std::string& items) {
  return items.empty() ? "" : "<div class=\"grid\">\n" + items + "</div>\n";
}

}  // namespace

std::string ReportHtml(const v1::CycleReport& report) {
  const v1::Cycle& cycle = report.cycle();
  std::string html =
      StrCat("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
             "<meta name=\"viewport\" "
             "content=\"width=device-width,initial-scale=1\">\n<title>Amooz: cycle ",
             cycle.id(), "</title>\n<style>", kReportStyle, "</style>\n</head>\n<body>\n<main>\n",
             Header(cycle));
  if (cycle.has_summary()) {
    html += Cards(cycle.summary());
    html += Section("Enhancement Summary",
                    Grid(NameTable(SummaryLines(cycle.summary())) + Arithmetic(cycle.summary())));
  }
  html += Section("How it went", Grid(DatasetFigure(report) + HeldOutFigure(report) +
                                      TrainingFigure(report) + ScoreFigure(report)));
  if (report.has_gate()) {
    html += Section("The gate", NameTable({{"Result", GateText(report.gate())}}));
  }
  html += Section("What became of the chats", Grid(CountTable("outcome", report.outcomes()) +
                                                   CountTable("issue", report.issues())));
  html += Section("What the examples are for", CountTable("split", report.splits()));
  html += Section("Training", TrainingTable(report));
  html += Section("Variations written", Variations(report));
  html += Section("Time by stage", StageTable(report));
  html += Section("Where it came from", Lineage(cycle));
  return html +
         "<footer><p>Bits per byte: how many bits the model needs for each byte of a held-out "
         "reply, the end included; lower is better, and models with different tokenizers can be "
         "compared by it.</p><p>Made by Amooz.</p></footer>\n</main>\n</body>\n</html>\n";
}

}  // namespace amooz::client
