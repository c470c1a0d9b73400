#include "plugins/torch/checkpoint.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "plugins/torch/failure.h"
#include "plugins/torch/files.h"
#include "plugins/torch/safetensors.h"

namespace amooz::llama {
namespace {

using Json = nlohmann::ordered_json;

std::array<std::pair<const char*, std::span<float>>, 5> Named(const TrainingArrays& arrays) {
  return {{{"weights", arrays.weights},
           {"average", arrays.average},
           {"best", arrays.best},
           {"first_moment", arrays.first_moment},
           {"second_moment", arrays.second_moment}}};
}

std::vector<std::int64_t> ShapeOf(std::span<const float> values) {
  return {static_cast<std::int64_t>(values.size())};
}

Json ToJson(const std::vector<ToldMetric>& told) {
  Json json = Json::array();
  for (const ToldMetric& metric : told) json.push_back({metric.name, metric.value, metric.step});
  return json;
}

std::vector<ToldMetric> ToldFrom(const Json& json) {
  std::vector<ToldMetric> told;
  for (const Json& metric : json) told.push_back({metric.at(0), metric.at(1), metric.at(2)});
  return told;
}

}  // namespace

void WriteCheckpoint(const std::string& path, const std::string& job_digest,
                     const Progress& progress, const TrainingArrays& arrays,
                     const StopPoint& stop_point) {
  // best_loss is infinite before the first validation, which JSON cannot say.
  const bool has_best = progress.best_loss < std::numeric_limits<double>::infinity();
  const Json state = {{"step", progress.step},
                      {"epoch", progress.epoch},
                      {"row", progress.row},
                      {"epochs_without_gain", progress.epochs_without_gain},
                      {"best_step", progress.best_step},
                      {"best_loss", has_best ? Json(progress.best_loss) : Json(nullptr)},
                      {"loss_sum", progress.loss_sum},
                      {"loss_steps", progress.loss_steps},
                      {"seconds", progress.seconds},
                      {"told", ToJson(progress.told)},
                      {"stop_reason", progress.stop_reason}};
  std::vector<TensorToWrite> tensors;
  std::vector<std::string_view> pieces(1);
  for (const auto& [name, values] : Named(arrays)) {
    tensors.push_back({name, ShapeOf(values), values});
    pieces.push_back(BytesOf(values));
  }
  const std::string header =
      SafetensorsHeader(tensors, {{"job_digest", job_digest}, {"state", state.dump()}});
  pieces[0] = header;
  ReplaceFileDurably(path, pieces, stop_point);
}

bool ReadCheckpoint(const std::string& path, const std::string& job_digest, Progress* progress,
                    const TrainingArrays& arrays, const StopPoint& stop_point) {
  if (!FileExists(path)) return false;
  const SafetensorsFile file(ReadFile(path, stop_point), path);
  try {
    if (file.metadata().at("job_digest") != job_digest) return false;
    const Json state = Json::parse(file.metadata().at("state"));
    Progress read;
    read.step = state.at("step");
    read.epoch = state.at("epoch");
    read.row = state.at("row");
    read.epochs_without_gain = state.at("epochs_without_gain");
    read.best_step = state.at("best_step");
    if (!state.at("best_loss").is_null()) read.best_loss = state.at("best_loss");
    read.loss_sum = state.at("loss_sum");
    read.loss_steps = state.at("loss_steps");
    read.seconds = state.at("seconds");
    read.told = ToldFrom(state.at("told"));
    read.stop_reason = state.at("stop_reason");
    for (const auto& [name, values] : Named(arrays)) {
      stop_point();
      file.Copy(name, ShapeOf(values), values);
    }
    *progress = read;
    return true;
  } catch (const nlohmann::json::exception&) {
    FailDamaged(path, "its state cannot be read");
  } catch (const std::out_of_range&) {
    FailDamaged(path, "its state is missing");
  }
}

}  // namespace amooz::llama
