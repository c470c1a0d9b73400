#include "sdk/base/artifact_manifest.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "sdk/base/json.h"
#include "sdk/base/sha256.h"

namespace amooz {
namespace {

constexpr std::size_t kMaxNameBytes = 128;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool IsPlainFile(const std::string& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() == std::filesystem::file_type::regular;
}

// A file's name that others chose, as one line of UTF-8.
std::string Quoted(const std::string& name) {
  std::string quoted = DumpJson(name);
  quoted.front() = quoted.back() = '\'';
  return quoted;
}

std::string NameOf(std::string_view digest) { return "model " + std::string(digest.substr(0, 12)); }

Status Damaged(std::string_view digest, const std::string& what) {
  return Status(Code::kDataLoss, NameOf(digest) + " is damaged: " + what);
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
  return DumpJson(json, 2) + "\n";
}

Result<Manifest> ManifestFromJson(std::string_view text) {
  const Status bad(Code::kDataLoss, std::string(kManifestName) + " is not a manifest");
  const Result<nlohmann::json> json = ParseJson(text, kManifestName);
  if (!json.ok()) return bad;
  try {
    Manifest manifest;
    manifest.format = json->at("format").get<std::string>();
    for (const nlohmann::json& file : json->at("files")) {
      manifest.files.push_back(
          {.name = file.at("name").get<std::string>(),
           .size_bytes = file.at("size_bytes").get_ref<const nlohmann::json::number_unsigned_t&>(),
           .sha256 = file.at("sha256").get<std::string>()});
    }
    return manifest;
  } catch (const nlohmann::json::exception&) {
    return bad;
  }
}

std::string DigestOf(const Manifest& manifest) { return ToHex(Sha256Of(ManifestToJson(manifest))); }

bool IsSafeFileName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' && name != kManifestName &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

Status CheckFileNames(const Manifest& manifest) {
  std::set<std::string_view> names;
  for (const ArtifactFile& file : manifest.files) {
    if (!IsSafeFileName(file.name)) {
      return Status(Code::kDataLoss, "it lists an unsafe file name, " + Quoted(file.name));
    }
    if (!names.insert(file.name).second) {
      return Status(Code::kDataLoss, "it lists " + file.name + " twice");
    }
  }
  return Status::Ok();
}

Result<Manifest> MakeManifest(Env* env, const std::string& dir, std::string_view format) {
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<std::string> names, env->ListDir(dir));
  Manifest manifest;
  manifest.format = format;
  for (const std::string& name : names) {
    const std::string path = JoinPath(dir, name);
    if (!IsSafeFileName(name) || !IsPlainFile(path)) {
      return Status(Code::kInvalidArgument,
                    Quoted(name) + ": an artifact holds plain files named [A-Za-z0-9._-] alone");
    }
    AMOOZ_ASSIGN_OR_RETURN(const std::uint64_t size, env->FileSize(path));
    AMOOZ_ASSIGN_OR_RETURN(const Sha256Digest sha256, Sha256OfFile(path));
    manifest.files.push_back({.name = name, .size_bytes = size, .sha256 = ToHex(sha256)});
  }
  return manifest;
}

Result<Manifest> ReadManifest(Env* env, const std::string& dir, std::string_view digest) {
  const Result<std::string> text = env->ReadFile(JoinPath(dir, kManifestName));
  if (text.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, NameOf(digest) + " has no files here");
  }
  if (!text.ok()) return text.status();
  if (ToHex(Sha256Of(*text)) != digest) {
    return Damaged(digest, std::string(kManifestName) + " does not match its digest");
  }
  Result<Manifest> manifest = ManifestFromJson(*text);
  if (!manifest.ok()) return Damaged(digest, manifest.status().message());
  const Status names = CheckFileNames(*manifest);
  if (!names.ok()) return Damaged(digest, names.message());
  return manifest;
}

Result<Manifest> VerifyArtifact(Env* env, const std::string& dir, std::string_view digest) {
  AMOOZ_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(env, dir, digest));
  std::set<std::string_view> expected = {kManifestName};
  for (const ArtifactFile& file : manifest.files) {
    const std::string path = JoinPath(dir, file.name);
    if (!IsPlainFile(path)) return Damaged(digest, file.name + " is missing");
    const Result<Sha256Digest> sha256 = Sha256OfFile(path);
    if (!sha256.ok()) return Damaged(digest, file.name + " cannot be read");
    if (ToHex(*sha256) != file.sha256) {
      return Damaged(digest, file.name + " does not match the manifest");
    }
    expected.insert(file.name);
  }
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<std::string> present, env->ListDir(dir));
  for (const std::string& name : present) {
    if (!expected.contains(name)) return Damaged(digest, Quoted(name) + " does not belong to it");
  }
  return manifest;
}

}  // namespace amooz
