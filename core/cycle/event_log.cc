#include "core/cycle/event_log.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <cmath>
#include <utility>

#include "core/base/status_macros.h"

namespace amooz::cycle {
namespace {

constexpr auto kWriteEvery = std::chrono::milliseconds(100);
constexpr std::int64_t kProgressEveryUs = 250'000;

std::string_view LevelName(std::int32_t level) {
  switch (level) {
    case 0:
      return "debug";
    case 1:
      return "info";
    case 2:
      return "warning";
    default:
      return "error";
  }
}

const google::protobuf::FieldDescriptor* KindOf(const v1::CycleEvent& event) {
  const auto* oneof = v1::CycleEvent::descriptor()->FindOneofByName("kind");
  return event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
}

}  // namespace

NewEvent MakeEvent(Stage stage, const v1::CycleEvent& event, std::int64_t time_us) {
  NewEvent made;
  made.stage = stage;
  made.time_us = time_us;
  const auto* field = KindOf(event);
  made.kind = field->name();
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(
      event.GetReflection()->GetMessage(event, field), &made.payload, options);
  if (!status.ok()) made.payload = "{}";  // text that is not UTF-8: the event itself still counts
  return made;
}

absl::StatusOr<v1::CycleEvent> ToProto(const CycleEvent& event) {
  v1::CycleEvent proto;
  proto.set_number(static_cast<std::uint32_t>(event.number));
  *proto.mutable_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(event.time_us);
  proto.set_stage(static_cast<v1::Stage>(event.stage));
  const auto* field = v1::CycleEvent::descriptor()->FindFieldByName(event.kind);
  if (field == nullptr || field->containing_oneof() == nullptr) {
    return absl::DataLossError("event " + std::to_string(event.number) + " is of an unknown kind");
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(
      event.payload, proto.GetReflection()->MutableMessage(&proto, field), options);
  if (!status.ok())
    return absl::DataLossError("event " + std::to_string(event.number) + " cannot be read");
  return proto;
}

EventLog::EventLog(Store* store, CycleId cycle_id, Clock* clock, Listeners* listeners)
    : store_(store), cycle_id_(cycle_id), clock_(clock), listeners_(listeners), writer_([this] {
        WriteUntilClosed();
      }) {}

EventLog::~EventLog() {
  {
    MutexLock lock(&mutex_);
    is_closed_ = true;
    changed_.SignalAll();
  }
  writer_.join();
  WritePending();
}

void EventLog::Add(Stage stage, const v1::CycleEvent& event) {
  NewEvent made = MakeEvent(stage, event, clock_->NowMicros());
  MutexLock lock(&mutex_);
  pending_.push_back(std::move(made));
  if (pending_.size() == 1) changed_.SignalAll();
}

void EventLog::StageStarted(Stage stage) {
  v1::CycleEvent event;
  event.mutable_stage_started();
  Add(stage, event);
}

void EventLog::StageFinished(Stage stage, const std::string& message) {
  v1::CycleEvent event;
  event.mutable_stage_finished()->set_message(message);
  Add(stage, event);
}

void EventLog::Log(Stage stage, std::int32_t level, std::string_view message) {
  v1::CycleEvent event;
  event.mutable_log()->set_level(std::string(LevelName(level)));
  event.mutable_log()->set_message(std::string(message));
  Add(stage, event);
}

void EventLog::Fact(Stage stage, std::string_view name, std::string_view value) {
  v1::CycleEvent event;
  event.mutable_fact()->set_name(std::string(name));
  event.mutable_fact()->set_value(std::string(value));
  Add(stage, event);
}

void EventLog::Metric(Stage stage, std::string_view name, double value, std::int64_t step) {
  v1::CycleEvent event;
  event.mutable_metric()->set_name(std::string(name));
  event.mutable_metric()->set_value(value);
  event.mutable_metric()->set_step(static_cast<std::uint32_t>(step));
  Add(stage, event);
}

void EventLog::Progress(Stage stage, std::uint64_t done, std::uint64_t total) {
  {
    MutexLock lock(&mutex_);
    const std::int64_t now = clock_->NowMicros();
    if (done != total && now - last_progress_us_ < kProgressEveryUs && now >= last_progress_us_)
      return;
    last_progress_us_ = now;
  }
  v1::CycleEvent event;
  event.mutable_progress()->set_done(static_cast<std::uint32_t>(done));
  event.mutable_progress()->set_total(static_cast<std::uint32_t>(total));
  Add(stage, event);
}

void EventLog::Resumed(Stage stage, std::uint64_t step) {
  v1::CycleEvent event;
  event.mutable_resumed()->set_step(static_cast<std::uint32_t>(step));
  Add(stage, event);
}

std::vector<NewEvent> EventLog::TakePending() {
  MutexLock lock(&mutex_);
  return std::exchange(pending_, {});
}

absl::Status EventLog::CommitWith(
    const std::function<absl::Status(std::vector<NewEvent>)>& commit) {
  {
    MutexLock lock(&writing_);
    RETURN_IF_ERROR(commit(TakePending()));
  }
  listeners_->Notify();
  return absl::OkStatus();
}

void EventLog::WritePending() {
  {
    MutexLock lock(&writing_);
    const std::vector<NewEvent> events = TakePending();
    if (events.empty()) return;
    // A full disk costs events, not the cycle: what must last goes through CommitWith.
    if (!store_->AppendEvents(cycle_id_, events).ok()) return;
  }
  listeners_->Notify();
}

void EventLog::WriteUntilClosed() {
  mutex_.Lock();
  while (!is_closed_) {
    if (pending_.empty()) {
      changed_.Wait(&mutex_);
      continue;
    }
    // Gathers for a moment, so that a busy trainer costs ten commits a second at most.
    changed_.WaitFor(&mutex_, kWriteEvery);
    mutex_.Unlock();
    WritePending();
    mutex_.Lock();
  }
  mutex_.Unlock();
}

}  // namespace amooz::cycle
