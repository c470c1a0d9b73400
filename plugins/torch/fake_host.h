// A host for tests of this plugin, in the test's own process: config from JSON with the schema's
// defaults, examples from vectors, everything the plugin says kept.
#ifndef AMOOZ_PLUGINS_TORCH_FAKE_HOST_H_
#define AMOOZ_PLUGINS_TORCH_FAKE_HOST_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "amooz/sdk/plugin.hpp"

namespace amooz::llama {

struct FakeTurn {
  std::int32_t role;
  std::string text;
};
struct FakeExample {
  std::string instruction, response;
  std::vector<FakeTurn> context = {};
};

struct FakeMetric {
  std::string name;
  double value;
  std::int64_t step;
};

// One call's worth of state. Set what the plugin may read, then read what it said.
struct FakeCall {
  std::vector<FakeExample> train = {}, validation = {};
  std::function<bool()> should_stop = [] { return false; };
  std::function<void(const FakeMetric&)> on_metric = [](const FakeMetric&) {};

  std::int32_t code = 0;
  std::string message = {}, text = {};
  std::vector<std::string> chunks = {};
  std::vector<std::int32_t> tokens = {};
  std::map<std::string, std::string> annotations = {};
  std::vector<FakeMetric> metrics = {};
  std::map<std::int64_t, std::string> item_failures = {};
};

// The C ABI's view of examples; borrowed from the examples given.
class RawExamples {
 public:
  explicit RawExamples(const std::vector<FakeExample>& examples);
  explicit RawExamples(std::vector<FakeExample>&&) = delete;
  const std::vector<const amooz_example*>& pointers() const { return pointers_; }

 private:
  std::vector<std::vector<amooz_turn>> turns_;
  std::vector<std::vector<const amooz_turn*>> turn_pointers_;
  std::vector<amooz_example> examples_;
  std::vector<const amooz_example*> pointers_;
};

const amooz_host* FakeHostTable();

// The trainer or runtime, called as a host calls it.
class FakePlugin {
 public:
  // `config_json` may leave out what has a default in the schema. Throws std::runtime_error with
  // the plugin's message if create fails.
  FakePlugin(std::int32_t kind, const std::string& config_json);
  ~FakePlugin();
  FakePlugin(const FakePlugin&) = delete;
  FakePlugin& operator=(const FakePlugin&) = delete;

  struct TrainJob {
    std::string base = {}, output = {}, checkpoints = {}, digest = "d1";
    std::uint64_t seed = 1;
    int threads = 1;
    double max_seconds = 0;
  };
  std::int32_t Train(const TrainJob& job, FakeCall* call);
  amooz_resources Plan(const TrainJob& job, FakeCall* call);

  // Null after a failure, which is in *call.
  amooz_model* Load(const std::string& folder, int threads, FakeCall* call);
  void Unload(amooz_model* model);
  struct Reply {
    std::int32_t code = 0;
    amooz_generate_result result{};
  };
  // `set` fills in the request; instruction and turns are given here.
  Reply Generate(amooz_model* model, const std::string& instruction,
                 const std::vector<FakeTurn>& turns,
                 const std::function<void(amooz_generate_request*)>& set, FakeCall* call);
  std::int32_t Evaluate(amooz_model* model, const std::vector<FakeExample>& examples,
                        std::vector<double>* nll, std::vector<std::uint64_t>* tokens,
                        FakeCall* call);

 private:
  const amooz_trainer_vtable* trainer_ = nullptr;
  const amooz_runtime_vtable* runtime_ = nullptr;
  amooz_instance* instance_ = nullptr;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_FAKE_HOST_H_
