#include "core/server/model_feeds.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/server/messages.h"

namespace amooz::server {
namespace {

// One piece of a file. Below what any gRPC client takes by default (4 MiB); more saves little.
constexpr std::uint64_t kPieceBytes = 256 << 10;

std::string ToJson(const google::protobuf::Struct& config) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(config, &json).ok()) return "{}";
  return json;
}

}  // namespace

ActiveModelFeed::ActiveModelFeed(ModelManager* models, const v1::ServingConfig& serving,
                                 std::function<void()> wake)
    : models_(models),
      runtime_(serving.runtime()),
      runtime_config_json_(ToJson(serving.config())),
      subscription_(models->Watch(std::move(wake))) {}

absl::StatusOr<Feed::Pulled> ActiveModelFeed::Pull(grpc::ByteBuffer* message) {
  ASSIGN_OR_RETURN(const ActiveModel active, models_->active());
  if (sent_generation_ == active.generation) return Pulled::kNothingYet;
  sent_generation_ = active.generation;
  v1::WatchActiveModelResponse response;
  response.set_generation(static_cast<std::uint32_t>(active.generation));
  response.set_digest(active.digest);
  response.set_runtime(runtime_);
  response.set_runtime_config_json(runtime_config_json_);
  RETURN_IF_ERROR(SerializeMessage(response, message));
  return Pulled::kMessage;
}

ModelFilesFeed::ModelFilesFeed(ReadableModel model) : model_(std::move(model)) {}

absl::StatusOr<Feed::Pulled> ModelFilesFeed::Pull(grpc::ByteBuffer* message) {
  v1::FetchModelResponse response;
  if (!std::exchange(is_model_sent_, true)) {
    *response.mutable_model() = model_.model;
  } else {
    if (left_bytes_ == 0) {
      if (next_file_ == model_.model.files_size()) return Pulled::kEnd;
      RETURN_IF_ERROR(OpenNextFile());
    }
    const std::string& name = model_.model.files(next_file_ - 1).name();
    response.set_file_name(name);
    std::string* data = response.mutable_data();
    data->resize(static_cast<std::size_t>(std::min(left_bytes_, kPieceBytes)));
    for (std::size_t done = 0; done < data->size();) {
      const ssize_t n = read(file_.get(), data->data() + done, data->size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        return absl::DataLossError(absl::StrCat("the file '", name, "' of model ",
                                                model_.model.digest(),
                                                " could not be read to its end"));
      }
      done += static_cast<std::size_t>(n);
    }
    left_bytes_ -= data->size();
  }
  RETURN_IF_ERROR(SerializeMessage(response, message));
  return Pulled::kMessage;
}

absl::Status ModelFilesFeed::OpenNextFile() {
  const v1::ModelFile& file = model_.model.files(next_file_++);
  file_ = UniqueFd(open(JoinPath(model_.dir, file.name()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file_.valid()) {
    return absl::AbortedError(absl::StrCat("the file '", file.name(), "' of model ",
                                           model_.model.digest(),
                                           " went away while it was fetched; fetch the active "
                                           "model instead"));
  }
  left_bytes_ = file.size_bytes();
  return absl::OkStatus();
}

}  // namespace amooz::server
