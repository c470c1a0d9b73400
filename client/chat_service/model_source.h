// Follows amoozd's active model: hears of it, fetches it, and tells the version manager to aspire
// to it.
//
// Guarantees: 1. `models/<digest>` appears whole or not at all, and is checked before each use.
// 2. The active model and the one before are kept, older ones deleted: a rollback fetches nothing.
// 3. Without amoozd, and while amoozd has no active model, the last active one is served. 4. A
// model that cannot be fetched or loaded changes nothing, and amoozd is told why. 5. What amoozd
// names is followed whatever its generation: a data folder put back from a backup counts from there
// again.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_MODEL_SOURCE_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_MODEL_SOURCE_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "amooz/v1/model.grpc.pb.h"
#include "client/chat_service/server_channel.h"
#include "client/chat_service/version_manager.h"
#include "sdk/base/files.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"

namespace amooz::chat {

// Which model serves and how: what WatchActiveModel says, and what is kept in
// models/active.json.
struct ActiveModel {
  std::uint32_t generation = 0;
  std::string digest;  // empty: there is none
  std::string runtime;
  std::string runtime_config_json;
  bool operator==(const ActiveModel&) const = default;
};

struct ModelSourceOptions {
  std::string models_dir;
  Env* env = Env::Default();
  // How to load what lies in `artifact_dir`. Called by the version manager's thread.
  std::function<Result<std::unique_ptr<ServableModel>>(
      const ActiveModel& model, const std::string& artifact_dir,
      const std::shared_ptr<host::StopToken>& stop)>
      load = nullptr;
  std::chrono::milliseconds first_pause{200};
  std::chrono::milliseconds longest_pause{2'000};
};

// Thread-safe.
class ModelSource {
 public:
  ModelSource(ModelSourceOptions options, std::shared_ptr<grpc::Channel> channel);
  ~ModelSource();  // Stop()
  ModelSource(const ModelSource&) = delete;
  ModelSource& operator=(const ModelSource&) = delete;

  // Aspires to the model on disk, if there is one, then follows amoozd. `versions` must outlive the
  // call of Stop.
  void Start(VersionManager* versions);
  void Stop() AMOOZ_EXCLUDES(mutex_);

  // Of the version manager: a failure is reported to amoozd, once, and so is that a model serves.
  // Quick; never calls back.
  void OnVersionEvent(const VersionEvent& event) AMOOZ_EXCLUDES(mutex_);

  struct Info {
    bool is_connected = false;
    Status error;          // why not
    std::string fetching;  // digest of the active model while it is not here yet
    std::string failure;   // why the last fetch failed; "" if it did not
  };
  Info GetInfo() AMOOZ_EXCLUDES(mutex_);

 private:
  void Run() AMOOZ_EXCLUDES(mutex_);
  Status Watch() AMOOZ_EXCLUDES(mutex_);
  Status Follow(const ActiveModel& model) AMOOZ_EXCLUDES(mutex_);
  Status MakeLocal(const std::string& digest) AMOOZ_EXCLUDES(mutex_);
  Status Fetch(const std::string& digest, const std::string& dir) AMOOZ_EXCLUDES(mutex_);
  void Aspire(const ActiveModel& model);
  void LoadState();
  Status SaveState();
  void DeleteLeftovers();
  void DeleteOldModels();
  std::string ModelDir(const std::string& digest) const;
  // A context that Stop cancels; false while stopping.
  bool Register(grpc::ClientContext* context) AMOOZ_EXCLUDES(mutex_);
  void Unregister() AMOOZ_EXCLUDES(mutex_);
  void NoteFailure(const std::string& digest, const std::string& message) AMOOZ_REQUIRES(mutex_);
  void NoteServing(const std::string& digest) AMOOZ_REQUIRES(mutex_);

  const ModelSourceOptions options_;
  const std::unique_ptr<v1::ModelService::Stub> stub_;
  VersionManager* versions_ = nullptr;
  Backoff backoff_;

  // Of the following thread (before it starts: of Start).
  ActiveModel active_;
  std::string previous_digest_;

  Mutex mutex_;
  bool is_stopping_ AMOOZ_GUARDED_BY(mutex_) = false;
  Info info_ AMOOZ_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ AMOOZ_GUARDED_BY(mutex_) = nullptr;
  std::string failed_digest_ AMOOZ_GUARDED_BY(mutex_);
  std::string failed_message_ AMOOZ_GUARDED_BY(mutex_);
  std::string serving_digest_ AMOOZ_GUARDED_BY(mutex_);
  bool has_news_ AMOOZ_GUARDED_BY(mutex_) = false;  // of these, that amoozd has not heard

  std::thread thread_;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_MODEL_SOURCE_H_
