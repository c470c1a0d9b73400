// What ModelService streams.
#ifndef AMOOZ_CORE_SERVER_MODEL_FEEDS_H_
#define AMOOZ_CORE_SERVER_MODEL_FEEDS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "amooz/v1/config.pb.h"
#include "core/model/model_manager.h"
#include "core/server/feed_stream.h"
#include "sdk/base/fd.h"

namespace amooz::server {

// The active model at once, then at each change; without end.
class ActiveModelFeed final : public Feed {
 public:
  ActiveModelFeed(ModelManager* models, const v1::ServingConfig& serving,
                  std::function<void()> wake);
  absl::StatusOr<Pulled> Pull(grpc::ByteBuffer* message) override;

 private:
  ModelManager* const models_;
  const std::string runtime_;
  const std::string runtime_config_json_;
  std::optional<std::int64_t> sent_generation_;
  const Subscription subscription_;
};

// The model, then its files' bytes in the manifest's order, a piece a message.
class ModelFilesFeed final : public Feed {
 public:
  explicit ModelFilesFeed(ReadableModel model);
  absl::StatusOr<Pulled> Pull(grpc::ByteBuffer* message) override;

 private:
  absl::Status OpenNextFile();

  const ReadableModel model_;
  bool is_model_sent_ = false;
  int next_file_ = 0;             // index of the file after the one that is open
  std::uint64_t left_bytes_ = 0;  // of the open file
  UniqueFd file_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_MODEL_FEEDS_H_
