#include "core/model/artifact_store.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "sdk/base/failpoint.h"
#include "sdk/base/sha256.h"

namespace amooz {
namespace {

constexpr std::string_view kStaging = "staging-";
constexpr std::string_view kPublished = ".published";

absl::Status CheckDigest(std::string_view digest) {
  if (Sha256FromHex(digest).ok()) return absl::OkStatus();
  return absl::InvalidArgumentError("a model's digest is 64 hex digits");
}

absl::StatusOr<Manifest> WithRemedy(Result<Manifest> manifest) {
  if (manifest.status().code() != Code::kDataLoss) return ToAbsl(std::move(manifest));
  return absl::DataLossError(StrCat(manifest.status().message(), kDamageRemedy));
}

}  // namespace

ArtifactStore::ArtifactStore(std::string data_dir, Env* env)
    : root_(JoinPath(data_dir, "artifacts")), env_(env) {}

std::string ArtifactStore::StagingDir(std::string_view name) const {
  return JoinPath(root_, StrCat(kStaging, name));
}

std::string ArtifactStore::NotePath(std::string_view name) const {
  return StrCat(StagingDir(name), kPublished);
}

std::string ArtifactStore::Dir(std::string_view digest) const { return JoinPath(root_, digest); }

absl::StatusOr<std::string> ArtifactStore::MakeStaging(std::string_view name) {
  const std::string dir = StagingDir(name);
  RETURN_IF_ERROR(env_->RemoveAll(dir));
  RETURN_IF_ERROR(env_->MakeDirs(dir));
  return dir;
}

absl::Status ArtifactStore::DropStaging(std::string_view name) {
  RETURN_IF_ERROR(env_->RemoveAll(StagingDir(name)));
  return ToAbsl(env_->RemoveAll(NotePath(name)));
}

absl::StatusOr<std::vector<std::string>> ArtifactStore::ListStaging() const {
  std::vector<std::string> names;
  if (!env_->Exists(root_)) return names;
  ASSIGN_OR_RETURN(const std::vector<std::string> entries, env_->ListDir(root_));
  for (const std::string& entry : entries) {
    std::string_view name = entry;
    if (!name.starts_with(kStaging)) continue;
    name.remove_prefix(kStaging.size());
    if (name.ends_with(kPublished)) name.remove_suffix(kPublished.size());
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  return names;
}

absl::StatusOr<std::string> ArtifactStore::PublishedFrom(std::string_view staging_name) const {
  const std::string note = NotePath(staging_name);
  if (!env_->Exists(note)) return std::string();
  ASSIGN_OR_RETURN(std::string digest, env_->ReadFile(note));
  return CheckDigest(digest).ok() ? digest : std::string();
}

absl::StatusOr<std::string> ArtifactStore::Publish(std::string_view staging_name,
                                                   std::string_view format) {
  const std::string staging = StagingDir(staging_name);
  const Result<Manifest> manifest = MakeManifest(env_, staging, format);
  if (manifest.status().code() == Code::kInvalidArgument) {
    return absl::InvalidArgumentError("the trainer wrote " + manifest.status().message());
  }
  RETURN_IF_ERROR(manifest.status());
  if (manifest->files.empty())
    return absl::InvalidArgumentError("the trainer wrote no files into its output folder");
  for (const ArtifactFile& written : manifest->files) {
    ASSIGN_OR_RETURN(const auto file,
                     env_->OpenWritable(JoinPath(staging, written.name), /*truncate=*/false));
    RETURN_IF_ERROR(file->Sync());
    RETURN_IF_ERROR(file->Close());
  }
  const std::string digest = DigestOf(*manifest);
  if (Verify(digest).ok()) {
    RETURN_IF_ERROR(env_->RemoveAll(staging));
    return digest;
  }
  RETURN_IF_ERROR(env_->RemoveAll(Dir(digest)));  // what a damaged one left
  AMOOZ_FAILPOINT("artifact.publish.before_manifest");
  RETURN_IF_ERROR(
      WriteFileAtomically(env_, JoinPath(staging, kManifestName), ManifestToJson(*manifest)));
  RETURN_IF_ERROR(env_->SyncDir(staging));
  RETURN_IF_ERROR(WriteFileAtomically(env_, NotePath(staging_name), digest));
  AMOOZ_FAILPOINT("artifact.publish.before_rename");
  RETURN_IF_ERROR(env_->Rename(staging, Dir(digest)));
  AMOOZ_FAILPOINT("artifact.publish.after_rename");
  RETURN_IF_ERROR(env_->SyncDir(root_));
  return digest;
}

absl::StatusOr<Manifest> ArtifactStore::ReadManifest(std::string_view digest) const {
  RETURN_IF_ERROR(CheckDigest(digest));
  return WithRemedy(amooz::ReadManifest(env_, Dir(digest), digest));
}

absl::StatusOr<Manifest> ArtifactStore::Verify(std::string_view digest) const {
  RETURN_IF_ERROR(CheckDigest(digest));
  Result<Manifest> manifest = VerifyArtifact(env_, Dir(digest), digest);
  if (manifest.status().code() == Code::kNotFound) {
    manifest = Status(Code::kDataLoss,
                      StrCat("model ", digest.substr(0, 12), " is damaged: its folder is missing"));
  }
  return WithRemedy(std::move(manifest));
}

absl::StatusOr<std::vector<std::string>> ArtifactStore::List() const {
  if (!env_->Exists(root_)) return std::vector<std::string>();
  ASSIGN_OR_RETURN(std::vector<std::string> names, env_->ListDir(root_));
  std::erase_if(names, [](const std::string& name) { return !CheckDigest(name).ok(); });
  return names;
}

absl::Status ArtifactStore::Delete(std::string_view digest) {
  RETURN_IF_ERROR(CheckDigest(digest));
  return ToAbsl(env_->RemoveAll(Dir(digest)));
}

}  // namespace amooz
