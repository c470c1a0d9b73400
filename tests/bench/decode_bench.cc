// Greedy replies of a model runtime in its child process, one at a time, as amooz-chat asks for
// them:
//
//   decode_bench PLUGIN.so ARTIFACT PROMPTS.json MAX_TOKENS THREADS
//
// PROMPTS.json is an array of instructions. Prints {"seconds", "cpu_seconds", "count": tokens,
// "texts"} of a second pass; the CPU seconds are the child's.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "sdk/host/plugin.h"
#include "tests/bench/stopwatch.h"

namespace amooz::bench {
namespace {

template <typename T>
T Value(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().message());
  return std::move(*result);
}

double CpuSecondsOf(std::int32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void Run(char** argv) {
  const std::string prompts_path = argv[3];
  std::ifstream file(prompts_path);
  const auto prompts = nlohmann::json::parse(file).get<std::vector<std::string>>();
  const auto threads = static_cast<std::int32_t>(std::stoi(argv[5]));
  host::OpenOptions options;
  options.path = argv[1];
  options.kind = host::Kind::kRuntime;
  options.placement = host::Placement::kProcess;
  options.cpu_threads = threads;
  const auto plugin = Value(host::OpenPlugin(options));
  const auto model = Value(plugin->runtime()->Load(argv[2], "cpu", threads, {}));

  nlohmann::json report;
  for (int pass = 0; pass < 2; ++pass) {
    const Stopwatch watch;
    const double child_before = CpuSecondsOf(plugin->pid());
    std::uint64_t tokens = 0;
    std::vector<std::string> texts;
    for (const std::string& prompt : prompts) {
      host::GenerateRequest request;
      request.instruction = prompt;
      request.max_tokens = static_cast<std::int32_t>(std::stoi(argv[4]));
      request.temperature = 0;
      request.repetition_penalty = 1;
      request.no_repeat_ngram_size = 0;
      std::string& text = texts.emplace_back();
      const auto add = [&text](std::string_view chunk) {
        text += chunk;
        return true;
      };
      tokens += Value(model->Generate(request, add, {})).reply_tokens;
    }
    report = watch.ToJson();
    report["cpu_seconds"] = CpuSecondsOf(plugin->pid()) - child_before;
    report["count"] = tokens;
    report["texts"] = texts;
  }
  std::cout << report.dump() << "\n";
}

}  // namespace
}  // namespace amooz::bench

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: decode_bench PLUGIN.so ARTIFACT PROMPTS.json MAX_TOKENS THREADS\n";
    return 2;
  }
  try {
    amooz::bench::Run(argv);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}
