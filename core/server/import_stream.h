// The client stream of DatasetService.ImportExamples: all rows or none.
#ifndef AMOOZ_CORE_SERVER_IMPORT_STREAM_H_
#define AMOOZ_CORE_SERVER_IMPORT_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "amooz/v1/dataset.pb.h"
#include "core/cycle/dataset_manager.h"
#include "core/server/service_table.h"
#include "sdk/base/mutex.h"

namespace amooz::server {

// Reads one request at a time and hands its rows to the import on the executor; commits when the
// client has closed its side, and only then. A client that left, a bad row, or fewer examples than
// the client had announced: nothing was added. Destroys itself when it is over.
class ImportStream final : public grpc::ServerReadReactor<grpc::ByteBuffer>, private OpenStream {
 public:
  static ImportStream* Start(grpc::CallbackServerContext* context, const Calls& calls,
                             DatasetManager* datasets, grpc::ByteBuffer* response);

 private:
  ImportStream(grpc::CallbackServerContext* context, const Calls& calls, DatasetManager* datasets,
               grpc::ByteBuffer* response);
  ~ImportStream() override = default;

  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(absl::Status status) override;
  void Cancel() override { context_->TryCancel(); }

  void WorkOn(absl::Status (ImportStream::*step)());
  absl::Status TakeRequest();
  absl::Status Commit();
  absl::Status Read(v1::ImportExamplesRequest* request);

  grpc::CallbackServerContext* const context_;
  const Calls calls_;
  DatasetManager* const datasets_;
  grpc::ByteBuffer* const response_;
  bool is_listed_ = false;

  // Of the task that works now; reading and working take turns.
  grpc::ByteBuffer request_;
  std::optional<DatasetManager::Import> import_;
  std::optional<std::uint32_t> announced_;
  std::uint64_t taken_ = 0;
  std::uint64_t taken_bytes_ = 0;

  enum class State { kReading, kWorking, kFinished };
  Mutex mutex_;
  State state_ AMOOZ_GUARDED_BY(mutex_) = State::kReading;
  std::optional<absl::Status> end_ AMOOZ_GUARDED_BY(mutex_);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_IMPORT_STREAM_H_
