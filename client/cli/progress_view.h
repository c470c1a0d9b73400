// A cycle under way, for somebody who waits. On a terminal: one line that is redrawn, and a line
// that stays for each finished stage. Elsewhere: a plain line a stage.
#ifndef AMOOZ_CLIENT_CLI_PROGRESS_VIEW_H_
#define AMOOZ_CLIENT_CLI_PROGRESS_VIEW_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "amooz/v1/cycle.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

// "████████░░░░" of `columns` columns.
std::string Bar(double share, int columns);

class ProgressView {
 public:
  ProgressView(const Terminal& terminal, std::uint32_t cycle_id);
  void Show(const v1::CycleEvent& event);
  // A line of its own, above the one that is redrawn.
  void Say(const std::string& line);
  // Takes the redrawn line away. Call before anything else is printed.
  void Clear();

 private:
  void Redraw(bool at_once);
  std::string StatusLine() const;
  void ShowMetric(const v1::Metric& metric);

  std::ostream* const err_;
  const bool is_live_;
  const int columns_;
  const Style style_;
  const std::uint32_t cycle_id_;
  v1::Stage stage_ = v1::STAGE_UNSPECIFIED;
  std::uint32_t done_ = 0, total_ = 0;
  std::optional<double> loss_, validation_loss_, tokens_per_second_, eta_seconds_;
  absl::Time last_drawn_ = absl::InfinitePast();
  bool has_line_ = false;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_PROGRESS_VIEW_H_
