// amooz-plugin: what a plugin author needs, with no server. Exit codes: 0 ok, 1 failed, 2 usage,
// 3 not found.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/base/nearest.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/flag_checks.h"

namespace {

using amooz::Code;
using amooz::Status;
using amooz::tool::PluginChoice;

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotFound = 3;

constexpr const char* kExamples = R"(
FILE is a path, or the name of an installed plugin. JSONL has a line {"instruction": ..., "response": ...} for each example.

Examples:
  amooz-plugin describe heuristic_scorer
  amooz-plugin score ./build/polite.so --in chats.jsonl
  echo '{"instruction":"hi","response":""}' | amooz-plugin score heuristic_scorer --in - --config '{"mode":"classic"}' --json
  amooz-plugin vary pattern_variation --in dataset.jsonl --count 9 --seed 1
  amooz-plugin train torch --in train.jsonl --validation validation.jsonl --out model
  amooz-plugin generate torch --model model --prompt 'سلام' --temperature 0
  amooz-plugin evaluate torch --model model --in held_out.jsonl --json
Exit codes: 0 ok, 1 failed, 2 usage, 3 not found.)";

// CLI11 says which flag; its own range checks print the largest double in 300 digits.
CLI::Validator Checked(std::function<std::string(std::string_view)> check) {
  return CLI::Validator([check = std::move(check)](std::string& text) { return check(text); }, "");
}
CLI::Validator WholeNumber(std::uint64_t min, std::uint64_t max) {
  return Checked(
      [=](std::string_view text) { return amooz::tool::CheckWholeNumber(text, min, max); });
}
CLI::Validator Number(const amooz::tool::NumberLimits& limits) {
  return Checked([=](std::string_view text) { return amooz::tool::CheckNumber(text, limits); });
}
CLI::Validator Utf8() { return Checked(&amooz::tool::CheckUtf8); }

constexpr std::uint64_t kMostInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kMostUint64 = std::numeric_limits<std::uint64_t>::max();

void AddPlugin(CLI::App* command, PluginChoice* plugin) {
  command->add_option("FILE", plugin->file, "The plugin: a path, or an installed name")->required();
  command->add_option("--name", plugin->name,
                      "Which plugin of the file, if it has several of the kind");
  command->add_option("--config", plugin->config, "The plugin's config: a JSON object, or @FILE")
      ->check(Checked([](std::string_view text) {
        return text.starts_with('@') ? "" : amooz::tool::CheckJsonObject(text);
      }))
      ->default_str("{}");
}

void AddPlacement(CLI::App* command, PluginChoice* plugin) {
  command->add_option("--placement", plugin->placement, "process or in_process")
      ->check(CLI::IsMember({"process", "in_process"}))
      ->default_str("process");
}

void AddThreads(CLI::App* command, PluginChoice* plugin) {
  plugin->threads = 1;
  command->add_option("--threads", plugin->threads, "Threads that it may use")
      ->check(CLI::Range(1, 1024))
      ->default_str("1");
}

CLI::Option* AddIn(CLI::App* command, std::string* in) {
  return command->add_option("--in", *in, "JSONL to read; - is standard input")->required();
}

// Adds a command whose options live as long as `app`'s callbacks.
template <typename O>
CLI::App* AddCommand(CLI::App* app, const char* name, const char* what, Status (*run)(const O&),
                     Status* status, std::shared_ptr<O> options) {
  CLI::App* const command = app->add_subcommand(name, what);
  command->callback([=] { *status = run(*options); });
  return command;
}

void AddDescribe(CLI::App* app, Status* status) {
  const auto o = std::make_shared<amooz::tool::DescribeOptions>();
  CLI::App* const command = AddCommand(app, "describe", "What a plugin file says of itself",
                                       &amooz::tool::RunDescribe, status, o);
  command->add_option("FILE", o->file, "The plugin: a path, or an installed name")->required();
  command->add_flag("--json", o->json, "JSON instead of a table");
}

void AddScore(CLI::App* app, Status* status) {
  const auto o = std::make_shared<amooz::tool::ScoreOptions>();
  CLI::App* const command =
      AddCommand(app, "score", "Score examples", &amooz::tool::RunScore, status, o);
  AddPlugin(command, &o->plugin);
  AddPlacement(command, &o->plugin);
  AddIn(command, &o->in);
  command->add_flag("--json", o->json, "One JSON object a line instead of a table");
}

void AddVary(CLI::App* app, Status* status) {
  const auto o = std::make_shared<amooz::tool::VaryOptions>();
  CLI::App* const command = AddCommand(app, "vary", "Write variations of examples, as JSONL",
                                       &amooz::tool::RunVary, status, o);
  AddPlugin(command, &o->plugin);
  AddPlacement(command, &o->plugin);
  AddIn(command, &o->in);
  command->add_option("--count", o->count, "At most so many")
      ->check(WholeNumber(1, kMostUint64))
      ->default_str("9");
  command->add_option("--seed", o->seed, "Same seed, same variations")
      ->check(WholeNumber(0, kMostUint64))
      ->default_str("1");
}

