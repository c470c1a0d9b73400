#include "core/server/chat_convert.h"

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "core/cycle/convert.h"
#include "core/server/explanation.h"
#include "core/server/validate.h"

namespace amooz::server {
namespace {

using google::protobuf::util::TimeUtil;

// Enumerations have the same numbers on both sides (core/base/domain.h).
static_assert(static_cast<int>(Role::kSystem) == v1::ROLE_SYSTEM);
static_assert(static_cast<int>(Author::kModel) == v1::RESPONSE_AUTHOR_MODEL);
static_assert(static_cast<int>(Outcome::kUnread) == v1::CHAT_OUTCOME_UNREAD);
static_assert(static_cast<int>(Outcome::kDuplicateOfExample) ==
              v1::CHAT_OUTCOME_DUPLICATE_OF_EXAMPLE);

absl::StatusOr<Role> ToRole(v1::Role role, int turn) {
  if (role == v1::ROLE_USER || role == v1::ROLE_ASSISTANT || role == v1::ROLE_SYSTEM) {
    return static_cast<Role>(role);
  }
  return absl::InvalidArgumentError(absl::StrCat("chat.context[", turn, "].role is ",
                                                 static_cast<int>(role),
                                                 "; use ROLE_USER, ROLE_ASSISTANT or ROLE_SYSTEM"));
}

absl::StatusOr<std::int64_t> ToMicros(const google::protobuf::Timestamp& time) {
  const bool is_valid = time.seconds() >= TimeUtil::kTimestampMinSeconds &&
                        time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
                        time.nanos() < 1'000'000'000;
  if (is_valid) return TimeUtil::TimestampToMicroseconds(time);
  return absl::InvalidArgumentError(
      "chat.time is no time between the years 1 and 9999; leave it unset for the time of arrival");
}

void SetTime(std::int64_t time_us, google::protobuf::Timestamp* time) {
  *time = TimeUtil::MicrosecondsToTimestamp(time_us);
}

template <class Turns>
void AddTurns(const std::vector<Turn>& turns, Turns* out) {
  for (const Turn& turn : turns) {
    v1::Turn* added = out->Add();
    added->set_role(static_cast<v1::Role>(turn.role));
    added->set_text(turn.text);
  }
}

v1::ChatDecision ToProto(const Decision& decision, const ChatExplanation& explanation) {
  v1::ChatDecision proto;
  proto.set_cycle_id(ToCount(decision.cycle_id));
  proto.set_outcome(static_cast<v1::ChatOutcome>(decision.outcome));
  proto.set_explanation(ExplainDecision(decision, explanation));
  proto.set_reason(decision.reason);
  if (decision.score.has_value()) {
    proto.set_score(*decision.score);
    proto.set_points(decision.points);
  }
  proto.set_points_of(decision.of);
  proto.set_points_needed(decision.needed);
  for (const auto& issue : absl::StrSplit(decision.issues, ',', absl::SkipEmpty())) {
    proto.add_issues(std::string(issue));
  }
  if (explanation.duplicate_of_chat.has_value()) {
    proto.set_duplicate_of_chat(ToString(*explanation.duplicate_of_chat));
  }
  if (decision.duplicate_of_example.has_value()) {
    proto.set_duplicate_of_example(ToCount(*decision.duplicate_of_example));
  }
  return proto;
}

}  // namespace

absl::StatusOr<ChatContent> ToContent(v1::Chat&& chat) {
  ChatContent content;
  content.instruction = std::move(*chat.mutable_instruction());
  content.response = std::move(*chat.mutable_response());
  content.context.reserve(static_cast<std::size_t>(chat.context_size()));
  for (int i = 0; i < chat.context_size(); ++i) {
    ASSIGN_OR_RETURN(const Role role, ToRole(chat.context(i).role(), i));
    content.context.push_back({role, std::move(*chat.mutable_context(i)->mutable_text())});
  }
  if (chat.has_time()) {
    ASSIGN_OR_RETURN(content.time_us, ToMicros(chat.time()));
  }
  content.subject = std::move(*chat.mutable_subject());
  content.source = std::move(*chat.mutable_source());
  if (!v1::ResponseAuthor_IsValid(chat.response_author())) {
    return absl::InvalidArgumentError(
        absl::StrCat("chat.response_author is ", static_cast<int>(chat.response_author()),
                     "; use RESPONSE_AUTHOR_HUMAN or RESPONSE_AUTHOR_MODEL, or leave it unset"));
  }
  content.author = static_cast<Author>(chat.response_author());
  content.model_digest = std::move(*chat.mutable_model_digest());
  content.client_id = std::move(*chat.mutable_id());
  return content;
}

v1::Chat ToProto(const ChatContent& content) {
  v1::Chat proto;
  proto.set_instruction(content.instruction);
  proto.set_response(content.response);
  AddTurns(content.context, proto.mutable_context());
  if (content.time_us.has_value()) SetTime(*content.time_us, proto.mutable_time());
  proto.set_subject(content.subject);
  proto.set_source(content.source);
  proto.set_response_author(static_cast<v1::ResponseAuthor>(content.author));
  proto.set_model_digest(content.model_digest);
  proto.set_id(content.client_id);
  return proto;
}

v1::ChatRecord ToProto(const ChatRecord& record) {
  v1::ChatRecord proto;
  proto.set_producer(record.key.producer);
  proto.set_seq(static_cast<std::uint64_t>(record.key.seq));
  *proto.mutable_chat() = ToProto(record.content);
  proto.mutable_chat()->set_id(record.client_id);
  proto.set_is_retired(record.is_retired);
  proto.set_digest(record.digest);
  proto.set_outcome(static_cast<v1::ChatOutcome>(record.outcome()));
  SetTime(record.received_us, proto.mutable_received_at());
  return proto;
}

v1::ExplainChatResponse ToProto(const ChatExplanation& explanation) {
  v1::ExplainChatResponse proto;
  *proto.mutable_chat() = ToProto(explanation.chat);
  if (explanation.chat.decision.has_value()) {
    const Decision& decision = *explanation.chat.decision;
    *proto.mutable_decision() = ToProto(decision, explanation);
    if (decision.evicted_in.has_value()) proto.set_evicted_in(ToCount(*decision.evicted_in));
  }
  if (explanation.example.has_value()) {
    *proto.mutable_example() = cycle::ToProto(*explanation.example);
  }
  return proto;
}

}  // namespace amooz::server
