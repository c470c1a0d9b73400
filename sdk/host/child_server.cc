#include "sdk/host/child_server.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "sdk/base/clock.h"
#include "sdk/host/build_id.h"
#include "sdk/host/descriptor.h"

namespace amooz::host {
namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

bool IsCall(FrameType type) { return type >= FrameType::kCreate && type <= FrameType::kEvaluate; }

// Which kind of plugin takes a call; the vtable of another kind would be misread.
Kind KindFor(FrameType type) {
  switch (type) {
    case FrameType::kScore:
      return Kind::kScorer;
    case FrameType::kVary:
      return Kind::kVariation;
    case FrameType::kPlan:
    case FrameType::kTrain:
      return Kind::kTrainer;
    default:
      return Kind::kRuntime;
  }
}

// Every call's payload begins with it; the rest is decoded by the worker.
CallStart StartOf(const std::string& payload) {
  CallStart start;
  Decoder decoder(payload);
  decoder(start);
  return start;
}

// The parent has gone, or the plugin has closed the socket. Whatever it computes from now on nobody
// will hear, and the parent would wait for ever for a result.
void LeaveUnheard() {
  std::fprintf(stderr, "amooz-plugin-host: cannot send to its parent any more\n");
  ::_exit(kUnheardExit);
}

}  // namespace

ChildServer::ChildServer(UniqueFd socket, std::string scratch_root)
    : socket_(std::move(socket), &LeaveUnheard), environment_{"cpu", std::move(scratch_root)} {}

bool ChildServer::Run() {
  for (;;) {
    Result<std::optional<Frame>> frame = socket_.Receive(/*may_block=*/true);
    if (!frame.ok()) {
      std::fprintf(stderr, "amooz-plugin-host: %s\n", frame.status().message().c_str());
      break;
    }
    if (!frame->has_value()) break;
    Handle(**std::move(frame));
  }
  if (!StopAllCalls()) return false;
  const MutexLock lock(&mutex_);
  for (const auto& [id, model] : models_) instance_->Unload(model);
  models_.clear();
  instance_.reset();
  return true;
}

void ChildServer::Handle(Frame frame) {
  if (frame.type == FrameType::kHello) return Hello(frame);
  if (IsCall(frame.type)) return StartCall(std::move(frame));
  const std::shared_ptr<RemoteCall> call = FindCall(frame.call_id);
  if (call == nullptr) return;  // it ended while the frame was on its way
  if (frame.type == FrameType::kCancel) call->Stop();
  if (frame.type == FrameType::kCredit) call->OnCredit(frame.payload);
  if (frame.type == FrameType::kVariationAnswer) call->OnVariationAnswer(frame.payload);
  if (frame.type == FrameType::kExamples) call->OnExamples(std::move(frame.payload));
}

void ChildServer::Hello(const Frame& frame) {
  HelloMessage hello;
  Status status = Decode(frame.payload, &hello);
  if (status.ok() && hello.build_id != BuildId()) {
    status = Status(Code::kFailedPrecondition,
                    "amooz-plugin-host is of another build than the program that started it (" +
                        std::string(BuildId()) + ", expected " + hello.build_id +
                        "); build or install both together");
  }
  if (!status.ok()) return SendResult(frame.call_id, status, {});
  environment_.device = hello.device;
  const Result<const Library*> library = LoadLibrary(hello.path, hello.expected_sha256);
  if (!library.ok()) return SendResult(frame.call_id, library.status(), {});
  library_ = *library;
  SendResult(frame.call_id, Status::Ok(),
             Encode(HelloReply{std::string(BuildId()), DescriptorsToJson(library_->descriptors)}));
}

void ChildServer::StartCall(Frame frame) {
  if (frame.type == FrameType::kCreate && library_ != nullptr && workers_ == nullptr) {
    CreateMessage create;
    if (Decode(frame.payload, &create).ok() && create.index < library_->descriptors.size()) {
      const Descriptor& descriptor = library_->descriptors[create.index];
      kind_ = descriptor.kind;
      stop_grace_ms_ = descriptor.stop_grace_ms;
      workers_ = new WorkerPool(static_cast<std::size_t>(descriptor.max_concurrency));
    }
  }
  if (workers_ == nullptr) {
    const Status early(Code::kFailedPrecondition, "a call came before the plugin was created");
    return SendResult(frame.call_id, early, {});
  }
  auto call =
      std::make_shared<RemoteCall>(&socket_, frame.call_id, StartOf(frame.payload), environment_);
  {
    const MutexLock lock(&mutex_);
    calls_[frame.call_id] = call;
  }
  auto shared_frame = std::make_shared<Frame>(std::move(frame));
  workers_->Submit([this, shared_frame, call] { RunCall(*shared_frame, call.get()); });
}

void ChildServer::RunCall(const Frame& frame, RemoteCall* call) {
  std::string value;
  const Status status = Execute(frame, call, &value);
  SendResult(frame.call_id, status, std::move(value));
  const MutexLock lock(&mutex_);
  calls_.erase(frame.call_id);
  call_ended_.SignalAll();
}

void ChildServer::SendResult(std::uint64_t call_id, const Status& status, std::string value) {
  const ResultMessage result{static_cast<std::int32_t>(status.code()), status.message(),
                             std::move(value)};
  const Status sent = socket_.Send(FrameType::kResult, call_id, Encode(result));
  if (sent.code() != Code::kInvalidArgument) return;
  const ResultMessage too_long{static_cast<std::int32_t>(sent.code()), sent.message(), {}};
  static_cast<void>(socket_.Send(FrameType::kResult, call_id, Encode(too_long)));
}

