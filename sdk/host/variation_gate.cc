#include "sdk/host/variation_gate.h"

#include "sdk/base/json.h"
#include "sdk/base/utf8.h"

namespace amooz::host {
namespace {

constexpr std::int32_t kExists = 1;
constexpr std::int32_t kStop = 2;

// Why this is no pair; "" if it is one.
std::string Objection(const GeneratedVariation& variation) {
  for (const std::string* text : {&variation.instruction, &variation.response}) {
    if (text->empty()) return "it has an empty text";
    if (text->size() > VariationGate::kMaxTextBytes) return "a text is longer than 1 MiB";
    if (!IsUtf8(*text)) return "a text is not UTF-8";
    if (text->find('\0') != std::string::npos) return "a text holds U+0000";
  }
  if (variation.meta_json.empty()) return {};
  const Result<nlohmann::json> meta = ParseJson(variation.meta_json, "meta_json");
  return meta.ok() && meta->is_object() ? "" : "its meta_json is not an object";
}

}  // namespace

VariationGate::VariationGate(std::uint64_t count, std::uint64_t sources,
                             const VariationGenerator::Offer& offer,
                             std::function<void(const std::string&)> warn)
    : count_(count), sources_(sources), offer_(offer), warn_(std::move(warn)) {}

void VariationGate::Warn(const std::string& warning) {
  if (++warnings_ <= kMaxWarnings) warn_(warning);
  if (warnings_ == kMaxWarnings)
    warn_("further warnings about this call's variations are not told");
}

std::int32_t VariationGate::Emit(GeneratedVariation variation) {
  const MutexLock lock(&mutex_);
  if (kept_ >= count_) {
    if (!warned_of_excess_) Warn("more variations than asked for were emitted; they are ignored");
    warned_of_excess_ = true;
    return kStop;
  }
  if (const std::string objection = Objection(variation); !objection.empty()) {
    Warn("a variation was refused: " + objection);
    return kExists;
  }
  const std::int64_t source = variation.source_index;
  if (source < -1 || (source >= 0 && static_cast<std::uint64_t>(source) >= sources_)) {
    Warn("a bug in the plugin: a variation names example " + std::to_string(source) +
         " as its source, of " + std::to_string(sources_) + "; it is kept without a source");
    variation.source_index = -1;
  }
  const std::int32_t answer = offer_(variation);
  if (answer == 0) ++kept_;
  return answer;
}

Status VariationGate::Outcome(const Status& status) {
  const MutexLock lock(&mutex_);
  return status.code() == Code::kCancelled && kept_ >= count_ ? Status::Ok() : status;
}

}  // namespace amooz::host
