// The configuration: amooz.yaml and --set overrides, read into the typed amooz::v1::Config whose
// comments (proto/amooz/v1/config.proto) give each field's unit, default and range. What comes out
// is complete and checked: code that reads it checks nothing again.
//
//   ASSIGN_OR_RETURN(v1::Config config, LoadConfig({.file = "amooz.yaml",
//                                                   .overrides = {"cycle.seed=2"}}));
//
// Errors are INVALID_ARGUMENT and name the field's path, the value, and what is allowed; an unknown
// key is refused with the nearest known one.
#ifndef AMOOZ_CORE_BASE_CONFIG_H_
#define AMOOZ_CORE_BASE_CONFIG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"

namespace amooz {

struct ConfigSources {
  std::string file{};  // "": defaults alone
  // "key.path=value" in order, each over what came before. The value is read as YAML: a number with
  // its unit, {a: b}, [a, b]. An item of a list is reached by its index:
  // "scoring.scorers.0.config.mode=classic".
  std::vector<std::string> overrides{};
  std::string data_dir{};  // of --data-dir; over all else unless ""
  std::string listen{};    // of --listen; likewise
};

// The defaults; data_dir is empty.
v1::Config DefaultConfig();

// NOT_FOUND if the file is missing. Fails if no data_dir is given anywhere.
absl::StatusOr<v1::Config> LoadConfig(const ConfigSources& sources);

// Ranges, words and relations between fields; LoadConfig calls it.
absl::Status CheckConfig(const v1::Config& config);

// For a cycle's row: JSON with sorted keys and the proto's own field names, equal for equal
// configs.
absl::StatusOr<std::string> ConfigToJson(const v1::Config& config);
absl::StatusOr<v1::Config> ConfigFromJson(std::string_view json);

// "90s", "1h", "500ms", "2d", "3600" (seconds), as microseconds.
absl::StatusOr<std::int64_t> ParseDurationMicros(std::string_view text);
// "1MiB", "64KiB", "1GiB", "4096" (bytes).
absl::StatusOr<std::uint64_t> ParseSizeBytes(std::string_view text);

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_CONFIG_H_
