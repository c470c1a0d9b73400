// Plots as SVG for a page that needs no script: lines and bars, with a title, labelled axes, a
// tooltip on every point (<title>) and a text for those who cannot see it. Colours and strokes come
// from the page's style sheet, by the classes s1, s2, s3 (series) and axis, grid, label.
#ifndef AMOOZ_CLIENT_CLI_SVG_PLOT_H_
#define AMOOZ_CLIENT_CLI_SVG_PLOT_H_

#include <string>
#include <string_view>
#include <vector>

namespace amooz::client {

// & < > " ' as entities; bytes that are not UTF-8 and controls that HTML forbids as U+FFFD.
std::string EscapeHtml(std::string_view text);

struct PlotPoint {
  double x = 0;
  double y = 0;
  std::string tooltip;
  bool is_marked = false;  // drawn larger: a promotion, say
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;  // by x; points whose y is not finite are left out
};

struct LinePlot {
  std::string description;  // what a reader who cannot see it is told
  std::string x_label, y_label;
  std::vector<PlotSeries> series;  // at most three
  bool starts_at_zero = false;     // the y axis; else it fits the values
  bool has_whole_x = true;         // ticks at whole numbers only
};
// "" if there is no point to draw.
std::string LinePlotSvg(const LinePlot& plot);

struct PlotBar {
  std::string label;
  double value = 0;
  std::string tooltip;
  int series = 1;  // its class
};

struct BarPlot {
  std::string description;
  std::string x_label, y_label;
  std::vector<PlotBar> bars;
};
std::string BarPlotSvg(const BarPlot& plot);

// Round numbers from at or below `low` to at or above `high`, about `count` of them.
std::vector<double> Ticks(double low, double high, int count);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_SVG_PLOT_H_
