#include "core/cycle/plugin_calls.h"

#include <atomic>
#include <cmath>
#include <memory>

#include "amooz/sdk/abi.h"
#include "core/base/str_cat.h"

namespace amooz::cycle {

host::CallOptions LimitedCall(const PluginCalls& calls, host::Placement placement) {
  host::CallOptions options;
  options.stop = calls.stop;
  if (placement == host::Placement::kProcess) {
    options.timeout_ms = static_cast<std::int64_t>(std::ceil(calls.max_call_minutes * 60'000));
  }
  return options;
}

std::string OverdueText(const absl::Status& failure, const PluginCalls& calls) {
  if (!absl::IsDeadlineExceeded(failure)) return "";
  return StrCat("; it gave no answer within plugins.max_call_minutes (", calls.max_call_minutes,
                "; raise that if it is only slow)");
}

std::function<void(std::int32_t, std::string_view)> LogTo(EventLog* events, Stage stage,
                                                          const std::string& plugin) {
  const auto told = std::make_shared<std::atomic<int>>(0);
  return [=](std::int32_t level, std::string_view line) {
    if (level < AMOOZ_LOG_WARNING) return;
    const int number = ++*told;
    if (number > kMostPluginLines) return;
    events->Log(stage, level, StrCat(plugin, ": ", line));
    if (number == kMostPluginLines) {
      events->Log(stage, level, StrCat(plugin, ": what else it logs in this stage is not kept"));
    }
  };
}

}  // namespace amooz::cycle
