#include "core/base/config.h"

#include <google/protobuf/util/json_util.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/config_yaml.h"
#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "sdk/base/files.h"
#include "sdk/base/listen_address.h"
#include "sdk/base/utf8.h"

namespace amooz {
namespace {

// ---- Units ----

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit kDurationUnits[] = {{"", 1e6},   {"us", 1},     {"ms", 1e3},   {"s", 1e6},
                                   {"m", 60e6}, {"min", 60e6}, {"h", 3600e6}, {"d", 86400e6}};
constexpr Unit kSizeUnits[] = {{"", 1},     {"B", 1},         {"KiB", 1024},         {"kB", 1e3},
                               {"MB", 1e6}, {"MiB", 1048576}, {"GiB", 1073741824.0}, {"GB", 1e9}};

template <std::size_t n>
std::optional<double> ParseWithUnit(std::string_view text, const Unit (&units)[n]) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name == name && value * unit.factor < 9e15) return value * unit.factor;
  }
  return std::nullopt;
}

// ---- Checks ----

absl::Status OutOfRange(std::string_view path, const std::string& value, std::string_view range) {
  return absl::InvalidArgumentError(StrCat(path, ": ", value, " is not in the range ", range));
}

// 64 << 20 as 67108864, not as 6.71089e+07.
std::string Number(double value) {
  constexpr double kWholeBelow = 1e15;
  if (value != std::floor(value) || std::abs(value) >= kWholeBelow) return StrCat(value);
  return StrCat(static_cast<std::int64_t>(value));
}

// The ranges that config.proto's comments give.
class Checker {
 public:
  void Range(std::string_view path, double value, double low, double high) {
    if (!status_.ok() || (value >= low && value <= high)) return;
    status_ = OutOfRange(path, Number(value), StrCat(Number(low), " to ", Number(high)));
  }
  void Above(std::string_view path, double value, double low, double high) {
    if (!status_.ok() || (value > low && value <= high)) return;
    status_ = OutOfRange(path, Number(value), StrCat("above ", Number(low), " to ", Number(high)));
  }
  void Word(std::string_view path, const std::string& value, std::vector<std::string_view> words) {
    if (!status_.ok()) return;
    std::string all;
    for (const std::string_view word : words) {
      if (value == word) return;
      if (!word.empty()) all += StrCat(all.empty() ? "" : ", ", word);
    }
    Fail(StrCat(path, ": '", value, "' is none of ", all));
  }
  void NotEmpty(std::string_view path, const std::string& value, std::string_view remedy) {
    if (value.empty()) Fail(StrCat(path, ": is empty; ", remedy));
  }
  void Fail(const std::string& message) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(message);
  }
  absl::Status status() const { return status_; }

 private:
  absl::Status status_;
};

void CheckPlugin(const std::string& path, const v1::PluginUse& use, Checker* check) {
  check->NotEmpty(path + ".plugin", use.plugin(),
                  "give a name in the plugin directory, or an absolute path to a .so");
  check->Above(path + ".weight", use.weight(), 0, 1e6);
  check->Word(path + ".placement", use.placement(), {"", "in_process", "process"});
}

void CheckListen(const v1::Config& config, Checker* check) {
  const Result<ListenAddress> address = ParseListenAddress(config.listen());
  if (!address.ok()) return check->Fail(address.status().message());
  if (config.insecure_listen()) return;
  const Result<bool> is_loopback = IsLoopback(*address);
  if (!is_loopback.ok()) return check->Fail(is_loopback.status().message());
  if (!*is_loopback) {
    check->Fail(
        StrCat("listen: '", config.listen(),
               "' can be reached from other machines, and without TLS anyone there can read "
               "and write; use 127.0.0.1, or set insecure_listen: true (--insecure-listen) if "
               "the network is trusted"));
  }
}

// ---- Overrides ----

// "a.b.c" and a value, as {a: {b: {c: value}}}.
YAML::Node Nest(std::string_view path, const YAML::Node& value) {
  const std::size_t dot = path.find('.');
  YAML::Node node;
  if (dot == std::string_view::npos) {
    node[std::string(path)] = value;
  } else {
    node[std::string(path.substr(0, dot))] = Nest(path.substr(dot + 1), value);
  }
  return node;
}

// The number of the first line that is not UTF-8; 0 if all are.
std::size_t LineThatIsNoUtf8(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!IsUtf8(text.substr(0, end))) return number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}

// yaml-cpp reports by exceptions; they end here.
absl::StatusOr<YAML::Node> ParseYaml(const std::string& text, const std::string& what) {
  if (const std::size_t line = LineThatIsNoUtf8(text); line > 0) {
    // yaml-cpp would put U+FFFD in its place without a word.
    return absl::InvalidArgumentError(
        StrCat(what, ": line ", line, " is not valid UTF-8: save it as UTF-8"));
  }
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(StrCat(what, ": line ", error.mark.line + 1, ", column ",
                                             error.mark.column + 1, " is no YAML: ", error.msg));
  }
}