void AddTrain(CLI::App* app, Status* status) {
  const auto o = std::make_shared<amooz::tool::TrainOptions>();
  CLI::App* const command =
      AddCommand(app, "train", "Train a model", &amooz::tool::RunTrain, status, o);
  AddPlugin(command, &o->plugin);
  AddThreads(command, &o->plugin);
  AddIn(command, &o->in);
  command->add_option("--validation", o->validation, "JSONL to validate on");
  command->add_option("--out", o->out, "Folder of the model; new or empty")->required();
  command->add_option("--base", o->base, "Folder of the model to start from");
  command->add_option("--checkpoint", o->checkpoint,
                      "Folder that survives a crash (default: OUT.checkpoint)");
  command->add_option("--seed", o->seed, "Same seed, same model")
      ->check(WholeNumber(0, kMostUint64))
      ->default_str("1");
  command->add_option("--max-seconds", o->max_seconds, "Ends after so long; 0 = no limit")
      ->check(Number({}))
      ->default_str("0");
  command->add_flag("--json", o->json, "The summary as JSON");
}

void AddGenerate(CLI::App* app, Status* status) {
  const auto o = std::make_shared<amooz::tool::GenerateOptions>();
  CLI::App* const command = AddCommand(app, "generate", "Ask a model and print its reply",
                                       &amooz::tool::RunGenerate, status, o);
  AddPlugin(command, &o->plugin);
  AddThreads(command, &o->plugin);
  amooz::host::GenerateRequest& r = o->request;
  command->add_option("--model", o->model, "Folder of the model")->required();
  command->add_option("--prompt", r.instruction, "What to ask")->check(Utf8())->required();
  command->add_option("--context", o->context, R"(Earlier turns: [{"role":"user","text":...}])");
  // What is not given comes from the model's generation_config.json.
  command->add_option("--seed", r.seed, "Same seed, same reply")
      ->check(WholeNumber(0, kMostUint64));
  command->add_option("--temperature", r.temperature, "0 = greedy")->check(Number({}));
  command->add_option("--top-p", r.top_p, "Over 0, at most 1")
      ->check(Number({.above = true, .max = 1}));
  command->add_option("--top-k", r.top_k, "0 = off")->check(WholeNumber(0, kMostInt32));
  command->add_option("--max-tokens", r.max_tokens, "At most so many new tokens")
      ->check(WholeNumber(1, kMostInt32));
  command->add_option("--min-tokens", r.min_tokens, "At least so many new tokens")
      ->check(WholeNumber(0, kMostInt32));
  command->add_option("--repetition-penalty", r.repetition_penalty, "1 = off")
      ->check(Number({.above = true}));
  command->add_option("--no-repeat-ngram-size", r.no_repeat_ngram_size, "0 = off")
      ->check(WholeNumber(0, kMostInt32));
  // Else the next words would be stops too, and CLI11 would take "[x]" for a list.
  command->add_option("--stop", r.stop, "A text that ends the reply; may be given again")
      ->allow_extra_args(false)
      ->check(Utf8());
  command->add_option("--options", r.options_json, "A JSON object that only this runtime knows")
      ->check(Checked(&amooz::tool::CheckJsonObject));
  command->add_flag("--json", o->json, "The whole reply as one JSON object");
}

void AddEvaluate(CLI::App* app, Status* status) {
  const auto o = std::make_shared<amooz::tool::EvaluateOptions>();
  CLI::App* const command =
      AddCommand(app, "evaluate", "Measure how well a model predicts responses",
                 &amooz::tool::RunEvaluate, status, o);
  AddPlugin(command, &o->plugin);
  AddThreads(command, &o->plugin);
  command->add_option("--model", o->model, "Folder of the model")->required();
  AddIn(command, &o->in);
  command->add_flag("--json", o->json, "One JSON object instead of a table");
}

// What is wrong with the command's name; "" if nothing is. CLI11 would say only that one is needed.
std::string WrongCommand(const CLI::App& app, int argc, char** argv) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.starts_with('-')) return {};
  std::vector<std::string> names;
  std::string all;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return {};
    names.push_back(command->get_name());
    all += (all.empty() ? "" : ", ") + command->get_name();
  }
  const std::string nearest = amooz::NearestName(word, names);
  return (word.empty() ? "a command is needed" : "there is no command '" + word + "'") +
         (nearest.empty() ? "." : "; did you mean '" + nearest + "'?") + " Commands: " + all +
         ". amooz-plugin --help has examples.";
}

// What was printed, help too, has come to where it was printed to.
Status FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return {Code::kInternal, "could not write standard output: is the disk full?"};
}

int ExitCode(const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "amooz-plugin: %s\n", status.message().c_str());
  return status.code() == Code::kNotFound ? kNotFound : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Describes, scores, varies, trains, generates and evaluates with an Amooz plugin, without a "
      "server.",
      "amooz-plugin");
  app.footer(kExamples);
  app.set_version_flag("--version", AMOOZ_VERSION);
  app.require_subcommand(1);
  Status status;
  AddDescribe(&app, &status);
  AddScore(&app, &status);
  AddVary(&app, &status);
  AddTrain(&app, &status);
  AddGenerate(&app, &status);
  AddEvaluate(&app, &status);
  if (const std::string wrong = WrongCommand(app, argc, argv); !wrong.empty()) {
    std::fprintf(stderr, "amooz-plugin: %s\n", wrong.c_str());
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode(FlushOutput()) : kUsage;
  }
  return ExitCode(status.ok() ? FlushOutput() : status);
}
