#include "client/cli/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "sdk/base/utf8.h"

namespace amooz::client {
namespace {

// In the units of the viewBox; the page scales it.
constexpr double kWidth = 500, kHeight = 260;
constexpr double kLeft = 76, kRight = 16, kTop = 12, kBottom = 50;
constexpr int kMostPointMarks = 24;  // above it a line's points are no longer drawn one by one
constexpr int kMostBarLabels = 24;

std::string Number(double value) { return Fixed(value, 1); }

// A tick's text: no more digits than its step needs.
std::string TickText(double value, double step) {
  const int digits = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  if (digits == 0 && std::abs(value) < 1e15) return Count(std::llround(value));
  return Fixed(value, digits);
}

// Values to the plot's coordinates.
struct Scale {
  double low, high, from, to;
  double operator()(double value) const {
    return from + (value - low) / (high - low) * (to - from);
  }
};

struct Range {
  double low = 0, high = 0;
  bool is_empty = true;
  void Add(double value) {
    low = is_empty ? value : std::min(low, value);
    high = is_empty ? value : std::max(high, value);
    is_empty = false;
  }
};

std::string Text(double x, double y, std::string_view anchor, std::string_view text,
                 std::string_view more = "") {
  return StrCat("<text class=\"label\" x=\"", Number(x), "\" y=\"", Number(y), "\" text-anchor=\"",
                anchor, "\"", more, ">", EscapeHtml(text), "</text>");
}

std::string Line(std::string_view css_class, double x1, double y1, double x2, double y2) {
  return StrCat("<line class=\"", css_class, "\" x1=\"", Number(x1), "\" y1=\"", Number(y1),
                "\" x2=\"", Number(x2), "\" y2=\"", Number(y2), "\"/>");
}

std::string Open(const std::string& description) {
  return StrCat("<svg class=\"plot\" viewBox=\"0 0 ", static_cast<int>(kWidth), " ",
                static_cast<int>(kHeight), "\" role=\"img\" aria-label=\"", EscapeHtml(description),
                "\">");
}

// Grid lines and figures of the y axis, and both axes' names.
std::string Frame(const std::vector<double>& y_ticks, const Scale& y, const std::string& x_label,
                  const std::string& y_label) {
  std::string svg;
  for (const double tick : y_ticks) {
    svg += Line("grid", kLeft, y(tick), kWidth - kRight, y(tick));
    svg += Text(kLeft - 8, y(tick) + 5, "end", TickText(tick, y_ticks[1] - y_ticks[0]));
  }
  svg += Line("axis", kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom);
  svg += Text((kLeft + kWidth - kRight) / 2, kHeight - 8, "middle", x_label);
  const double middle = (kTop + kHeight - kBottom) / 2;
  svg += Text(14, middle, "middle", y_label,
              StrCat(" transform=\"rotate(-90 14 ", Number(middle), ")\""));
  return svg;
}

std::string Mark(const PlotPoint& point, int series, const Scale& x, const Scale& y) {
  return StrCat("<circle class=\"s", series, point.is_marked ? " marked" : "", "\" cx=\"",
                Number(x(point.x)), "\" cy=\"", Number(y(point.y)), "\" r=\"",
                point.is_marked ? "5.5" : "3.5", "\"><title>", EscapeHtml(point.tooltip),
                "</title></circle>");
}

std::string SeriesSvg(const PlotSeries& series, int number, const Scale& x, const Scale& y) {
  std::string path;
  for (const PlotPoint& point : series.points) {
    StrAppend(&path, path.empty() ? "M" : "L", Number(x(point.x)), " ", Number(y(point.y)));
  }
  std::string svg = StrCat("<path class=\"s", number, "\" d=\"", path, "\"/>");
  // A curve of thousands of steps keeps a tooltip here and there.
  const std::size_t stride = series.points.size() / kMostPointMarks + 1;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const bool is_last = i + 1 == series.points.size();
    if (i % stride == 0 || is_last || series.points[i].is_marked) {
      svg += Mark(series.points[i], number, x, y);
    }
  }
  return svg;
}

std::vector<PlotSeries> FiniteSeries(const std::vector<PlotSeries>& all) {
  std::vector<PlotSeries> finite;
  for (const PlotSeries& series : all) {
    PlotSeries& kept = finite.emplace_back();
    kept.name = series.name;
    std::copy_if(series.points.begin(), series.points.end(), std::back_inserter(kept.points),
                 [](const PlotPoint& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
  }
  return finite;
}

std::string XTicks(const Range& range, bool has_whole_x, const Scale& x) {
  std::vector<double> ticks = Ticks(range.low, range.high, 8);
  const double step = ticks[1] - ticks[0];
  std::string svg;
  for (const double tick : ticks) {
    const bool is_outside = tick < range.low - 1e-9 || tick > range.high + 1e-9;
    const bool is_between = has_whole_x && std::abs(tick - std::round(tick)) > 1e-9;
    if (is_outside || is_between) continue;
    svg += Text(x(tick), kHeight - kBottom + 18, "middle",
                TickText(tick, has_whole_x ? std::max(step, 1.0) : step));
  }
  return svg;
}

std::string Legend(const std::vector<PlotSeries>& all) {
  if (all.size() < 2) return "";
  std::string html = "<p class=\"legend\">";
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].points.empty()) continue;
    StrAppend(&html,
              "<span><svg viewBox=\"0 0 28 10\" width=\"28\" height=\"10\" aria-hidden=\"true\">",
              "<path class=\"s", i + 1, "\" d=\"M1 5L27 5\"/></svg> ", EscapeHtml(all[i].name),
              "</span>");
  }
  return html + "</p>";
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : ToUtf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_forbidden = (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        if (is_forbidden) {
          html += "\uFFFD";
        } else {
          html.push_back(c);
        }
    }
  }
  return html;
}