void FillItemDefaults(google::protobuf::Message* message) {
  if (auto* use = google::protobuf::DynamicCastToGenerated<v1::PluginUse>(message)) {
    use->set_weight(1);
  }
}

absl::Status Merge(const YAML::Node& node, v1::Config* config) {
  try {
    return MergeYaml(node, "", FillItemDefaults, config);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(StrCat("config: ", error.what()));
  }
}

absl::Status ApplyOverride(const std::string& text, v1::Config* config) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return absl::InvalidArgumentError(
        StrCat("--set '", text, "': write key=value, such as cycle.max_dataset_size=5000"));
  }
  const std::string path = text.substr(0, equals);
  ASSIGN_OR_RETURN(const YAML::Node value, ParseYaml(text.substr(equals + 1), "--set " + path));
  return Merge(Nest(path, value), config);
}

}  // namespace

absl::StatusOr<std::int64_t> ParseDurationMicros(std::string_view text) {
  const std::optional<double> micros = ParseWithUnit(text, kDurationUnits);
  if (!micros) {
    return absl::InvalidArgumentError(
        StrCat("'", text, "' is not a duration such as 1h, 90s or 3600"));
  }
  return std::llround(*micros);
}

absl::StatusOr<std::uint64_t> ParseSizeBytes(std::string_view text) {
  const std::optional<double> bytes = ParseWithUnit(text, kSizeUnits);
  if (!bytes || *bytes != std::floor(*bytes)) {
    return absl::InvalidArgumentError(
        StrCat("'", text, "' is not a size such as 64KiB, 1MiB or 4096"));
  }
  return static_cast<std::uint64_t>(*bytes);
}

v1::Config DefaultConfig() {
  v1::Config config;
  config.set_listen("127.0.0.1:50650");
  config.set_log_level("info");
  v1::ChatLogConfig* chat_log = config.mutable_chat_log();
  chat_log->set_max_chats(1000);
  chat_log->set_max_chat_bytes(1 << 20);
  chat_log->set_max_queued_chats(4096);
  chat_log->set_min_free_disk_percent(5);
  v1::CycleConfig* cycle = config.mutable_cycle();
  cycle->set_min_chats_for_learning(20);
  cycle->mutable_enhancement_interval()->set_seconds(3600);
  cycle->set_max_dataset_size(5000);
  cycle->set_eviction("lowest_score");
  cycle->set_held_out_share(0.05);
  cycle->set_validation_share(0.05);
  cycle->set_min_new_examples_to_train(20);
  cycle->set_seed(1);
  cycle->set_max_model_written_share(0.25);
  config.mutable_gate()->set_min_improvement(0.002);
  config.mutable_gate()->set_mode("enforce");
  config.mutable_scoring()->mutable_min_score()->set_points(5);
  config.mutable_scoring()->mutable_min_score()->set_of(7);
  v1::PluginUse* scorer = config.mutable_scoring()->add_scorers();
  FillItemDefaults(scorer);
  scorer->set_plugin("heuristic_scorer");
  config.mutable_variation()->set_max_per_cycle(9);
  v1::PluginUse* generator = config.mutable_variation()->add_generators();
  FillItemDefaults(generator);
  generator->set_plugin("pattern_variation");
  config.mutable_training()->set_trainer("torch");
  config.mutable_training()->set_nice(10);
  config.mutable_training()->set_max_minutes(30);
  config.mutable_serving()->set_runtime("torch");
  config.mutable_plugins()->set_directory("../lib/amooz/plugins");
  config.mutable_plugins()->set_max_call_minutes(30);
  return config;
}

absl::StatusOr<v1::Config> LoadConfig(const ConfigSources& sources) {
  v1::Config config = DefaultConfig();
  if (!sources.file.empty()) {
    const Result<std::string> text = Env::Default()->ReadFile(sources.file);
    if (!text.ok()) {
      return absl::Status(static_cast<absl::StatusCode>(text.status().code()),
                          StrCat("config file: ", text.status().message()));
    }
    ASSIGN_OR_RETURN(const YAML::Node node, ParseYaml(*text, "config file"));
    RETURN_IF_ERROR(Merge(node, &config));
  }
  for (const std::string& text : sources.overrides) RETURN_IF_ERROR(ApplyOverride(text, &config));
  if (!sources.data_dir.empty()) config.set_data_dir(sources.data_dir);
  if (!sources.listen.empty()) config.set_listen(sources.listen);
  RETURN_IF_ERROR(CheckConfig(config));
  // Named in messages, which are read in other folders too.
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(config.data_dir(), ignored).lexically_normal();
  if (!ignored)
    config.set_data_dir((absolute.has_filename() ? absolute : absolute.parent_path()).string());
  return config;
}

