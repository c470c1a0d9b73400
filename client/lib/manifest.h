// What a model's digest is of: the bytes of its manifest, which names every file with its size and
// SHA-256 (docs/formats; the server keeps them as manifest.json). Whoever fetches a model computes
// them again, so that a digest names exactly the bytes that came.
#ifndef AMOOZ_CLIENT_LIB_MANIFEST_H_
#define AMOOZ_CLIENT_LIB_MANIFEST_H_

#include <string>

#include "amooz/v1/model.pb.h"

namespace amooz::client {

// The manifest of the message's format and files.
std::string ManifestJson(const v1::Model& model);
// Its SHA-256 in hex.
std::string ManifestDigest(const v1::Model& model);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_MANIFEST_H_