// Steps of 1, 2 or 5 times a power of ten.
std::vector<double> Ticks(double low, double high, int count) {
  if (!(high > low)) high = low + (low == 0 ? 1 : std::abs(low) * 0.1);
  const double raw = (high - low) / std::max(1, count);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double share = raw / power;
  const double step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
  std::vector<double> ticks;
  const auto first = static_cast<std::int64_t>(std::floor(low / step + 1e-9));
  const auto last = static_cast<std::int64_t>(std::ceil(high / step - 1e-9));
  for (std::int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string LinePlotSvg(const LinePlot& plot) {
  const std::vector<PlotSeries> all = FiniteSeries(plot.series);
  Range x_range, y_range;
  for (const PlotSeries& series : all) {
    for (const PlotPoint& point : series.points) {
      x_range.Add(point.x);
      y_range.Add(point.y);
    }
  }
  if (x_range.is_empty) return "";
  if (plot.starts_at_zero) y_range.Add(0);
  if (x_range.low == x_range.high) {  // one point stands in the middle
    x_range.low -= 1;
    x_range.high += 1;
  }
  if (y_range.low == y_range.high) {
    const double room = y_range.low == 0 ? 1 : std::abs(y_range.low) * 0.05;
    y_range.low -= room;
    y_range.high += room;
  }
  const std::vector<double> y_ticks = Ticks(y_range.low, y_range.high, 5);
  const Scale x = {x_range.low, x_range.high, kLeft + 8, kWidth - kRight - 8};
  const Scale y = {y_ticks.front(), y_ticks.back(), kHeight - kBottom, kTop};
  std::string svg = Open(plot.description) + Frame(y_ticks, y, plot.x_label, plot.y_label) +
                    XTicks(x_range, plot.has_whole_x, x);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].points.empty()) svg += SeriesSvg(all[i], static_cast<int>(i) + 1, x, y);
  }
  return svg + "</svg>" + Legend(all);
}

std::string BarPlotSvg(const BarPlot& plot) {
  if (plot.bars.empty()) return "";
  double largest = 0;
  for (const PlotBar& bar : plot.bars) largest = std::max(largest, bar.value);
  const std::vector<double> y_ticks = Ticks(0, std::max(largest, 1.0), 5);
  const Scale y = {0, y_ticks.back(), kHeight - kBottom, kTop};
  std::string svg = Open(plot.description) + Frame(y_ticks, y, plot.x_label, plot.y_label);
  const double slot = (kWidth - kLeft - kRight) / static_cast<double>(plot.bars.size());
  const double width = std::min(slot * 0.78, 56.0);
  const std::size_t label_stride = plot.bars.size() / kMostBarLabels + 1;
  for (std::size_t i = 0; i < plot.bars.size(); ++i) {
    const PlotBar& bar = plot.bars[i];
    const double middle = kLeft + slot * (static_cast<double>(i) + 0.5);
    StrAppend(&svg, "<rect class=\"s", bar.series, "\" x=\"", Number(middle - width / 2), "\" y=\"",
              Number(y(bar.value)), "\" width=\"", Number(width), "\" height=\"",
              Number(kHeight - kBottom - y(bar.value)), "\" rx=\"2\"><title>",
              EscapeHtml(bar.tooltip), "</title></rect>");
    if (i % label_stride == 0) {
      svg += Text(middle, kHeight - kBottom + 18, "middle", bar.label);
    }
  }
  return svg + "</svg>";
}

}  // namespace amooz::client
