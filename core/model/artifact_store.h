// Models on disk: `data_dir/artifacts/<digest>/`, each folder an artifact with its manifest
// (sdk/base/artifact_manifest.h).
//
// An artifact appears whole or not at all: staged, synced, renamed. Nothing is used before its
// files were checked against the manifest (Verify).
#ifndef AMOOZ_CORE_MODEL_ARTIFACT_STORE_H_
#define AMOOZ_CORE_MODEL_ARTIFACT_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sdk/base/artifact_manifest.h"
#include "sdk/base/files.h"

namespace amooz {

// Ends every message of damage found here, where nothing can be fetched again.
inline constexpr std::string_view kDamageRemedy =
    "; train again, or restore its folder under artifacts/ from a backup";

// Thread-safe for different artifacts; Publish, Verify and Delete of one artifact are the caller's
// to order.
class ArtifactStore {
 public:
  ArtifactStore(std::string data_dir, Env* env);

  // An empty folder for a trainer's output; what lay there before is deleted. One for each `name`
  // ("cycle-3").
  absl::StatusOr<std::string> MakeStaging(std::string_view name);
  // The folder, and the note of what was published from it.
  absl::Status DropStaging(std::string_view name);
  // The names that have a staging folder or such a note.
  absl::StatusOr<std::vector<std::string>> ListStaging() const;
  // Syncs and hashes the files of a staging folder, writes the manifest, notes the digest beside
  // the folder and renames it to its digest. If the same artifact is there already and whole, the
  // staging folder is dropped. INVALID_ARGUMENT: no files, a folder, a link, or an unsafe name,
  // named.
  absl::StatusOr<std::string> Publish(std::string_view staging_name, std::string_view format);
  // The digest that was noted as published from `staging_name`: until it is known to be a model,
  // nobody else knows that the artifact is there. "" if there is none.
  absl::StatusOr<std::string> PublishedFrom(std::string_view staging_name) const;

  // The folder of an artifact; it may be missing.
  std::string Dir(std::string_view digest) const;
  // Reads the manifest; its digest is checked, its files are not. NOT_FOUND, or DATA_LOSS naming
  // the model.
  absl::StatusOr<Manifest> ReadManifest(std::string_view digest) const;
  // Every file against the manifest, and no file beside it. DATA_LOSS names the model and the file.
  absl::StatusOr<Manifest> Verify(std::string_view digest) const;
  // The digests whose folders are here, whole or not.
  absl::StatusOr<std::vector<std::string>> List() const;
  // A missing artifact is OK.
  absl::Status Delete(std::string_view digest);

 private:
  std::string StagingDir(std::string_view name) const;
  std::string NotePath(std::string_view name) const;

  const std::string root_;  // data_dir/artifacts
  Env* const env_;
};

}  // namespace amooz

#endif  // AMOOZ_CORE_MODEL_ARTIFACT_STORE_H_
