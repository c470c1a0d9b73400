#include <cstdio>
#include <set>
#include <utility>

#include "amooz/sdk/abi.h"
#include "sdk/base/json.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/interrupt.h"
#include "sdk/tool/rows.h"

namespace amooz::tool {

Status RunVary(const VaryOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(std::vector<host::Example> rows, ReadRows(options.in));
  const host::CallOptions call{StopOnInterrupt(), nullptr, 0};
  AMOOZ_ASSIGN_OR_RETURN(const std::unique_ptr<host::Plugin> plugin,
                         Open(options.plugin, host::Kind::kVariation, call.stop));
  std::set<std::pair<std::string, std::string>> known;
  for (host::Example& row : rows) {
    row.split = AMOOZ_SPLIT_TRAIN;
    known.emplace(row.instruction, row.response);
  }
  host::VectorExampleSource source(std::move(rows), {});
  const auto print_if_new = [&](const host::GeneratedVariation& variation) {
    if (!known.emplace(variation.instruction, variation.response).second) return 1;
    nlohmann::ordered_json line{{"instruction", variation.instruction},
                                {"response", variation.response}};
    if (variation.source_index >= 0) line["source_row"] = variation.source_index + 1;
    std::printf("%s\n", line.dump().c_str());
    return 0;
  };
  return plugin->variation()->Generate(options.count, options.seed, &source, print_if_new, call);
}

}  // namespace amooz::tool
