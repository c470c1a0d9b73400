#include "client/chat_service/version_manager.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace amooz::chat {
namespace {

using Clock = std::chrono::steady_clock;

// A child that lived this long and dies was no failed attempt.
constexpr std::chrono::seconds kProven{60};
// How soon a wait notices that its request was cancelled.
constexpr std::chrono::milliseconds kCancelLook{100};

std::string Seconds(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  return std::to_string(std::max<std::int64_t>(seconds, 1)) + " s";
}

}  // namespace

struct VersionManager::Version {
  std::uint64_t id = 0;
  AspiredVersion what;
  VersionState state = VersionState::kNew;
  bool is_aspired = true;
  TimePoint not_before;
  TimePoint serving_since;
  std::shared_ptr<host::StopToken> stop = std::make_shared<host::StopToken>();
  std::unique_ptr<ServableModel> model;
  std::int32_t pid = 0;
  std::uint32_t requests = 0;
  bool is_ending = false;
  std::string error;
};

VersionManager::VersionManager(VersionManagerOptions options)
    : options_(std::move(options)),
      loader_([this] { LoadLoop(); }),
      keeper_([this] { KeepLoop(); }) {}

VersionManager::~VersionManager() { Stop(); }

// ---- What callers do ----

void VersionManager::Aspire(std::optional<AspiredVersion> version) {
  MutexLock lock(&mutex_);
  if (is_stopping_) return;
  if (version.has_value() && aspired_.has_value() && version->digest == aspired_->digest &&
      version->generation == aspired_->generation) {
    return;
  }
  aspired_ = std::move(version);
  failures_in_a_row_ = 0;
  bool is_there = false;
  for (const auto& known : versions_) {
    // A promotion of what serves already needs no second copy of it.
    const bool is_usable = known->state == VersionState::kServing ||
                           (known->state == VersionState::kLoading && !known->stop->stopped());
    known->is_aspired = is_usable && aspired_.has_value() && known->what.digest == aspired_->digest;
    is_there = is_there || known->is_aspired;
    if (known->is_aspired) continue;
    if (known->state == VersionState::kLoading) known->stop->Stop();
    if (known->state == VersionState::kNew) SetState(known.get(), VersionState::kGone);
  }
  if (aspired_.has_value() && !is_there) AddVersion(Clock::now());
  Prune();
  Step();
}

Result<ModelHandle> VersionManager::Acquire(std::chrono::milliseconds timeout,
                                            const host::StopToken* stop) {
  const TimePoint until = Clock::now() + timeout;
  MutexLock lock(&mutex_);
  for (;;) {
    if (is_stopping_) return Status(Code::kUnavailable, "amooz-chat is stopping: ask another");
    if (stop != nullptr && stop->stopped()) {
      return Status(Code::kCancelled, "the caller cancelled the request");
    }
    FailDeadChildren();
    // An older one serves until the aspired one does.
    auto serving = Find(VersionState::kServing, true);
    if (serving == nullptr) serving = Find(VersionState::kServing, false);
    if (serving != nullptr) {
      ++serving->requests;
      return ModelHandle(this, std::move(serving));
    }
    if (!aspired_.has_value()) {
      return Status(Code::kFailedPrecondition, "no model is in service");
    }
    const TimePoint now = Clock::now();
    const auto next = Find(VersionState::kNew, true);
    if (next != nullptr && !next->error.empty() && next->not_before > until) {
      return Status(Code::kUnavailable,
                    "model " + aspired_->digest + " cannot be served: " + next->error +
                        ". It is tried again in " + Seconds(next->not_before - now));
    }
    if (now >= until) {
      return Status(Code::kUnavailable,
                    "model " + aspired_->digest + " is still being loaded: ask again soon");
    }
    changed_.WaitFor(&mutex_, std::min<std::chrono::nanoseconds>(until - now, kCancelLook));
  }
}

std::vector<VersionInfo> VersionManager::List() {
  MutexLock lock(&mutex_);
  std::vector<VersionInfo> infos;
  for (const auto& version : versions_) {
    infos.push_back({.version = version->id,
                     .digest = version->what.digest,
                     .state = version->state,
                     .pid = version->pid,
                     .requests = version->requests,
                     .error = version->error});
  }
  return infos;
}

