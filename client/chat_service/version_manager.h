// Which model answers: keeps the aspired one loaded, swaps it without a failed request, and ends
// what nobody uses any more.
//
//   VersionManager manager({.on_event = log});
//   manager.Aspire(AspiredVersion{.digest = d1, .generation = 1, .load = load1});
//   auto handle = manager.Acquire(30s, stop);          // pins d1
//   manager.Aspire(AspiredVersion{.digest = d2, .generation = 2, .load = load2});
//   ...                                                // d2 loads beside d1, then new requests get
//   it
//   (*handle)->Generate(...);                          // still d1
//   handle->Release();                                 // the last of d1: d1's child is ended
//
// Guarantees:
// 1. A handle pins one version: its model lives until the handle is released, whatever is aspired.
// 2. With VersionPolicy::kAvailabilityPreserving, once a version has served there is one that
// serves
//    until nothing is aspired or its child dies; a version that cannot be loaded changes nothing.
// 3. A version's states go one way (version_policy.h); each change is one event, in order.
// 4. A model is destroyed, off the callers' threads, as soon as it is replaced and unpinned; `gone`
//    is published after that.
// 5. An aspired version that fails is tried again as a new version, after a pause that doubles; at
//    once if it had served.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_VERSION_MANAGER_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_VERSION_MANAGER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/chat_service/version_policy.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::chat {

// A loaded model. Thread-safe. Destroying it ends its child and may take some seconds.
class ServableModel {
 public:
  virtual ~ServableModel() = default;
  virtual Result<host::GenerateResult> Generate(const host::GenerateRequest& request,
                                                const host::LoadedModel::OnChunk& on_chunk,
                                                const host::CallOptions& options) = 0;
  virtual std::int32_t pid() const = 0;
  virtual bool alive() const = 0;
};

// Loads and warms up. Called on the manager's own thread, may block; should end early when stopped.
using LoadModel = std::function<Result<std::unique_ptr<ServableModel>>(
    const std::shared_ptr<host::StopToken>& stop)>;

struct AspiredVersion {
  std::string digest;
  // Of the server's promotions: the same digest and generation again changes nothing.
  std::uint64_t generation = 0;
  LoadModel load;
};

struct VersionEvent {
  std::uint64_t version = 0;
  std::string digest;
  VersionState state = VersionState::kNew;
  std::int32_t pid = 0;
  std::string error;  // of kFailed
};

struct VersionInfo {
  std::uint64_t version = 0;
  std::string digest;
  VersionState state = VersionState::kNew;
  std::int32_t pid = 0;
  std::uint32_t requests = 0;
  std::string error;
};

struct VersionManagerOptions {
  VersionPolicy policy = VersionPolicy::kAvailabilityPreserving;
  // Called with the manager's lock held: quick, and never back into the manager. May be null.
  std::function<void(const VersionEvent&)> on_event = nullptr;
  std::chrono::milliseconds first_pause{1000};
  std::chrono::milliseconds longest_pause{300'000};
  // How often children are looked at; a request notices a dead one by itself.
  std::chrono::milliseconds health_interval{1000};
};

class ModelHandle;

// Thread-safe. Handles must be released before it is destroyed.
class VersionManager {
 public:
  explicit VersionManager(VersionManagerOptions options);
  ~VersionManager();
  VersionManager(const VersionManager&) = delete;
  VersionManager& operator=(const VersionManager&) = delete;

  // What should serve from now on; nullopt: nothing.
  void Aspire(std::optional<AspiredVersion> version) AMOOZ_EXCLUDES(mutex_);

  // The serving version; waits while one is on its way. FAILED_PRECONDITION: nothing is aspired.
  // UNAVAILABLE: it cannot be loaded (the message says why), it still loads at the timeout, or the
  // manager stops. CANCELLED once `stop` (may be null) is stopped.
  Result<ModelHandle> Acquire(std::chrono::milliseconds timeout, const host::StopToken* stop)
      AMOOZ_EXCLUDES(mutex_);

  // Oldest first; of those that failed only the latest.
  std::vector<VersionInfo> List() AMOOZ_EXCLUDES(mutex_);

  // Ends all models and the threads; Acquire then fails. Waits for the handles to be released.
  void Stop() AMOOZ_EXCLUDES(mutex_);

 private:
  friend class ModelHandle;
  struct Version;
  using TimePoint = std::chrono::steady_clock::time_point;

  void Release(const std::shared_ptr<Version>& version) AMOOZ_EXCLUDES(mutex_);
  void Step() AMOOZ_REQUIRES(mutex_);
  void AddVersion(TimePoint not_before) AMOOZ_REQUIRES(mutex_);
  void SetState(Version* version, VersionState state, std::string error = "")
      AMOOZ_REQUIRES(mutex_);
  void Fail(const std::shared_ptr<Version>& version, const std::string& error)
      AMOOZ_REQUIRES(mutex_);
  void EndIfUnused(const std::shared_ptr<Version>& version) AMOOZ_REQUIRES(mutex_);
  void FailDeadChildren() AMOOZ_REQUIRES(mutex_);
  void Prune() AMOOZ_REQUIRES(mutex_);
  std::shared_ptr<Version> Find(VersionState state, bool aspired_only) const AMOOZ_REQUIRES(mutex_);
  std::chrono::nanoseconds UntilNextLook() const AMOOZ_REQUIRES(mutex_);
  bool AllAtRest() const AMOOZ_REQUIRES(mutex_);
  void LoadLoop() AMOOZ_EXCLUDES(mutex_);
  void KeepLoop() AMOOZ_EXCLUDES(mutex_);

  const VersionManagerOptions options_;

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::shared_ptr<Version>> versions_ AMOOZ_GUARDED_BY(mutex_);  // oldest first
  std::optional<AspiredVersion> aspired_ AMOOZ_GUARDED_BY(mutex_);
  std::uint64_t last_id_ AMOOZ_GUARDED_BY(mutex_) = 0;
  int failures_in_a_row_ AMOOZ_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ AMOOZ_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Version> to_load_ AMOOZ_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Version>> to_end_ AMOOZ_GUARDED_BY(mutex_);

  std::thread loader_;  // loads, one at a time
  std::thread keeper_;  // ends models, looks at children, wakes what was paused
};

// Pins one version while a request uses it. Movable.
class ModelHandle {
 public:
  ModelHandle() = default;
  ~ModelHandle() { Release(); }
  ModelHandle(ModelHandle&& other) noexcept;
  ModelHandle& operator=(ModelHandle&& other) noexcept;

  ServableModel* operator->() const { return model_; }
  const std::string& digest() const;
  void Release();

 private:
  friend class VersionManager;
  ModelHandle(VersionManager* manager, std::shared_ptr<VersionManager::Version> version);
  VersionManager* manager_ = nullptr;
  std::shared_ptr<VersionManager::Version> version_;
  ServableModel* model_ = nullptr;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_VERSION_MANAGER_H_
