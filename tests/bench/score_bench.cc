// Chats judged a second by a scorer through the plugin boundary, on one core, as amoozd calls it:
//
//   score_bench PLUGIN.so CONFIG_JSON CHATS.jsonl --benchmark_format=json
//
// The label is the SHA-256 of "points|issues|veto\n" of each chat, so that another implementation
// can show that it decided the same.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sdk/base/sha256.h"
#include "sdk/host/plugin.h"

namespace amooz::bench {
namespace {

constexpr std::size_t kBatch = 512;  // core/cycle/score_stage.cc

struct Chat {
  std::string instruction, response;
};

std::vector<Chat> ReadChats(const std::string& path) {
  std::vector<Chat> chats;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json chat = nlohmann::json::parse(line);
    chats.push_back({chat.at("instruction"), chat.at("response")});
  }
  return chats;
}

std::string DecisionOf(const host::ScoreResult& result) {
  std::string points, issues;
  for (const auto& [key, value] : result.annotations) {
    if (key == "points") points = value;
    if (key == "issues") issues = value;
  }
  return points + "|" + issues + "|" + (result.vetoed ? "1" : "0") + "\n";
}

// One pass over all chats; `decide` sees each result.
template <typename Fn>
bool ScoreAll(host::Scorer* scorer, const std::vector<Chat>& chats, const Fn& decide) {
  std::vector<host::ExampleView> views;
  for (std::size_t from = 0; from < chats.size(); from += kBatch) {
    views.clear();
    for (std::size_t i = from; i < std::min(from + kBatch, chats.size()); ++i) {
      host::ExampleView& view = views.emplace_back();
      view.instruction = chats[i].instruction;
      view.response = chats[i].response;
    }
    const auto results = scorer->Score(views, {});
    if (!results.ok()) return false;
    for (const host::ScoreResult& result : *results) decide(result);
  }
  return true;
}

void Score(benchmark::State& state, host::Scorer* scorer, const std::vector<Chat>* chats) {
  Sha256 digest;
  if (!ScoreAll(scorer, *chats,
                [&](const host::ScoreResult& result) { digest.Update(DecisionOf(result)); })) {
    state.SkipWithError("the scorer failed");
    return;
  }
  while (state.KeepRunning()) {
    ScoreAll(scorer, *chats,
             [](const host::ScoreResult& result) { benchmark::DoNotOptimize(&result); });
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chats->size()));
  state.SetLabel(ToHex(digest.Finish()));
}

int Run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 4) {
    std::cerr << "usage: score_bench PLUGIN.so CONFIG_JSON CHATS.jsonl [--benchmark_...]\n";
    return 2;
  }
  host::OpenOptions options;
  options.path = argv[1];
  options.kind = host::Kind::kScorer;
  options.config_json = argv[2];
  options.placement = host::Placement::kInProcess;
  const auto plugin = host::OpenPlugin(options);
  if (!plugin.ok()) {
    std::cerr << plugin.status().message() << "\n";
    return 1;
  }
  const std::vector<Chat> chats = ReadChats(argv[3]);
  benchmark::RegisterBenchmark("score", &Score, (*plugin)->scorer(), &chats);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace amooz::bench

int main(int argc, char** argv) { return amooz::bench::Run(argc, argv); }