void VersionManager::Release(const std::shared_ptr<Version>& version) {
  MutexLock lock(&mutex_);
  --version->requests;
  EndIfUnused(version);
}

void VersionManager::Stop() {
  {
    MutexLock lock(&mutex_);
    is_stopping_ = true;
    aspired_.reset();
    for (const auto& version : versions_) {
      version->is_aspired = false;
      version->stop->Stop();
      if (version->state == VersionState::kNew) SetState(version.get(), VersionState::kGone);
    }
    Step();
    changed_.SignalAll();
  }
  if (loader_.joinable()) loader_.join();
  if (keeper_.joinable()) keeper_.join();
}

// ---- The state machine ----

void VersionManager::AddVersion(TimePoint not_before) {
  auto version = std::make_shared<Version>();
  version->id = ++last_id_;
  version->what = *aspired_;
  version->not_before = not_before;
  versions_.push_back(version);
  SetState(version.get(), VersionState::kNew);
}

void VersionManager::SetState(Version* version, VersionState state, std::string error) {
  assert(state == VersionState::kNew || IsAllowed(version->state, state));
  version->state = state;
  if (!error.empty()) version->error = std::move(error);
  if (options_.on_event) {
    options_.on_event({.version = version->id,
                       .digest = version->what.digest,
                       .state = state,
                       .pid = version->pid,
                       .error = state == VersionState::kFailed ? version->error : ""});
  }
  changed_.SignalAll();
}

// Takes the policy's steps until there is none.
void VersionManager::Step() {
  for (;;) {
    const TimePoint now = Clock::now();
    std::vector<VersionSnapshot> snapshot;
    for (const auto& version : versions_) {
      snapshot.push_back({.id = version->id,
                          .state = version->state,
                          .is_aspired = version->is_aspired,
                          .may_load = version->not_before <= now});
    }
    const VersionAction action = NextAction(options_.policy, snapshot);
    if (action.kind == VersionAction::Kind::kNone) return;
    const auto version = *std::find_if(versions_.begin(), versions_.end(),
                                       [&](const auto& v) { return v->id == action.id; });
    if (action.kind == VersionAction::Kind::kLoad) {
      version->error.clear();
      SetState(version.get(), VersionState::kLoading);
      to_load_ = version;
    } else {
      SetState(version.get(), VersionState::kDraining);
      EndIfUnused(version);
    }
  }
}

void VersionManager::EndIfUnused(const std::shared_ptr<Version>& version) {
  const bool is_over =
      version->state == VersionState::kDraining || version->state == VersionState::kFailed;
  if (!is_over || version->requests > 0 || version->is_ending || version->model == nullptr) return;
  version->is_ending = true;
  to_end_.push_back(version);
  changed_.SignalAll();
}

void VersionManager::Fail(const std::shared_ptr<Version>& version, const std::string& error) {
  const TimePoint now = Clock::now();
  const bool had_served = version->state == VersionState::kServing;
  if (had_served && now - version->serving_since >= kProven) failures_in_a_row_ = 0;
  ++failures_in_a_row_;
  const bool is_aspired = std::exchange(version->is_aspired, false);
  SetState(version.get(), VersionState::kFailed, error);
  EndIfUnused(version);
  Prune();
  if (!is_aspired || !aspired_.has_value() || is_stopping_) return;
  std::chrono::milliseconds pause{0};
  if (!had_served || failures_in_a_row_ > 1) {
    const int doublings = std::min(failures_in_a_row_ - 1, 20);
    pause = std::min(options_.first_pause * (1 << doublings), options_.longest_pause);
  }
  AddVersion(now + pause);
  versions_.back()->error = error;
}

void VersionManager::FailDeadChildren() {
  std::vector<std::shared_ptr<Version>> dead;
  for (const auto& version : versions_) {
    if (version->state == VersionState::kServing && !version->model->alive()) {
      dead.push_back(version);
    }
  }
  for (const auto& version : dead) Fail(version, "its process (the runtime's child) died");
  if (!dead.empty()) Step();
}

