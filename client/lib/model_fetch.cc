#include "client/lib/model_fetch.h"

#include <grpcpp/client_context.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "client/lib/grpc_status.h"
#include "client/lib/str_cat.h"
#include "sdk/base/failpoint.h"
#include "sdk/base/sha256.h"

namespace amooz::client {
namespace {

absl::Status CheckTarget(const std::string& dir, Env* env) {
  if (!env->Exists(dir)) return absl::OkStatus();
  const auto names = env->ListDir(dir);
  if (names.ok() && names->empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat(dir, " exists and is not an empty folder; name another with --out"));
}

absl::Status CheckManifest(const Manifest& manifest, const std::string& digest) {
  if (const Status names = CheckFileNames(manifest); !names.ok()) {
    return absl::DataLossError(StrCat("model ", digest, " cannot be kept: ", names.message()));
  }
  if (DigestOf(manifest) == digest) return absl::OkStatus();
  return absl::DataLossError(StrCat("the list of files that the server sent is not that of model ",
                                    digest, "; nothing was kept. Try again."));
}

// Writes the files of one model in the order that the server sends them. The folder is deleted
// unless Finish succeeded.
class FolderWriter {
 public:
  FolderWriter(const Manifest& manifest, const std::string& digest, std::string dir, Env* env)
      : files_(manifest.files), digest_(digest), dir_(std::move(dir)), env_(env) {}
  ~FolderWriter() {
    if (is_finished_) return;
    // Should that fail too, the folder's name says what it is.
    [[maybe_unused]] const Status removed = env_->RemoveAll(dir_);
  }
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  absl::Status Open() {
    AMOOZ_RETURN_IF_ERROR(ToAbsl(env_->RemoveAll(dir_)));
    return ToAbsl(env_->MakeDirs(dir_));
  }

  absl::Status Write(const std::string& name, std::string_view data) {
    while (next_ < files_.size() && (file_ == nullptr || Current().name != name)) {
      if (file_ != nullptr) AMOOZ_RETURN_IF_ERROR(CloseFile());
      if (next_ < files_.size()) AMOOZ_RETURN_IF_ERROR(OpenFile());
    }
    if (next_ >= files_.size()) return Differs(name, "is no file of the model here");
    hash_.Update(data);
    written_ += data.size();
    if (written_ > Current().size_bytes) return Differs(name, "is longer than it should be");
    return ToAbsl(file_->Append(data));
  }

  absl::Status Finish(const std::string& final_dir) {
    while (next_ < files_.size()) {
      if (file_ == nullptr) AMOOZ_RETURN_IF_ERROR(OpenFile());
      AMOOZ_RETURN_IF_ERROR(CloseFile());
    }
    AMOOZ_RETURN_IF_ERROR(ToAbsl(env_->SyncDir(dir_)));
    // An empty folder of that name gives way to the rename.
    AMOOZ_RETURN_IF_ERROR(ToAbsl(env_->Rename(dir_, final_dir)));
    is_finished_ = true;
    return absl::OkStatus();
  }

 private:
  const ArtifactFile& Current() const { return files_[next_]; }

  absl::Status OpenFile() {
    AMOOZ_ASSIGN_OR_RETURN(file_, ToAbsl(env_->OpenWritable(JoinPath(dir_, Current().name), true)));
    hash_ = Sha256();
    written_ = 0;
    return absl::OkStatus();
  }

  // Checks and closes the file under way, and goes to the next.
  absl::Status CloseFile() {
    if (written_ != Current().size_bytes || ToHex(hash_.Finish()) != Current().sha256) {
      return Differs(Current().name, "is not what the model's manifest says");
    }
    AMOOZ_RETURN_IF_ERROR(ToAbsl(file_->Sync()));
    AMOOZ_RETURN_IF_ERROR(ToAbsl(file_->Close()));
    file_.reset();
    AMOOZ_FAILPOINT("model_fetch.file_written");
    ++next_;
    return absl::OkStatus();
  }

  absl::Status Differs(std::string_view name, std::string_view what) const {
    return absl::DataLossError(
        StrCat("model ", digest_, ": ", name, " ", what, "; nothing was kept. Try again."));
  }

  const std::vector<ArtifactFile>& files_;
  const std::string& digest_;
  const std::string dir_;
  Env* const env_;
  std::size_t next_ = 0;  // index of the file under way, or of the next one to open
  std::unique_ptr<WritableFile> file_;
  Sha256 hash_;
  std::uint64_t written_ = 0;
  bool is_finished_ = false;
};

std::string AsideName(std::string dir) {
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();
  return StrCat(dir, ".part-", ::getpid());
}

absl::Status WriteModel(grpc::ClientReaderInterface<v1::FetchModelResponse>* stream,
                        const v1::Model& model, const std::string& dir, Env* env,
                        const std::function<void(std::uint64_t, std::uint64_t)>& on_bytes) {
  const Manifest manifest = ManifestOf(model);
  AMOOZ_RETURN_IF_ERROR(CheckManifest(manifest, model.digest()));
  FolderWriter folder(manifest, model.digest(), AsideName(dir), env);
  AMOOZ_RETURN_IF_ERROR(folder.Open());
  std::uint64_t done = 0;
  v1::FetchModelResponse piece;
  while (stream->Read(&piece)) {
    AMOOZ_RETURN_IF_ERROR(folder.Write(piece.file_name(), piece.data()));
    done += piece.data().size();
    if (on_bytes) on_bytes(done, manifest.size_bytes());
  }
  AMOOZ_RETURN_IF_ERROR(ToAbsl(stream->Finish()));
  return folder.Finish(dir);
}

}  // namespace

Manifest ManifestOf(const v1::Model& model) {
  Manifest manifest{.format = model.artifact_format(), .files = {}};
  for (const v1::ModelFile& file : model.files()) {
    manifest.files.push_back(
        {.name = file.name(), .size_bytes = file.size_bytes(), .sha256 = file.sha256()});
  }
  return manifest;
}

absl::StatusOr<v1::Model> FetchModel(
    v1::ModelService::StubInterface* stub, const std::string& digest, const std::string& dir,
    Env* env, const std::function<void(std::uint64_t done, std::uint64_t total)>& on_bytes,
    grpc::ClientContext* context) {
  AMOOZ_RETURN_IF_ERROR(CheckTarget(dir, env));
  grpc::ClientContext own_context;
  if (context == nullptr) context = &own_context;
  v1::FetchModelRequest request;
  request.set_digest(digest);
  const auto stream = stub->FetchModel(context, request);
  v1::FetchModelResponse first;
  if (!stream->Read(&first)) {
    AMOOZ_RETURN_IF_ERROR(ToAbsl(stream->Finish()));
    return absl::DataLossError("the server sent nothing for this model; try again");
  }
  const v1::Model model = first.model();
  const absl::Status written = WriteModel(stream.get(), model, dir, env, on_bytes);
  if (!written.ok()) {
    context->TryCancel();
    return written;
  }
  return model;
}

}  // namespace amooz::client
