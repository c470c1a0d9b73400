#include "core/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "core/base/str_cat.h"

namespace amooz {

absl::Status SetUpLog(std::string_view level) {
  spdlog::level::level_enum chosen = spdlog::level::info;
  if (level == "debug") {
    chosen = spdlog::level::debug;
  } else if (level == "warning") {
    chosen = spdlog::level::warn;
  } else if (level == "error") {
    chosen = spdlog::level::err;
  } else if (level != "info") {
    return absl::InvalidArgumentError(
        StrCat("log_level: '", level, "' is not known; use debug, info, warning or error"));
  }
  auto logger =
      std::make_shared<spdlog::logger>("amooz", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(chosen);
  logger->flush_on(spdlog::level::info);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

}  // namespace amooz