// Forgets what is gone, and all that failed but the latest.
void VersionManager::Prune() {
  const auto latest_failed = Find(VersionState::kFailed, false);
  std::erase_if(versions_, [&](const auto& version) {
    if (version->state == VersionState::kGone) return true;
    return version->state == VersionState::kFailed && version != latest_failed &&
           version->model == nullptr;
  });
}

// The latest one in this state.
std::shared_ptr<VersionManager::Version> VersionManager::Find(VersionState state,
                                                              bool aspired_only) const {
  const auto found = std::find_if(versions_.rbegin(), versions_.rend(), [&](const auto& version) {
    return version->state == state && (version->is_aspired || !aspired_only);
  });
  return found == versions_.rend() ? nullptr : *found;
}

// ---- The threads ----

void VersionManager::LoadLoop() {
  MutexLock lock(&mutex_);
  for (;;) {
    while (to_load_ == nullptr && !is_stopping_) changed_.Wait(&mutex_);
    if (to_load_ == nullptr) return;
    const std::shared_ptr<Version> version = std::exchange(to_load_, nullptr);

    mutex_.Unlock();
    auto model = version->what.load(version->stop);
    mutex_.Lock();

    if (model.ok() && version->is_aspired) {
      version->model = std::move(*model);
      version->pid = version->model->pid();
      version->serving_since = Clock::now();
      SetState(version.get(), VersionState::kServing);
    } else if (version->is_aspired) {
      Fail(version, model.status().ToString());
    } else {  // nobody wants it any more
      if (model.ok()) {
        std::unique_ptr<ServableModel> unwanted = std::move(*model);
        mutex_.Unlock();
        unwanted.reset();
        mutex_.Lock();
      }
      SetState(version.get(), VersionState::kGone);
      Prune();
    }
    Step();
  }
}

std::chrono::nanoseconds VersionManager::UntilNextLook() const {
  const TimePoint now = Clock::now();
  std::chrono::nanoseconds wait = options_.health_interval;
  for (const auto& version : versions_) {
    if (version->state != VersionState::kNew || version->not_before <= now) continue;
    wait = std::min<std::chrono::nanoseconds>(wait, version->not_before - now);
  }
  return wait;
}

bool VersionManager::AllAtRest() const {
  return std::all_of(versions_.begin(), versions_.end(), [](const auto& version) {
    return version->state == VersionState::kFailed && version->model == nullptr;
  });
}

void VersionManager::KeepLoop() {
  MutexLock lock(&mutex_);
  while (!is_stopping_ || !AllAtRest()) {
    if (to_end_.empty()) changed_.WaitFor(&mutex_, UntilNextLook());
    std::vector<std::shared_ptr<Version>> ending;
    ending.swap(to_end_);
    for (const auto& version : ending) {
      std::unique_ptr<ServableModel> model = std::move(version->model);
      mutex_.Unlock();
      model.reset();
      mutex_.Lock();
      if (version->state == VersionState::kDraining) {
        SetState(version.get(), VersionState::kGone);
      }
    }
    FailDeadChildren();
    Prune();
    Step();
  }
}

// ---- The pin ----

ModelHandle::ModelHandle(VersionManager* manager, std::shared_ptr<VersionManager::Version> version)
    : manager_(manager), version_(std::move(version)), model_(version_->model.get()) {}

ModelHandle::ModelHandle(ModelHandle&& other) noexcept
    : manager_(std::exchange(other.manager_, nullptr)),
      version_(std::move(other.version_)),
      model_(std::exchange(other.model_, nullptr)) {}

ModelHandle& ModelHandle::operator=(ModelHandle&& other) noexcept {
  if (this != &other) {
    Release();
    manager_ = std::exchange(other.manager_, nullptr);
    version_ = std::move(other.version_);
    model_ = std::exchange(other.model_, nullptr);
  }
  return *this;
}

const std::string& ModelHandle::digest() const { return version_->what.digest; }

void ModelHandle::Release() {
  if (manager_ == nullptr) return;
  std::exchange(manager_, nullptr)->Release(version_);
  version_.reset();
  model_ = nullptr;
}

}  // namespace amooz::chat
