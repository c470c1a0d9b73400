#include "client/lib/manifest.h"

#include <nlohmann/json.hpp>

#include "sdk/base/sha256.h"

namespace amooz::client {

std::string ManifestJson(const v1::Model& model) {
  // Sorted keys, two spaces, one newline at the end.
  nlohmann::json json = {{"format", model.artifact_format()}, {"files", nlohmann::json::array()}};
  for (const v1::ModelFile& file : model.files()) {
    json["files"].push_back(
        {{"name", file.name()}, {"size_bytes", file.size_bytes()}, {"sha256", file.sha256()}});
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string ManifestDigest(const v1::Model& model) { return ToHex(Sha256Of(ManifestJson(model))); }

}  // namespace amooz::client
