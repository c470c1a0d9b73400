#include "sdk/host/remote_call.h"

#include <chrono>
#include <utility>

#include "sdk/base/utf8.h"

namespace amooz::host {
namespace {

// Waits end by a signal; the deadline, which signals nobody, is looked at this often.
constexpr std::chrono::milliseconds kLookEvery{50};

bool IsSplit(std::int32_t split) {
  return split == AMOOZ_SPLIT_TRAIN || split == AMOOZ_SPLIT_VALIDATION;
}
std::size_t IndexOf(std::int32_t split) { return split == AMOOZ_SPLIT_TRAIN ? 0 : 1; }

}  // namespace

RemoteCall::RemoteCall(FrameSocket* socket, std::uint64_t id, const CallStart& start,
                       const Environment& environment)
    : CallContext(start.deadline_ns, nullptr),
      socket_(socket),
      id_(id),
      environment_(environment),
      counts_{start.train_count, start.validation_count} {}

void RemoteCall::OnStop() {
  const MutexLock lock(&mutex_);
  changed_.SignalAll();
}

void RemoteCall::OnCredit(std::string_view payload) {
  CreditMessage credit;
  if (!Decode(payload, &credit).ok()) return;
  const MutexLock lock(&mutex_);
  credits_ += credit.notices;
  changed_.SignalAll();
}

void RemoteCall::OnVariationAnswer(std::string_view payload) {
  VariationAnswer answer;
  if (!Decode(payload, &answer).ok()) return;
  const MutexLock lock(&mutex_);
  variation_answer_ = answer.answer;
  changed_.SignalAll();
}

void RemoteCall::OnExamples(std::string payload) {
  auto batch = std::make_unique<Batch>();
  batch->payload = std::move(payload);
  if (!Decode(batch->payload, &batch->message).ok() || !IsSplit(batch->message.split)) return;
  batch->array =
      std::make_unique<ExampleArray>(std::span<const ExampleMessage>(batch->message.examples));
  const MutexLock lock(&mutex_);
  Pull& pull = pulls_[IndexOf(batch->message.split)];
  if (pull.asked != batch->message.first) return;  // asked for before a rewind
  pull.asked.reset();
  pull.ahead = std::move(batch);
  changed_.SignalAll();
}

bool RemoteCall::SendNotice(FrameType type, const std::string& payload) {
  {
    const MutexLock lock(&mutex_);
    while (credits_ == 0) {
      if (ShouldStop()) return false;
      changed_.WaitFor(&mutex_, kLookEvery);
    }
    --credits_;
  }
  return socket_->Send(type, id_, payload).ok();
}

void RemoteCall::Progress(std::uint64_t done, std::uint64_t total) {
  SendNotice(FrameType::kProgress, Encode(ProgressMessage{done, total}));
}

void RemoteCall::OnLog(std::int32_t level, std::string_view message) {
  SendNotice(FrameType::kLog, Encode(LogMessage{level, message}));
}

void RemoteCall::OnMetric(std::string_view name, double value, std::int64_t step) {
  SendNotice(FrameType::kMetric, Encode(MetricMessage{name, value, step}));
}

void RemoteCall::OnCallAnnotation(std::string_view key, std::string_view value) {
  SendNotice(FrameType::kCallAnnotation, Encode(CallAnnotationMessage{key, value}));
}

std::int32_t RemoteCall::EmitChunk(std::string_view utf8) {
  if (!IsUtf8(utf8)) {
    End(Status(Code::kInternal,
               "a bug in the plugin: it emitted a chunk that is not complete UTF-8 sequences"));
    return -1;
  }
  if (utf8.find('\0') != std::string_view::npos) {
    End(Status(Code::kInternal, "a bug in the plugin: it emitted a chunk that holds U+0000"));
    return -1;
  }
  while (!utf8.empty()) {
    const std::string_view piece = Utf8Prefix(utf8, kMaxChunkBytes);
    if (ShouldStop() || !SendNotice(FrameType::kChunk, Encode(ChunkMessage{piece}))) return -1;
    utf8.remove_prefix(piece.size());
  }
  return ShouldStop() ? -1 : 0;
}

std::int32_t RemoteCall::EmitVariation(const GeneratedVariation& variation) {
  constexpr std::int32_t kStop = 2;
  const MutexLock one_at_a_time(&variation_mutex_);
  if (ShouldStop()) return kStop;
  const VariationMessage message{variation.instruction, variation.response, variation.source_index,
                                 variation.meta_json};
  if (!socket_->Send(FrameType::kVariation, id_, Encode(message)).ok()) return kStop;
  const MutexLock lock(&mutex_);
  while (!variation_answer_.has_value()) {
    if (ShouldStop()) return kStop;
    changed_.WaitFor(&mutex_, kLookEvery);
  }
  return *std::exchange(variation_answer_, std::nullopt);
}

std::uint64_t RemoteCall::ExampleCount(std::int32_t split) {
  return IsSplit(split) ? counts_[IndexOf(split)] : 0;
}

bool RemoteCall::Holds(const std::unique_ptr<Batch>& batch, std::uint64_t position) {
  return batch != nullptr && batch->message.first <= position && position < batch->end();
}

void RemoteCall::Ask(std::int32_t split, std::uint64_t first, Pull* pull) {
  pull->asked = first;
  // If it cannot be sent the parent is gone, and the reading thread stops this call.
  static_cast<void>(
      socket_->Send(FrameType::kPullExamples, id_, Encode(PullExamplesMessage{split, first})));
}

std::int32_t RemoteCall::NextExample(std::int32_t split, const amooz_example** out) {
  const std::uint64_t count = ExampleCount(split);
  const MutexLock lock(&mutex_);
  Pull& pull = pulls_[IsSplit(split) ? IndexOf(split) : 0];
  for (;;) {
    if (ShouldStop()) return -1;
    if (pull.position >= count) return 0;
    if (!Holds(pull.current, pull.position) && Holds(pull.ahead, pull.position)) {
      pull.current = std::move(pull.ahead);
    }
    if (Holds(pull.current, pull.position)) break;
    pull.ahead.reset();
    if (pull.asked != pull.position) Ask(split, pull.position, &pull);
    changed_.WaitFor(&mutex_, kLookEvery);
  }
  const std::uint64_t next_batch = pull.current->end();
  if (next_batch < count && pull.ahead == nullptr && !pull.asked.has_value()) {
    Ask(split, next_batch, &pull);
  }
  *out = pull.current->array->data()[pull.position - pull.current->message.first];
  ++pull.position;
  return 1;
}

std::int32_t RemoteCall::RewindExamples(std::int32_t split) {
  const MutexLock lock(&mutex_);
  if (IsSplit(split)) pulls_[IndexOf(split)].position = 0;
  return ShouldStop() ? -1 : 0;
}

}  // namespace amooz::host
