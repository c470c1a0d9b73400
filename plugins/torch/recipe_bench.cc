// Does a second cycle bring a better model? Emulates the two cycles of the demo on the samples,
// with a trainer config of one's own, and prints what the gate would see. docs/decisions/0003 has
// its figures.
//
//   torch_recipe SAMPLES_FOLDER SCRATCH_FOLDER SEED SPLIT_KEY THREADS [CONFIG_JSON
//   [SECOND_CONFIG_JSON]]
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "plugins/torch/fake_host.h"
#include "plugins/torch/random.h"

namespace amooz::llama {
namespace {

using nlohmann::json;

constexpr double kHeldOutShare = 0.15, kValidationShare = 0.05;
constexpr std::size_t kFirstChats = 90, kVariations = 9;

std::vector<json> ReadLines(const std::string& path) {
  std::ifstream file(path);
  std::vector<json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
  if (lines.empty()) throw std::runtime_error(path + ": cannot be read");
  return lines;
}

struct Rows {
  std::vector<FakeExample> train, validation, held_out;

  void Add(const FakeExample& row, std::uint64_t key) {
    std::uint64_t hash = key;
    for (const char c : row.response) hash = Mix64(hash ^ static_cast<unsigned char>(c));
    const double at = static_cast<double>(hash >> 11) * 0x1.0p-53;
    auto& split = at < kHeldOutShare                      ? held_out
                  : at < kHeldOutShare + kValidationShare ? validation
                                                          : train;
    split.push_back(row);
  }
};

// What pattern_variation brings, about: the relation in a pair replaced by another.
std::vector<FakeExample> Variations(const std::vector<FakeExample>& train) {
  const std::vector<std::string> relations = {"پدر", "مادر", "برادر", "خواهر", "همسر", "فرزند"};
  std::vector<FakeExample> out;
  for (const FakeExample& row : train) {
    for (std::size_t r = 0; r < relations.size() && out.size() < kVariations; ++r) {
      const auto in_instruction = row.instruction.find(relations[r]);
      const auto in_response = row.response.find(relations[r]);
      if (in_instruction == std::string::npos || in_response == std::string::npos) continue;
      const std::string& other = relations[(r + 1 + out.size()) % relations.size()];
      FakeExample varied = row;
      varied.instruction.replace(in_instruction, relations[r].size(), other);
      varied.response.replace(in_response, relations[r].size(), other);
      out.push_back(varied);
      break;
    }
  }
  return out;
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::map<std::string, std::string> Train(const Rows& rows, const std::string& config,
                                         FakePlugin::TrainJob job) {
  FakeCall call{.train = rows.train, .validation = rows.validation};
  const bool is_loud = std::getenv("LOUD") != nullptr;
  double loss = 0;
  call.on_metric = [&](const FakeMetric& metric) {
    if (metric.name == "loss") loss = metric.value;
    if (is_loud && metric.name == "validation_loss") {
      std::printf("  step %lld loss %.4f validation %.4f\n", static_cast<long long>(metric.step),
                  loss, metric.value);
      std::fflush(stdout);
    }
  };
  if (std::getenv("REUSE") != nullptr && job.base.empty() &&
      std::filesystem::exists(job.output + "/model.safetensors")) {
    return {{"stop_reason", "reused"}, {"steps", "0"}};
  }
  std::filesystem::remove_all(job.output);
  std::filesystem::remove_all(job.checkpoints);
  std::filesystem::create_directories(job.output);
  std::filesystem::create_directories(job.checkpoints);
  FakePlugin trainer(AMOOZ_KIND_TRAINER, config);
  if (trainer.Train(job, &call) != AMOOZ_OK) throw std::runtime_error(call.message);
  return call.annotations;
}

std::vector<double> Measure(const std::string& folder, const std::vector<FakeExample>& held_out) {
  FakePlugin runtime(AMOOZ_KIND_RUNTIME, "{}");
  FakeCall call;
  amooz_model* model = runtime.Load(folder, 1, &call);
  if (model == nullptr) throw std::runtime_error(call.message);
  std::vector<double> nll;
  std::vector<std::uint64_t> tokens;
  runtime.Evaluate(model, held_out, &nll, &tokens, &call);
  runtime.Unload(model);
  return nll;
}

int Main(int argc, char** argv) {
  const std::string samples = argv[1], scratch = argv[2];
  const std::uint64_t seed = std::strtoull(argv[3], nullptr, 10);
  const std::uint64_t key = Mix64(std::strtoull(argv[4], nullptr, 10));
  const int threads = std::atoi(argv[5]);
  const std::string config = argc > 6 ? argv[6] : "{}", second = argc > 7 ? argv[7] : config;

  Rows rows;
  const auto row = [](const json& j) { return FakeExample{j.at("instruction"), j.at("response")}; };
  for (const char* name : {"dataset.fa.jsonl", "dataset.en.jsonl"}) {
    for (const json& j : ReadLines(samples + "/" + name)) rows.Add(row(j), key);
  }
  const auto chats = ReadLines(samples + "/chats.jsonl"),
             labels = ReadLines(samples + "/labels.jsonl");
  std::size_t chat = 0;
  const auto add_good = [&](std::size_t end) {
    for (; chat < end; ++chat) {
      if (labels[chat].at("label") == "good") rows.Add(row(chats[chat]), key);
    }
  };
  add_good(kFirstChats);
  const std::size_t first_rows = rows.train.size();
  const double t0 = CpuSeconds();
  auto facts1 = Train(rows, config,
                      {.output = scratch + "/m1",
                       .checkpoints = scratch + "/c1",
                       .seed = seed,
                       .threads = threads});
  const double t1 = CpuSeconds();
  add_good(chats.size());
  for (const FakeExample& varied : Variations(rows.train)) rows.train.push_back(varied);
  auto facts2 = Train(rows, second,
                      {.base = scratch + "/m1",
                       .output = scratch + "/m2",
                       .checkpoints = scratch + "/c2",
                       .seed = seed + 1000,
                       .threads = threads});
  const double t2 = CpuSeconds();

  const auto before = Measure(scratch + "/m1", rows.held_out),
             after = Measure(scratch + "/m2", rows.held_out);
  double bytes = 0, mean = 0, square = 0;
  for (const FakeExample& held : rows.held_out) bytes += static_cast<double>(held.response.size());
  const auto n = static_cast<double>(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) mean += (before[i] - after[i]) / n;
  for (std::size_t i = 0; i < before.size(); ++i)
    square += std::pow(before[i] - after[i] - mean, 2);
  const double total1 = std::accumulate(before.begin(), before.end(), 0.0),
               total2 = std::accumulate(after.begin(), after.end(), 0.0);
  const double bits = 1 / std::numbers::ln2 / bytes;
  std::printf(
      "seed %llu key %s rows %zu>%zu held out %zu | %.4f (%s, %s steps, %.0f s) > %.4f (%s, %s, %s "
      "steps, %.0f s) | gain %.4f t %.2f | %s %s\n",
      static_cast<unsigned long long>(seed), argv[4], first_rows, rows.train.size(), before.size(),
      total1 * bits, facts1["stop_reason"].c_str(), facts1["steps"].c_str(), t1 - t0, total2 * bits,
      facts2["started_from"].c_str(), facts2["stop_reason"].c_str(), facts2["steps"].c_str(),
      t2 - t1, (total1 - total2) / total1, mean / (std::sqrt(square / (n - 1)) / std::sqrt(n)),
      config.c_str(), argc > 7 ? second.c_str() : "");
  return 0;
}

}  // namespace
}  // namespace amooz::llama

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fputs("torch_recipe SAMPLES SCRATCH SEED KEY THREADS [CONFIG [SECOND_CONFIG]]\n", stderr);
    return 2;
  }
  try {
    return amooz::llama::Main(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
