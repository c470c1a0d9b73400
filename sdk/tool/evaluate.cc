#include <cmath>
#include <cstdio>

#include "sdk/base/json.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/interrupt.h"
#include "sdk/tool/rows.h"
#include "sdk/tool/table.h"

namespace amooz::tool {
namespace {

using nlohmann::ordered_json;

struct Total {
  std::size_t failed = 0;
  std::size_t bytes = 0;
  std::uint64_t tokens = 0;
  double nll = 0;
  // The end token's cost is in it, its bytes are not: there are none.
  double BitsPerByte() const { return nll / std::log(2.0) / static_cast<double>(bytes); }
};

Total Sum(const std::vector<host::Example>& rows,
          const std::vector<host::EvaluateResult>& results) {
  Total total;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].nll.has_value()) {
      ++total.failed;
      continue;
    }
    total.bytes += rows[i].response.size();
    total.tokens += results[i].tokens;
    total.nll += *results[i].nll;
  }
  return total;
}

void PrintJson(const std::vector<host::EvaluateResult>& results, const Total& total) {
  ordered_json examples = ordered_json::array();
  for (const host::EvaluateResult& result : results) {
    examples.push_back(
        {{"nll", result.nll.has_value() ? ordered_json(*result.nll) : ordered_json()},
         {"tokens", result.tokens},
         {"failure", result.failure}});
  }
  ordered_json all{{"examples", examples},
                   {"total",
                    {{"nll", total.nll},
                     {"tokens", total.tokens},
                     {"response_bytes", total.bytes},
                     {"failed", total.failed}}}};
  all["total"]["bits_per_byte"] =
      total.bytes > 0 ? ordered_json(total.BitsPerByte()) : ordered_json();
  std::printf("%s\n", all.dump().c_str());
}

void PrintTable(const std::vector<host::Example>& rows,
                const std::vector<host::EvaluateResult>& results, const Total& total) {
  std::vector<std::vector<std::string>> table;
  for (std::size_t i = 0; i < results.size(); ++i) {
    table.push_back({std::to_string(i + 1), std::to_string(rows[i].response.size()),
                     std::to_string(results[i].tokens),
                     results[i].nll.has_value() ? Fixed(*results[i].nll, 3) : "-",
                     results[i].failure});
  }
  std::printf("%s", FormatTable({"row", "bytes", "tokens", "nll", "failure"}, table).c_str());
  if (total.bytes > 0) {
    std::printf("bits per byte of response: %s (%zu bytes, %zu rows failed)\n",
                Fixed(total.BitsPerByte(), 4).c_str(), total.bytes, total.failed);
  }
}

}  // namespace

Status RunEvaluate(const EvaluateOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<host::Example> rows, ReadRows(options.in));
  const host::CallOptions call{StopOnInterrupt(), nullptr, 0};
  AMOOZ_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(options.plugin, options.model, call));
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<host::EvaluateResult> results,
                         opened.model->Evaluate(rows, call));
  const Total total = Sum(rows, results);
  if (options.json) {
    PrintJson(results, total);
  } else {
    PrintTable(rows, results, total);
  }
  return Status::Ok();
}

}  // namespace amooz::tool
