// A model's files on this side: `models/<digest>/`, as amoozd's own artifacts are laid out, with
// the manifest.json whose SHA-256 is the digest. Nothing is loaded that does not match.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_ARTIFACT_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_ARTIFACT_H_

#include <string>

#include "amooz/v1/model.pb.h"
#include "sdk/base/files.h"
#include "sdk/base/status.h"

namespace amooz::chat {

inline constexpr char kManifestName[] = "manifest.json";

// The manifest that amoozd's digest is of, made from what FetchModel sent.
std::string ManifestOf(const v1::Model& model);

// DATA_LOSS if the manifest is missing or has another digest, or a file is missing, more, or
// differs; the message names it.
Status VerifyArtifact(Env* env, const std::string& dir, const std::string& digest);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_ARTIFACT_H_
