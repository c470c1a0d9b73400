// Replies judged a second, on one core: `heuristic_scorer_bench --chats=FILE.jsonl`.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "config_schema.h"
#include "rule.h"

namespace amooz::heuristic_scorer {
namespace {

using Chats = std::vector<std::pair<std::string, std::string>>;

Chats ReadChats(const std::string& path) {
  Chats chats;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json chat = nlohmann::json::parse(line);
    chats.emplace_back(chat["instruction"], chat["response"]);
  }
  return chats;
}

void Judge(benchmark::State& state, Mode mode, const Chats* chats) {
  const nlohmann::json properties = nlohmann::json::parse(kConfigSchema)["properties"];
  Settings settings;
  settings.mode = mode;
  settings.endings = {U'.', U'!', U'؟', U'?', U'…'};
  settings.phrases =
      properties[mode == Mode::kClassic ? "classic_phrases" : "unicode_phrases"]["default"]
          .get<std::vector<std::string>>();
  const Rule rule(settings);
  Scratch scratch;
  while (state.KeepRunning()) {
    for (const auto& [instruction, response] : *chats) {
      benchmark::DoNotOptimize(rule.Judge(instruction, response, &scratch));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chats->size()));
}

int Run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const std::string flag = "--chats=";
  if (argc != 2 || std::string(argv[1]).rfind(flag, 0) != 0) {
    std::cerr << "usage: heuristic_scorer_bench --chats=FILE.jsonl [--benchmark_...]\n";
    return 2;
  }
  const Chats chats = ReadChats(std::string(argv[1]).substr(flag.size()));
  benchmark::RegisterBenchmark("classic", &Judge, Mode::kClassic, &chats);
  benchmark::RegisterBenchmark("unicode", &Judge, Mode::kUnicode, &chats);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace amooz::heuristic_scorer

int main(int argc, char** argv) { return amooz::heuristic_scorer::Run(argc, argv); }
