#include "core/model/artifact_store.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "sdk/base/sha256.h"

namespace amooz {
namespace {

constexpr std::string_view kManifestName = "manifest.json";
constexpr std::size_t kMaxNameBytes = 128;

absl::Status Damaged(std::string_view digest, std::string_view what) {
  return absl::DataLossError("model " + std::string(digest.substr(0, 12)) +
                             " is damaged: " + std::string(what) +
                             "; train again, or restore its folder under artifacts/ from a backup");
}

bool IsPlainFile(const std::string& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() == std::filesystem::file_type::regular;
}

bool IsHexDigest(std::string_view digest) {
  return digest.size() == 64 && Sha256FromHex(digest).ok();
}

}  // namespace

std::uint64_t Manifest::size_bytes() const {
  std::uint64_t sum = 0;
  for (const ArtifactFile& file : files) sum += file.size_bytes;
  return sum;
}

std::string ManifestToJson(const Manifest& manifest) {
  // Keys come out sorted, so equal manifests have equal bytes.
  nlohmann::json json = {{"format", manifest.format}, {"files", nlohmann::json::array()}};
  for (const ArtifactFile& file : manifest.files) {
    json["files"].push_back(
        {{"name", file.name}, {"size_bytes", file.size_bytes}, {"sha256", file.sha256}});
  }
  return json.dump(2) + "\n";
}

absl::StatusOr<Manifest> ManifestFromJson(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    Manifest manifest;
    manifest.format = json.at("format").get<std::string>();
    for (const nlohmann::json& file : json.at("files")) {
      manifest.files.push_back({file.at("name").get<std::string>(),
                                file.at("size_bytes").get<std::uint64_t>(),
                                file.at("sha256").get<std::string>()});
    }
    return manifest;
  } catch (const nlohmann::json::exception&) {
    return absl::DataLossError("manifest.json is not a manifest");
  }
}

std::string DigestOf(const Manifest& manifest) { return ToHex(Sha256Of(ManifestToJson(manifest))); }

bool IsSafeFileName(std::string_view name) {
  const auto is_safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' && name != kManifestName &&
         std::all_of(name.begin(), name.end(), is_safe);
}

ArtifactStore::ArtifactStore(std::string data_dir, Env* env)
    : root_(JoinPath(data_dir, "artifacts")), env_(env) {}

std::string ArtifactStore::StagingDir(std::string_view name) const {
  return JoinPath(root_, "staging-" + std::string(name));
}

std::string ArtifactStore::Dir(std::string_view digest) const { return JoinPath(root_, digest); }

absl::StatusOr<std::string> ArtifactStore::MakeStaging(std::string_view name) {
  const std::string dir = StagingDir(name);
  RETURN_IF_ERROR(env_->RemoveAll(dir));
  RETURN_IF_ERROR(env_->MakeDirs(dir));
  return dir;
}

absl::Status ArtifactStore::DropStaging(std::string_view name) {
  return ToAbsl(env_->RemoveAll(StagingDir(name)));
}

absl::Status ArtifactStore::DropAllStaging() {
  if (!env_->Exists(root_)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, env_->ListDir(root_));
  for (const std::string& name : names) {
    if (name.starts_with("staging-")) RETURN_IF_ERROR(env_->RemoveAll(JoinPath(root_, name)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ArtifactStore::Publish(std::string_view staging_name,
                                                   std::string_view format) {
  const std::string staging = StagingDir(staging_name);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, env_->ListDir(staging));
  if (names.empty())
    return absl::InvalidArgumentError("the trainer wrote no files into its output folder");
  Manifest manifest;
  manifest.format = format;
  for (const std::string& name : names) {
    const std::string path = JoinPath(staging, name);
    if (!IsSafeFileName(name) || !IsPlainFile(path)) {
      return absl::InvalidArgumentError(
          "the trainer wrote '" + name +
          "': an artifact holds plain files named [A-Za-z0-9._-] alone");
    }
    ASSIGN_OR_RETURN(const auto file, env_->OpenWritable(path, /*truncate=*/false));
    RETURN_IF_ERROR(file->Sync());
    RETURN_IF_ERROR(file->Close());
    ASSIGN_OR_RETURN(const std::uint64_t size, env_->FileSize(path));
    ASSIGN_OR_RETURN(const Sha256Digest sha256, Sha256OfFile(path));
    manifest.files.push_back({name, size, ToHex(sha256)});
  }
  const std::string digest = DigestOf(manifest);
  if (Verify(digest).ok()) {
    RETURN_IF_ERROR(DropStaging(staging_name));
    return digest;
  }
  RETURN_IF_ERROR(env_->RemoveAll(Dir(digest)));  // what a damaged one left
  RETURN_IF_ERROR(
      WriteFileAtomically(env_, JoinPath(staging, kManifestName), ManifestToJson(manifest)));
  RETURN_IF_ERROR(env_->SyncDir(staging));
  RETURN_IF_ERROR(env_->Rename(staging, Dir(digest)));
  RETURN_IF_ERROR(env_->SyncDir(root_));
  return digest;
}

absl::StatusOr<Manifest> ArtifactStore::ReadManifest(std::string_view digest) const {
  if (!IsHexDigest(digest)) return absl::InvalidArgumentError("a model's digest is 64 hex digits");
  const std::string path = JoinPath(Dir(digest), kManifestName);
  if (!env_->Exists(path)) {
    return absl::NotFoundError("model " + std::string(digest.substr(0, 12)) + " has no files here");
  }
  ASSIGN_OR_RETURN(const std::string text, env_->ReadFile(path));
  if (ToHex(Sha256Of(text)) != digest)
    return Damaged(digest, "manifest.json does not match its digest");
  absl::StatusOr<Manifest> manifest = ManifestFromJson(text);
  if (!manifest.ok()) return Damaged(digest, "manifest.json is not a manifest");
  for (const ArtifactFile& file : manifest->files) {
    if (!IsSafeFileName(file.name)) return Damaged(digest, "it names a file outside its folder");
  }
  return manifest;
}

absl::StatusOr<Manifest> ArtifactStore::Verify(std::string_view digest) const {
  ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(digest));
  std::set<std::string> expected = {std::string(kManifestName)};
  for (const ArtifactFile& file : manifest.files) {
    const std::string path = JoinPath(Dir(digest), file.name);
    if (!IsPlainFile(path)) return Damaged(digest, file.name + " is missing");
    const Result<Sha256Digest> sha256 = Sha256OfFile(path);
    if (!sha256.ok()) return Damaged(digest, file.name + " cannot be read");
    if (ToHex(*sha256) != file.sha256)
      return Damaged(digest, file.name + " does not match the manifest");
    expected.insert(file.name);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> present, env_->ListDir(Dir(digest)));
  for (const std::string& name : present) {
    if (!expected.contains(name)) return Damaged(digest, name + " does not belong to it");
  }
  return manifest;
}

absl::Status ArtifactStore::Delete(std::string_view digest) {
  if (!IsHexDigest(digest)) return absl::InvalidArgumentError("a model's digest is 64 hex digits");
  return ToAbsl(env_->RemoveAll(Dir(digest)));
}

}  // namespace amooz
