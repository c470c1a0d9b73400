// A model's files from the server into a folder of one's own.
#ifndef AMOOZ_CLIENT_LIB_MODEL_FETCH_H_
#define AMOOZ_CLIENT_LIB_MODEL_FETCH_H_

#include <grpcpp/client_context.h>

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "amooz/v1/model.grpc.pb.h"
#include "sdk/base/artifact_manifest.h"
#include "sdk/base/files.h"

namespace amooz::client {

// The manifest of the message's format and files: its digest is the model's, if the message is
// true.
Manifest ManifestOf(const v1::Model& model);

// `digest` as in GetModelRequest. `dir` must be missing or empty: FAILED_PRECONDITION otherwise.
// The list of files is checked against the model's digest; the files are written beside `dir`,
// each is checked against its size and SHA-256, all are synced, and the folder is renamed: it
// appears whole or not at all. DATA_LOSS names the file that differs.
// `on_bytes` (may be empty) hears how many bytes came, of how many. `context` (may be null) is a
// fresh one, for a caller that wants to cancel from another thread.
absl::StatusOr<v1::Model> FetchModel(
    v1::ModelService::StubInterface* stub, const std::string& digest, const std::string& dir,
    Env* env, const std::function<void(std::uint64_t done, std::uint64_t total)>& on_bytes,
    grpc::ClientContext* context = nullptr);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_MODEL_FETCH_H_