absl::Status CheckConfig(const v1::Config& config) {
  Checker check;
  check.NotEmpty("data_dir", config.data_dir(), "give the folder in the file or with --data-dir");
  CheckListen(config, &check);
  check.Word("log_level", config.log_level(), {"debug", "info", "warning", "error"});

  const v1::ChatLogConfig& chat_log = config.chat_log();
  check.Range("chat_log.max_chats", chat_log.max_chats(), 0, 1e7);
  // However many turns it is cut into, it crosses to a plugin's process in one frame of 64 MiB.
  check.Range("chat_log.max_chat_bytes", chat_log.max_chat_bytes(), 1024, 16 << 20);
  check.Range("chat_log.max_queued_chats", chat_log.max_queued_chats(), 1, 1e6);
  check.Range("chat_log.min_free_disk_percent", chat_log.min_free_disk_percent(), 0, 90);

  const v1::CycleConfig& cycle = config.cycle();
  check.Range("cycle.min_chats_for_learning", cycle.min_chats_for_learning(), 0, 1e6);
  const double interval_seconds = static_cast<double>(cycle.enhancement_interval().seconds()) +
                                  cycle.enhancement_interval().nanos() * 1e-9;
  check.Range("cycle.enhancement_interval (seconds)", interval_seconds, 1, 30 * 86400);
  check.Range("cycle.max_dataset_size", cycle.max_dataset_size(), 1, 1e7);
  check.Word("cycle.eviction", cycle.eviction(), {"lowest_score", "newest_first"});
  check.Range("cycle.held_out_share", cycle.held_out_share(), 0, 0.5);
  check.Range("cycle.validation_share", cycle.validation_share(), 0, 0.5);
  check.Range("cycle.min_new_examples_to_train", cycle.min_new_examples_to_train(), 0, 1e7);
  check.Range("cycle.max_model_written_share", cycle.max_model_written_share(), 0, 1);

  check.Range("gate.min_improvement", config.gate().min_improvement(), 0, 1);
  check.Word("gate.mode", config.gate().mode(), {"enforce", "report_only"});

  const v1::MinScore& min_score = config.scoring().min_score();
  check.Range("scoring.min_score.points", min_score.points(), 0, 1000);
  check.Above("scoring.min_score.of", min_score.of(), 0, 1000);
  if (min_score.points() > min_score.of()) {
    check.Fail(StrCat("scoring.min_score.points: ", min_score.points(), " of ", min_score.of(),
                      " can never be reached"));
  }
  if (config.scoring().scorers().empty()) {
    check.Fail("scoring.scorers: is empty; without a scorer no chat can be accepted");
  }
  for (int i = 0; i < config.scoring().scorers_size(); ++i) {
    CheckPlugin(StrCat("scoring.scorers.", i), config.scoring().scorers(i), &check);
  }
  check.Range("variation.max_per_cycle", config.variation().max_per_cycle(), 0, 100000);
  for (int i = 0; i < config.variation().generators_size(); ++i) {
    CheckPlugin(StrCat("variation.generators.", i), config.variation().generators(i), &check);
  }
  const v1::TrainingConfig& training = config.training();
  check.NotEmpty("training.trainer", training.trainer(), "name a trainer plugin");
  check.Range("training.cpu_threads", training.cpu_threads(), 0, 1024);
  check.Range("training.nice", training.nice(), 0, 19);
  check.Range("training.max_minutes", training.max_minutes(), 0, 100000);
  check.NotEmpty("serving.runtime", config.serving().runtime(), "name a model runtime plugin");
  check.NotEmpty("plugins.directory", config.plugins().directory(), "name the plugins' folder");
  check.Range("plugins.max_call_minutes", config.plugins().max_call_minutes(), 0, 100000);
  return check.status();
}

absl::StatusOr<std::string> ConfigToJson(const v1::Config& config) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(config, &json, options).ok()) {
    return absl::InternalError("config: it cannot be written as JSON");
  }
  // Protobuf prints maps in any order; nlohmann sorts them.
  const nlohmann::json sorted = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (sorted.is_discarded()) return absl::InternalError("config: its JSON cannot be read back");
  return sorted.dump();
}

absl::StatusOr<v1::Config> ConfigFromJson(std::string_view json) {
  v1::Config config;
  if (!google::protobuf::util::JsonStringToMessage(std::string(json), &config).ok()) {
    return absl::DataLossError("config: the JSON kept with a cycle cannot be read");
  }
  return config;
}

}  // namespace amooz
