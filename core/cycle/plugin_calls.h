// How a cycle's stages call scorers, generators and runtimes: what they need, how long a call may
// take, and what of the plugins' words is kept.
#ifndef AMOOZ_CORE_CYCLE_PLUGIN_CALLS_H_
#define AMOOZ_CORE_CYCLE_PLUGIN_CALLS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/domain.h"
#include "core/cycle/event_log.h"
#include "core/plugin/plugin_catalog.h"
#include "core/store/store.h"
#include "sdk/host/plugin.h"

namespace amooz::cycle {

struct PluginCalls {
  PluginCatalog* catalog = nullptr;
  const std::vector<FrozenPlugin>* plugins = nullptr;
  EventLog* events = nullptr;
  std::shared_ptr<host::StopToken> stop;
  Store* store = nullptr;       // producers' names, for messages
  double max_call_minutes = 0;  // plugins.max_call_minutes; 0: no limit
};

// With the cycle's stop and, in a process of its own, the limit of a call: a plugin that hangs
// there is killed. One in the server's process cannot be.
host::CallOptions LimitedCall(const PluginCalls& calls, host::Placement placement);
// "; it gave no answer within ..." if that is what `failure` is, else "".
std::string OverdueText(const absl::Status& failure, const PluginCalls& calls);

// So many lines of one opened plugin become events: one that complains of each chat would fill the
// store.
inline constexpr int kMostPluginLines = 100;

// For OpenExtras::on_log: warnings and errors, with the plugin's name before them. `events` must
// outlive the plugin.
std::function<void(std::int32_t level, std::string_view line)> LogTo(EventLog* events, Stage stage,
                                                                     const std::string& plugin);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_PLUGIN_CALLS_H_
