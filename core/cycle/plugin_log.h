// What scorers and generators log, as events of the cycle.
#ifndef AMOOZ_CORE_CYCLE_PLUGIN_LOG_H_
#define AMOOZ_CORE_CYCLE_PLUGIN_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/domain.h"
#include "core/cycle/event_log.h"

namespace amooz::cycle {

// So many lines of one opened plugin become events: one that complains of each chat would fill the
// store.
inline constexpr int kMostPluginLines = 100;

// For OpenExtras::on_log: warnings and errors, with the plugin's name before them. `events` must
// outlive the plugin.
std::function<void(std::int32_t level, std::string_view line)> LogTo(EventLog* events, Stage stage,
                                                                     const std::string& plugin);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_PLUGIN_LOG_H_
