#include "core/cycle/plugin_log.h"

#include <atomic>
#include <memory>

#include "amooz/sdk/abi.h"
#include "core/base/str_cat.h"

namespace amooz::cycle {

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
