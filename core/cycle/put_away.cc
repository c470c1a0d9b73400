#include "core/cycle/put_away.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/convert.h"
#include "core/cycle/exports.h"
#include "core/cycle/model_stages.h"

namespace amooz::cycle {
namespace {

constexpr char kPutAway[] = "cycle.put_away";

}  // namespace

void PutAway(const CycleManagerOptions& options, const Cycle& cycle, const v1::Config& config) {
  bool is_whole = true;
  const auto tell = [&](std::string_view what, const absl::Status& status) {
    if (status.ok()) return;
    is_whole = false;
    if (options.log) {
      options.log(
          2, StrCat("after cycle ", cycle.id, ", ", what, ": ", std::string(status.message())));
    }
  };
  tell("deleting the checkpoint", ToAbsl(options.env->RemoveAll(CheckpointDir(config, cycle.id))));
  tell("deleting the trainer's output", options.models->DropStaging(StagingName(cycle.id)));
  const bool has_trained = !cycle.candidate_digest.empty();
  const bool clears = config.chat_log().clear_after_training() && has_trained;
  const auto kept = static_cast<std::int64_t>(config.chat_log().max_chats());
  tell("retiring chats", options.store->RetireChatTexts(clears ? 0 : kept).status());
  tell("deleting old models", options.models->DeleteOldModels().status());
  if (cycle.version && cycle.state != CycleState::kFinished) {
    tell("writing dataset.json",
         WriteDatasetJson(options.store, options.env, config.data_dir(), *cycle.version));
  }
  if (is_whole) {
    tell("remembering it", options.store->SetMeta(kPutAway, std::to_string(cycle.id)));
  }
}

absl::Status PutAwayIfOwed(const CycleManagerOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<Cycle> newest, options.store->ListCycles(0, 1));
  if (newest.empty() || newest[0].state == CycleState::kRunning) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<std::string> done, options.store->GetMeta(kPutAway));
  if (done == std::to_string(newest[0].id)) return absl::OkStatus();
  v1::Config config;
  // One that cannot be read is why that cycle failed; it must not keep the server from starting.
  if (!FromJson(newest[0].config_json, "the cycle's frozen config", &config).ok()) {
    config = options.config;
  }
  config.set_data_dir(options.config.data_dir());
  PutAway(options, newest[0], config);
  return absl::OkStatus();
}

}  // namespace amooz::cycle
