#include "core/base/domain.h"

#include <charconv>

namespace amooz {

std::string ToString(const ChatKey& key) { return key.producer + "/" + std::to_string(key.seq); }

std::optional<ChatKey> ParseChatKey(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view digits = text.substr(slash + 1);
  ChatKey key{.producer = std::string(text.substr(0, slash)), .seq = 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), key.seq);
  if (error != std::errc() || end != digits.data() + digits.size() || key.seq < 1) {
    return std::nullopt;
  }
  return key;
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kUnread:
      return "unread";
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kVetoed:
      return "vetoed";
    case Outcome::kLowQuality:
      return "low_quality";
    case Outcome::kDuplicateOfChat:
      return "duplicate_of_chat";
    case Outcome::kDuplicateOfExample:
      return "duplicate_of_example";
  }
  return "unknown";
}

std::string_view OriginName(Origin origin) {
  switch (origin) {
    case Origin::kImport:
      return "import";
    case Origin::kChat:
      return "chat";
    case Origin::kVariation:
      return "variation";
  }
  return "unknown";
}

std::string_view SplitName(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kHeldOut:
      return "held_out";
    case Split::kExcluded:
      return "excluded";
  }
  return "unknown";
}

std::string_view ExclusionName(Exclusion exclusion) {
  switch (exclusion) {
    case Exclusion::kNone:
      return "";
    case Exclusion::kEqualsHeldOut:
      return "equals_held_out";
    case Exclusion::kContextHoldsHeldOut:
      return "context_holds_held_out";
    case Exclusion::kModelShare:
      return "model_share";
  }
  return "unknown";
}

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kCollect:
      return "collect";
    case Stage::kScore:
      return "score";
    case Stage::kSelect:
      return "select";
    case Stage::kVary:
      return "vary";
    case Stage::kMerge:
      return "merge";
    case Stage::kSnapshot:
      return "snapshot";
    case Stage::kTrain:
      return "train";
    case Stage::kEvaluate:
      return "evaluate";
    case Stage::kPromote:
      return "promote";
    case Stage::kReport:
      return "report";
  }
  return "unknown";
}

std::string_view CycleStateName(CycleState state) {
  switch (state) {
    case CycleState::kRunning:
      return "running";
    case CycleState::kFinished:
      return "finished";
    case CycleState::kFailed:
      return "failed";
    case CycleState::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view ModelStateName(ModelState state) {
  switch (state) {
    case ModelState::kCandidate:
      return "candidate";
    case ModelState::kActive:
      return "active";
    case ModelState::kRetired:
      return "retired";
    case ModelState::kRejected:
      return "rejected";
    case ModelState::kDeleted:
      return "deleted";
  }
  return "unknown";
}

std::string_view PromotionKindName(PromotionKind kind) {
  switch (kind) {
    case PromotionKind::kGate:
      return "gate";
    case PromotionKind::kByHand:
      return "by hand";
    case PromotionKind::kRollback:
      return "rollback";
  }
  return "unknown";
}

}  // namespace amooz
