#include "client/cli/progress_view.h"

#include <algorithm>
#include <cmath>

#include "client/cli/display_width.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);
constexpr int kBarColumns = 14;
constexpr const char* kEraseLine = "\r\x1B[2K";

}  // namespace

std::string Bar(double share, int columns) {
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const int full = static_cast<int>(std::lround(clamped * columns));
  std::string bar;
  for (int i = 0; i < columns; ++i) bar += i < full ? "█" : "░";
  return bar;
}

ProgressView::ProgressView(const Terminal& terminal, std::uint32_t cycle_id)
    : err_(terminal.err),
      is_live_(terminal.err_is_terminal),
      columns_(terminal.columns),
      style_(terminal.err_is_terminal && terminal.has_colour),
      cycle_id_(cycle_id) {}

void ProgressView::Show(const v1::CycleEvent& event) {
  const std::string stage = EnumWord(event.stage());
  switch (event.kind_case()) {
    case v1::CycleEvent::kStageStarted:
      stage_ = event.stage();
      done_ = total_ = 0;
      loss_ = validation_loss_ = tokens_per_second_ = eta_seconds_ = std::nullopt;
      Redraw(true);
      break;
    case v1::CycleEvent::kStageFinished:
      Say(StrCat(stage, ": ", PrintableLine(event.stage_finished().message())));
      break;
    case v1::CycleEvent::kProgress:
      done_ = event.progress().done();
      total_ = event.progress().total();
      Redraw(false);
      break;
    case v1::CycleEvent::kMetric:
      ShowMetric(event.metric());
      break;
    case v1::CycleEvent::kLog:
      if (event.log().level() == "warning" || event.log().level() == "error") {
        Say(StrCat(stage, ": ", event.log().level(), ": ", PrintableLine(event.log().message())));
      }
      break;
    case v1::CycleEvent::kResumed:
      Say(event.resumed().step() > 0
              ? StrCat(stage, ": the server came back; goes on at step ", event.resumed().step())
              : StrCat(stage, ": the server came back; goes on with this stage"));
      break;
    case v1::CycleEvent::kEnded:
      Clear();
      break;
    case v1::CycleEvent::kFact:
    case v1::CycleEvent::KIND_NOT_SET:
      break;
  }
}

void ProgressView::ShowMetric(const v1::Metric& metric) {
  if (metric.name() == "loss") loss_ = metric.value();
  if (metric.name() == "validation_loss") validation_loss_ = metric.value();
  if (metric.name() == "tokens_per_second") tokens_per_second_ = metric.value();
  if (metric.name() == "eta_seconds") eta_seconds_ = metric.value();
  Redraw(false);
}

void ProgressView::Say(const std::string& line) {
  Clear();
  *err_ << (is_live_ ? style_.Dim(StrCat("cycle ", cycle_id_, "  "))
                     : StrCat("cycle ", cycle_id_, ": "))
        << line << "\n"
        << std::flush;
  Redraw(true);
}

void ProgressView::Clear() {
  if (has_line_) *err_ << kEraseLine << std::flush;
  has_line_ = false;
}

std::string ProgressView::StatusLine() const {
  std::string line = StrCat("cycle ", cycle_id_, "  ", EnumWord(stage_));
  if (total_ > 0) {
    const double share = static_cast<double>(done_) / total_;
    StrAppend(&line, "  ", Bar(share, kBarColumns), " ", Fixed(100 * share, 0), " %  ",
              Count(done_), "/", Count(total_));
  } else if (done_ > 0) {
    StrAppend(&line, "  ", Count(done_));
  }
  if (loss_) StrAppend(&line, "  loss ", Fixed(*loss_, 3));
  if (validation_loss_) StrAppend(&line, "  validation ", Fixed(*validation_loss_, 3));
  if (tokens_per_second_) {
    StrAppend(&line, "  ", Count(std::llround(*tokens_per_second_)), " tok/s");
  }
  if (eta_seconds_) StrAppend(&line, "  ETA ", Span(absl::Seconds(*eta_seconds_)));
  return line;
}

void ProgressView::Redraw(bool at_once) {
  if (!is_live_ || stage_ == v1::STAGE_UNSPECIFIED) return;
  const absl::Time now = absl::Now();
  if (!at_once && now - last_drawn_ < kRedrawEvery) return;
  last_drawn_ = now;
  // One column stays free: a full line would make some terminals break it.
  *err_ << kEraseLine << TruncateToWidth(StatusLine(), std::max(20, columns_ - 1)) << std::flush;
  has_line_ = true;
}

}  // namespace amooz::client
