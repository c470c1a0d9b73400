#include <array>
#include <cstdio>

#include "sdk/base/json.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/interrupt.h"
#include "sdk/tool/rows.h"

namespace amooz::tool {
namespace {

std::string FinishName(std::int32_t reason) {
  static constexpr std::array<const char*, 5> kNames{"unknown", "end", "length", "stop",
                                                     "cancelled"};
  return kNames[reason >= 1 && reason <= 4 ? static_cast<std::size_t>(reason) : 0];
}

}  // namespace

Status RunGenerate(const GenerateOptions& options) {
  host::GenerateRequest request = options.request;
  if (!options.context.empty()) {
    AMOOZ_ASSIGN_OR_RETURN(request.context, ParseContext(options.context));
  }
  const host::CallOptions call{StopOnInterrupt(), nullptr, 0};
  AMOOZ_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(options.plugin, options.model, call));
  std::string text;
  const auto on_chunk = [&](std::string_view piece) {
    if (options.json) {
      text.append(piece);
    } else {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
    }
    return true;
  };
  AMOOZ_ASSIGN_OR_RETURN(const host::GenerateResult result,
                         opened.model->Generate(request, on_chunk, call));
  if (options.json) {
    const nlohmann::ordered_json reply{{"text", text},
                                       {"finish_reason", FinishName(result.finish_reason)},
                                       {"prompt_tokens", result.prompt_tokens},
                                       {"reply_tokens", result.reply_tokens}};
    std::printf("%s\n", reply.dump().c_str());
  } else {
    std::printf("\n");
  }
  return Status::Ok();
}

}  // namespace amooz::tool
