// What names a model: the manifest of its files.
//
// An artifact is a folder of plain files and manifest.json, which has each file's name, size and
// SHA-256. The SHA-256 of the manifest's bytes is the model's digest, so that a digest names
// exactly these files (docs/formats). Whoever makes, keeps, sends or fetches an artifact does it
// with what is here.
#ifndef AMOOZ_SDK_BASE_ARTIFACT_MANIFEST_H_
#define AMOOZ_SDK_BASE_ARTIFACT_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/files.h"
#include "sdk/base/status.h"

namespace amooz {

inline constexpr char kManifestName[] = "manifest.json";

struct ArtifactFile {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // hex
  bool operator==(const ArtifactFile&) const = default;
};

struct Manifest {
  std::string format;               // the trainer's artifact_format
  std::vector<ArtifactFile> files;  // by name
  std::uint64_t size_bytes() const;
  bool operator==(const Manifest&) const = default;
};

// The bytes that the digest is of: keys sorted, two spaces of indent, a line end.
std::string ManifestToJson(const Manifest& manifest);
Result<Manifest> ManifestFromJson(std::string_view json);  // DATA_LOSS
std::string DigestOf(const Manifest& manifest);            // hex

// [A-Za-z0-9._-]{1,128}, not beginning with a dot, not "manifest.json": a name that cannot leave
// its folder.
bool IsSafeFileName(std::string_view name);
// DATA_LOSS names the first file whose name is unsafe or stands twice.
Status CheckFileNames(const Manifest& manifest);

// The manifest of what lies in `dir`. INVALID_ARGUMENT names what is no plain file (a folder, a
// link) or has an unsafe name.
Result<Manifest> MakeManifest(Env* env, const std::string& dir, std::string_view format);

// The manifest in `dir`, the folder of model `digest`: its bytes and file names are checked, its
// files are not. NOT_FOUND if there is none, or DATA_LOSS; messages name the model.
Result<Manifest> ReadManifest(Env* env, const std::string& dir, std::string_view digest);
// And every file against it, and no file beside them. DATA_LOSS names the file that is missing,
// differs, is too many or no plain file.
Result<Manifest> VerifyArtifact(Env* env, const std::string& dir, std::string_view digest);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_ARTIFACT_MANIFEST_H_
