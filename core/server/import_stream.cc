#include "core/server/import_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/server/messages.h"
#include "core/server/salvage.h"
#include "core/server/status.h"

namespace amooz::server {
namespace {

// The rows are kept in memory until they are stored as one version.
constexpr std::uint64_t kMaxImportBytes = std::uint64_t{1} << 30;

// Of one request. What has none of its texts costs memory too, far more than its two bytes here.
constexpr int kMaxExamples = 1'000'000;
constexpr int kMaxTurns = 1'000'000;

absl::Status CheckNumbers(const grpc::ByteBuffer& bytes) {
  constexpr int kExamples[] = {v1::ImportExamplesRequest::kExamplesFieldNumber};
  constexpr int kTurns[] = {kExamples[0], v1::ImportedExample::kContextFieldNumber};
  if (CountItems(bytes, kExamples, kMaxExamples + 1) > kMaxExamples) {
    return absl::InvalidArgumentError(
        absl::StrCat("examples: more than ", kMaxExamples,
                     " in one request; send fewer at a time. Nothing was imported"));
  }
  if (CountItems(bytes, kTurns, kMaxTurns + 1) > kMaxTurns) {
    return absl::InvalidArgumentError(
        absl::StrCat("examples.context: more than ", kMaxTurns,
                     " turns in one request; send fewer at a time. Nothing was imported"));
  }
  return absl::OkStatus();
}

absl::Status ShuttingDown() {
  return absl::UnavailableError("the server is shutting down; nothing was imported, try again");
}

}  // namespace

ImportStream::ImportStream(grpc::CallbackServerContext* context, const Calls& calls,
                           DatasetManager* datasets, grpc::ByteBuffer* response)
    : context_(context), calls_(calls), datasets_(datasets), response_(response) {}

ImportStream* ImportStream::Start(grpc::CallbackServerContext* context, const Calls& calls,
                                  DatasetManager* datasets, grpc::ByteBuffer* response) {
  auto* stream = new ImportStream(context, calls, datasets, response);
  stream->is_listed_ = calls.streams->Add(stream);
  if (stream->is_listed_) {
    stream->StartRead(&stream->request_);
  } else {
    stream->Finish(ToGrpcStatus(ShuttingDown()));
  }
  return stream;
}

void ImportStream::OnReadDone(bool ok) {
  {
    MutexLock lock(&mutex_);
    if (state_ == State::kFinished) return;
    state_ = State::kWorking;
  }
  const auto step = ok ? &ImportStream::TakeRequest : &ImportStream::Commit;
  if (!calls_.executor->Continue([this, step] { WorkOn(step); })) {
    Finish(ToGrpcStatus(ShuttingDown()));
  }
}

// Runs one step, then reads on, or finishes where the step, the client or a shutdown says so.
void ImportStream::WorkOn(absl::Status (ImportStream::*step)()) {
  const absl::Status status = WithoutExceptions([this, step] { return (this->*step)(); });
  std::optional<absl::Status> end;
  {
    MutexLock lock(&mutex_);
    if (step == &ImportStream::Commit || !status.ok()) {
      end = status;
    } else if (end_.has_value()) {
      end = end_;
    }
    state_ = end.has_value() ? State::kFinished : State::kReading;
  }
  if (end.has_value()) {
    Finish(ToGrpcStatus(*end));
  } else {
    StartRead(&request_);
  }
}

absl::Status ImportStream::TakeRequest() {
  taken_bytes_ += request_.Length();
  if (taken_bytes_ > kMaxImportBytes) {
    return absl::ResourceExhaustedError(
        "one import is at most 1 GiB; split the file and import the parts");
  }
  v1::ImportExamplesRequest request;
  RETURN_IF_ERROR(Read(&request));
  if (!import_.has_value()) {
    ASSIGN_OR_RETURN(import_,
                     datasets_->BeginImport(request.source_digest(), request.source_name()));
  }
  if (request.has_example_count()) announced_ = request.example_count();
  taken_ += static_cast<std::uint64_t>(request.examples_size());
  for (const v1::ImportedExample& example : request.examples()) {
    RETURN_IF_ERROR(import_->Add(example));
  }
  return absl::OkStatus();
}

absl::Status ImportStream::Read(v1::ImportExamplesRequest* request) {
  RETURN_IF_ERROR(CheckNumbers(request_));
  const absl::Status read = ParseMessage(request_, request);
  if (read.ok()) return read;
  std::vector<std::uint64_t> bad_lines;
  const ItemFields fields{.items = v1::ImportExamplesRequest::kExamplesFieldNumber,
                          .number = v1::ImportedExample::kLineFieldNumber};
  request->Clear();
  RETURN_IF_ERROR(ParseWithoutBadItems(request_, fields, request, &bad_lines));
  return absl::InvalidArgumentError(
      absl::StrCat("line ", bad_lines.empty() ? 0 : bad_lines.front(),
                   ": a text is not valid UTF-8; save the file as UTF-8. Nothing was imported"));
}

absl::Status ImportStream::Commit() {
  // The read side ends in the same way when the client has sent all and when it was cut off.
  if (context_->IsCancelled()) return absl::CancelledError("the client left; nothing was imported");
  if (!import_.has_value()) {
    return absl::InvalidArgumentError(
        "the stream had no request; send source_digest and the examples");
  }
  if (announced_.has_value() && taken_ != *announced_) {
    return absl::DataLossError(absl::StrCat("example_count is ", *announced_, " but ", taken_,
                                            " examples came; nothing was imported, send all"));
  }
  ASSIGN_OR_RETURN(const v1::ImportExamplesResponse response, import_->Commit());
  return SerializeMessage(response, response_);
}

void ImportStream::OnCancel() { End(absl::CancelledError("the client left")); }

void ImportStream::End(absl::Status status) {
  {
    MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    if (state_ != State::kReading) return;  // the task at work finishes
    state_ = State::kFinished;
  }
  Finish(ToGrpcStatus(status));
}

void ImportStream::OnDone() {
  if (is_listed_) calls_.streams->Remove(this);
  delete this;
}

}  // namespace amooz::server
