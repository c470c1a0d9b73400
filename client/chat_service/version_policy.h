// Which step a version manager takes next, as a pure function of what it has: hot swap is tested
// as a table, without threads or models.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_VERSION_POLICY_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_VERSION_POLICY_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace amooz::chat {

// One way: new → loading → serving → draining → gone. `failed` is entered from loading (it could
// not be loaded) or serving (its child died), and is an end like `gone`.
enum class VersionState { kNew, kLoading, kServing, kDraining, kGone, kFailed };
std::string_view VersionStateName(VersionState state);  // "new", "loading", ...
bool IsAllowed(VersionState from, VersionState to);

enum class VersionPolicy {
  kAvailabilityPreserving,  // load the new before unloading the old: a request always finds one
  kResourcePreserving,      // unload the old first: never two models in memory
};

// One attempt to serve a model. A model that is loaded again is another version.
struct VersionSnapshot {
  std::uint64_t id = 0;
  VersionState state = VersionState::kNew;
  bool is_aspired = false;
  // False while the pause after a failure lasts.
  bool may_load = true;
};

struct VersionAction {
  enum class Kind { kNone, kLoad, kDrain };
  Kind kind = Kind::kNone;
  std::uint64_t id = 0;
  bool operator==(const VersionAction&) const = default;
};

// The next action, or kNone. Invariants, whatever the policy: one load at a time; nothing is loaded
// that is not aspired; a version that is aspired and serving is never drained. Under
// kAvailabilityPreserving the last serving version is drained only if nothing is aspired.
VersionAction NextAction(VersionPolicy policy, std::span<const VersionSnapshot> versions);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_VERSION_POLICY_H_
