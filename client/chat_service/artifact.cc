#include "client/chat_service/artifact.h"

#include <nlohmann/json.hpp>
#include <set>

#include "client/lib/model_fetch.h"
#include "sdk/base/json.h"
#include "sdk/base/sha256.h"

namespace amooz::chat {
namespace {

Status Damaged(const std::string& digest, const std::string& what) {
  return Status(Code::kDataLoss, "model " + digest.substr(0, 12) + " is damaged here: " + what);
}

std::string Text(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

std::string ManifestOf(const v1::Model& model) {
  // Byte for byte what amoozd writes: keys sorted, indented by two, a newline at the end.
  nlohmann::json json = {{"format", model.artifact_format()}, {"files", nlohmann::json::array()}};
  for (const v1::ModelFile& file : model.files()) {
    json["files"].push_back(
        {{"name", file.name()}, {"size_bytes", file.size_bytes()}, {"sha256", file.sha256()}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Status VerifyArtifact(Env* env, const std::string& dir, const std::string& digest) {
  const auto text = env->ReadFile(JoinPath(dir, kManifestName));
  if (!text.ok()) return Damaged(digest, "its manifest.json cannot be read");
  if (ToHex(Sha256Of(*text)) != digest) return Damaged(digest, "manifest.json has another digest");
  const auto manifest = ParseJson(*text, "manifest.json");
  if (!manifest.ok() || !manifest->is_object() || !manifest->contains("files")) {
    return Damaged(digest, "manifest.json is no manifest");
  }
  std::set<std::string> listed = {kManifestName};
  for (const auto& file : manifest->at("files")) {
    const std::string name = file.is_object() ? Text(file, "name") : "";
    if (!client::IsSafeFileName(name)) return Damaged(digest, "it lists an unsafe file name");
    listed.insert(name);
    const auto sha256 = Sha256OfFile(JoinPath(dir, name));
    if (!sha256.ok() || ToHex(*sha256) != Text(file, "sha256")) {
      return Damaged(digest, name + " is missing or differs");
    }
  }
  AMOOZ_ASSIGN_OR_RETURN(const auto names, env->ListDir(dir));
  for (const std::string& name : names) {
    if (!listed.contains(name)) return Damaged(digest, name + " does not belong to it");
  }
  return Status::Ok();
}

}  // namespace amooz::chat
