// Texts turned into token ids on one thread: tokenizer_bench ARTIFACT CHATS.jsonl
// --benchmark_format=json
//
// The label is the SHA-256 of the ids, as decimal numbers with a space after each and a line end
// after each text.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "plugins/torch/bpe_tokenizer.h"
#include "plugins/torch/files.h"
#include "sdk/base/sha256.h"

namespace amooz::bench {
namespace {

void Encode(benchmark::State& state, const llama::BpeTokenizer* tokenizer,
            const std::vector<std::string>* texts) {
  Sha256 digest;
  std::int64_t bytes = 0;
  for (const std::string& text : *texts) {
    std::string line;
    for (const std::int32_t id : tokenizer->Encode(text)) line += std::to_string(id) + " ";
    digest.Update(line + "\n");
    bytes += static_cast<std::int64_t>(text.size());
  }
  while (state.KeepRunning()) {
    for (const std::string& text : *texts) benchmark::DoNotOptimize(tokenizer->Encode(text));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(texts->size()));
  state.SetBytesProcessed(state.iterations() * bytes);
  state.SetLabel(ToHex(digest.Finish()));
}

int Run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 3) {
    std::cerr << "usage: tokenizer_bench ARTIFACT CHATS.jsonl [--benchmark_...]\n";
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/tokenizer.json";
  const auto tokenizer = llama::BpeTokenizer::FromJson(llama::ReadFile(path), path);
  std::vector<std::string> texts;
  std::ifstream lines(argv[2]);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json chat = nlohmann::json::parse(line);
    texts.push_back(chat.at("instruction"));
    texts.push_back(chat.at("response"));
  }
  benchmark::RegisterBenchmark("encode", &Encode, &tokenizer, &texts);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
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
