#include "client/chat_service/version_policy.h"

#include <algorithm>

namespace amooz::chat {

std::string_view VersionStateName(VersionState state) {
  switch (state) {
    case VersionState::kNew:
      return "new";
    case VersionState::kLoading:
      return "loading";
    case VersionState::kServing:
      return "serving";
    case VersionState::kDraining:
      return "draining";
    case VersionState::kGone:
      return "gone";
    case VersionState::kFailed:
      return "failed";
  }
  return "unknown";
}

bool IsAllowed(VersionState from, VersionState to) {
  switch (from) {
    case VersionState::kNew:
      return to == VersionState::kLoading || to == VersionState::kGone;
    case VersionState::kLoading:
      return to == VersionState::kServing || to == VersionState::kFailed ||
             to == VersionState::kGone;
    case VersionState::kServing:
      return to == VersionState::kDraining || to == VersionState::kFailed;
    case VersionState::kDraining:
      return to == VersionState::kGone;
    case VersionState::kGone:
    case VersionState::kFailed:
      return false;
  }
  return false;
}

VersionAction NextAction(VersionPolicy policy, std::span<const VersionSnapshot> versions) {
  const auto find = [&](auto matches) -> const VersionSnapshot* {
    const auto it = std::find_if(versions.begin(), versions.end(), matches);
    return it == versions.end() ? nullptr : &*it;
  };
  const auto* aspired = find([](const auto& v) { return v.is_aspired; });
  const auto* aspired_serving =
      find([](const auto& v) { return v.is_aspired && v.state == VersionState::kServing; });
  const auto* replaced =
      find([](const auto& v) { return !v.is_aspired && v.state == VersionState::kServing; });
  const auto* loading = find([](const auto& v) { return v.state == VersionState::kLoading; });
  const auto* loadable = find(
      [](const auto& v) { return v.is_aspired && v.state == VersionState::kNew && v.may_load; });
  const auto* draining = find([](const auto& v) { return v.state == VersionState::kDraining; });

  const bool may_drain = policy == VersionPolicy::kResourcePreserving || aspired == nullptr ||
                         aspired_serving != nullptr;
  if (replaced != nullptr && may_drain) return {VersionAction::Kind::kDrain, replaced->id};

  const bool has_memory =
      policy == VersionPolicy::kAvailabilityPreserving || (!replaced && !draining);
  if (loadable != nullptr && loading == nullptr && has_memory) {
    return {VersionAction::Kind::kLoad, loadable->id};
  }
  return {};
}

}  // namespace amooz::chat
