// The trainer's inside, for comparison with the same model elsewhere:
//
//   training_bench step ARTIFACT SEGMENTS SEGMENT_TOKENS STEPS THREADS
//     STEPS optimiser steps on one row of SEGMENTS * SEGMENT_TOKENS tokens whose ids are
//     7919 * (i + 1) modulo the vocabulary (never 0); each token but a segment's first is a target.
//   training_bench epoch ARTIFACT CHATS.jsonl SEQUENCES_OUT.json THREADS
//     One epoch over the chats as trainer.cc runs it, from the artifact's weights. Writes the
//     sequences that it trained on, [[tokens, first target], ...], each within the context.
//
// Both print {"seconds", "cpu_seconds", "count": tokens, "losses"}. `step` does a few steps before
// the clock starts, which are in "losses"; `epoch` first trains on a few chats and forgets it.
#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "amooz/sdk/testing.hpp"
#include "plugins/torch/artifact.h"
#include "plugins/torch/network.h"
#include "plugins/torch/optimizer.h"
#include "plugins/torch/prompt.h"
#include "plugins/torch/threads.h"
#include "plugins/torch/training.h"
#include "tests/bench/stopwatch.h"

namespace amooz::bench {
namespace {

using nlohmann::json;

constexpr double kRate = 1e-4;
constexpr int kStepsBefore = 3;
constexpr std::size_t kChatsBefore = 8;

json Measured(json report, std::int64_t tokens, const std::vector<double>& losses) {
  report["count"] = tokens;
  report["losses"] = losses;
  return report;
}

json Step(const std::string& artifact, std::int64_t segments, std::int64_t length, int steps) {
  llama::ModelFiles files = llama::ReadArtifact(artifact);
  llama::Row row;
  for (std::int64_t i = 0; i < segments * length; ++i) {
    const std::int64_t id = 1 + 7919 * (i + 1) % (files.config.vocab_size - 1);
    row.tokens.push_back(id);
    if (i % length == 0) {
      row.segment_starts.push_back(i);
    } else {
      row.positions.push_back(i - 1);
      row.targets.push_back(id);
    }
  }
  row.segment_starts.push_back(segments * length);
  std::vector<float> gradients(files.weights.size());
  llama::AdamW optimizer(files.config, {});
  llama::Network network(files.config, files.weights, gradients);
  std::vector<double> losses;
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) {
      std::fill(gradients.begin(), gradients.end(), 0.0f);
      losses.push_back(network.LossAndGradient(row, {}));
      optimizer.Step(files.weights, gradients, static_cast<std::int64_t>(losses.size()), kRate);
    }
  };
  run(kStepsBefore);
  const Stopwatch watch;
  run(steps);
  return Measured(watch.ToJson(), steps * row.size(), losses);
}

// The fake host, but for what the training reports: its losses, and when the last one came. (What
// follows is the final checkpoint, which is no part of an epoch.)
struct Listener {
  static inline std::optional<Stopwatch> watch;
  static inline std::vector<double> losses;
  static inline json last;
  static amooz_host Table() {
    amooz_host table = *sdk::testing::FakeHost::Table();
    table.metric = [](amooz_ctx*, amooz_str name, double value, std::int64_t) {
      if (sdk::View(name) != "loss") return;
      losses.push_back(value);
      last = watch->ToJson();
    };
    return table;
  }
};

json Epoch(const std::string& artifact, const std::string& chats, const std::string& out) {
  const llama::ModelFiles files = llama::ReadArtifact(artifact);
  const auto context = static_cast<std::size_t>(files.config.max_position_embeddings);
  llama::TrainingData data;
  json sequences = json::array();
  std::int64_t tokens = 0;
  std::ifstream lines(chats);
  for (std::string line; std::getline(lines, line);) {
    const json chat = json::parse(line);
    const sdk::testing::Pair pair{chat.at("instruction"), chat.at("response")};
    const amooz_example raw = sdk::testing::FakeHost::ToExample(pair);
    llama::Sequence sequence = llama::EncodeExample(files.tokenizer, sdk::Example(&raw));
    if (sequence.tokens.size() > context) continue;
    sequences.push_back({sequence.tokens, sequence.first_target});
    tokens += static_cast<std::int64_t>(sequence.tokens.size());
    data.train.push_back(std::move(sequence));
  }
  std::ofstream(out) << sequences;

  llama::TrainingConfig config;
  config.epochs = 1;
  config.warmup_steps = 0;
  config.replaced_share = 0;
  config.warm = {.learning_rate = kRate, .dropout = 0, .average_decay = 0.995};
  config.checkpoint_every_steps = 1'000'000;
  sdk::testing::FakeHost host;
  const amooz_host table = Listener::Table();
  const sdk::Call call(&table, host.ctx());
  const std::string checkpoint = std::filesystem::path(out).replace_extension("checkpoint");
  const auto train = [&](const llama::TrainingData& what) {
    std::filesystem::remove(checkpoint);
    Listener::losses.clear();
    Listener::watch.emplace();
    llama::Train({config, files.config, what, true, 1, 0, checkpoint, "bench"}, files.weights,
                 call);
  };
  llama::TrainingData few;
  few.train.assign(data.train.begin(), data.train.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                kChatsBefore, data.train.size())));
  train(few);
  train(data);
  return Measured(Listener::last, tokens, Listener::losses);
}

int Run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  // As trainer.cc does.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  if (what == "step" && argc == 7) {
    llama::UseThreads(std::stoi(argv[6]));
    std::cout << Step(argv[2], std::stoll(argv[3]), std::stoll(argv[4]), std::stoi(argv[5]))
              << "\n";
    return 0;
  }
  if (what == "epoch" && argc == 6) {
    llama::UseThreads(std::stoi(argv[5]));
    std::cout << Epoch(argv[2], argv[3], argv[4]) << "\n";
    return 0;
  }
  std::cerr << "usage: training_bench step ARTIFACT SEGMENTS SEGMENT_TOKENS STEPS THREADS\n"
               "       training_bench epoch ARTIFACT CHATS.jsonl SEQUENCES_OUT.json THREADS\n";
  return 2;
}

}  // namespace
}  // namespace amooz::bench

int main(int argc, char** argv) {
  try {
    return amooz::bench::Run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}