Status ChildServer::Execute(const Frame& frame, RemoteCall* call, std::string* value) {
  if (frame.type == FrameType::kCreate) return Create(frame, call);
  if (instance_ == nullptr) {
    return Status(Code::kFailedPrecondition, "a call came before the plugin was created");
  }
  if (KindFor(frame.type) != kind_) {
    return Status(Code::kFailedPrecondition, "the plugin is of a kind that has no such call");
  }
  switch (frame.type) {
    case FrameType::kScore:
      return Score(frame, call, value);
    case FrameType::kVary: {
      VaryMessage vary;
      AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &vary));
      return instance_->Vary(vary.count, vary.seed, call);
    }
    case FrameType::kPlan: {
      JobMessage job;
      AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &job));
      ResourcesMessage resources;
      AMOOZ_RETURN_IF_ERROR(instance_->Plan(job, &resources, call));
      *value = Encode(resources);
      return Status::Ok();
    }
    case FrameType::kTrain: {
      JobMessage job;
      AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &job));
      return instance_->Train(job, call);
    }
    case FrameType::kEstimate: {
      EstimateMessage estimate;
      AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &estimate));
      ResourcesMessage resources;
      AMOOZ_RETURN_IF_ERROR(instance_->Estimate(estimate.artifact_dir, &resources, call));
      *value = Encode(resources);
      return Status::Ok();
    }
    case FrameType::kLoad:
      return Load(frame, call, value);
    case FrameType::kUnload:
      return Unload(frame);
    case FrameType::kGenerate:
      return Generate(frame, call, value);
    case FrameType::kEvaluate:
      return Evaluate(frame, call, value);
    default:
      return Status(Code::kUnimplemented, "amooz-plugin-host does not know this call");
  }
}

Status ChildServer::Create(const Frame& frame, RemoteCall* call) {
  CreateMessage create;
  AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &create));
  if (instance_ != nullptr) {
    return Status(Code::kFailedPrecondition, "the plugin was created already");
  }
  AMOOZ_ASSIGN_OR_RETURN(
      instance_, Instance::Create(library_->set->plugins[create.index], create.config_json, call));
  return Status::Ok();
}

Status ChildServer::Score(const Frame& frame, RemoteCall* call, std::string* value) {
  ScoreMessage request;
  AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &request));
  const ExampleArray items{std::span<const ExampleMessage>(request.items)};
  ItemNotes notes(items.size());
  call->set_notes(&notes);
  ScoreReply reply;
  AMOOZ_RETURN_IF_ERROR(instance_->Score(items, &reply.scores, call));
  reply.notes = notes.Take();
  *value = Encode(reply);
  return Status::Ok();
}

Status ChildServer::Load(const Frame& frame, RemoteCall* call, std::string* value) {
  LoadMessage load;
  AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &load));
  amooz_model* model = nullptr;
  AMOOZ_RETURN_IF_ERROR(instance_->Load(load, &model, call));
  const MutexLock lock(&mutex_);
  const std::uint64_t id = next_model_id_++;
  models_[id] = model;
  *value = Encode(LoadReply{id});
  return Status::Ok();
}

Status ChildServer::Unload(const Frame& frame) {
  UnloadMessage unload;
  AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &unload));
  AMOOZ_ASSIGN_OR_RETURN(amooz_model* const model, FindModel(unload.model_id));
  {
    const MutexLock lock(&mutex_);
    models_.erase(unload.model_id);
  }
  instance_->Unload(model);
  return Status::Ok();
}

Status ChildServer::Generate(const Frame& frame, RemoteCall* call, std::string* value) {
  GenerateMessage request;
  AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &request));
  AMOOZ_ASSIGN_OR_RETURN(amooz_model* const model, FindModel(request.model_id));
  GenerateReply reply;
  AMOOZ_RETURN_IF_ERROR(instance_->Generate(model, request, &reply, call));
  *value = Encode(reply);
  return Status::Ok();
}

Status ChildServer::Evaluate(const Frame& frame, RemoteCall* call, std::string* value) {
  EvaluateMessage request;
  AMOOZ_RETURN_IF_ERROR(Decode(frame.payload, &request));
  AMOOZ_ASSIGN_OR_RETURN(amooz_model* const model, FindModel(request.model_id));
  const ExampleArray examples{std::span<const ExampleMessage>(request.examples)};
  ItemNotes notes(examples.size());
  call->set_notes(&notes);
  EvaluateReply reply;
  AMOOZ_RETURN_IF_ERROR(instance_->Evaluate(model, examples, &reply, call));
  reply.notes = notes.Take();
  *value = Encode(reply);
  return Status::Ok();
}

std::shared_ptr<RemoteCall> ChildServer::FindCall(std::uint64_t id) {
  const MutexLock lock(&mutex_);
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : found->second;
}

Result<amooz_model*> ChildServer::FindModel(std::uint64_t id) {
  const MutexLock lock(&mutex_);
  const auto found = models_.find(id);
  if (found == models_.end()) {
    return Status(Code::kNotFound, "no model " + std::to_string(id) + " is loaded");
  }
  return found->second;
}

bool ChildServer::StopAllCalls() {
  const std::int64_t until = MonotonicNanos() + stop_grace_ms_ * kNanosPerMilli;
  const MutexLock lock(&mutex_);
  for (const auto& [id, call] : calls_) call->Stop();
  while (!calls_.empty()) {
    const std::int64_t left = until - MonotonicNanos();
    if (left <= 0) return false;
    call_ended_.WaitFor(&mutex_, std::chrono::nanoseconds(left));
  }
  return true;
}

}  // namespace amooz::host
