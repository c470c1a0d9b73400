// The bytes that the store keeps inside columns: a chat's context, and the digest of its content.
#ifndef AMOOZ_CORE_STORE_CODEC_H_
#define AMOOZ_CORE_STORE_CODEC_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/domain.h"
#include "sdk/base/sha256.h"

namespace amooz::store {

// For each turn: role (u8), length of the text in bytes (u32 little-endian), text. No turns: "".
std::string EncodeTurns(const std::vector<Turn>& turns);
// DATA_LOSS if `bytes` is not what EncodeTurns writes.
absl::StatusOr<std::vector<Turn>> DecodeTurns(std::string_view bytes);

// SHA-256 over every field of the content, each with its length; a missing time differs from every
// time.
Sha256Digest DigestOf(const ChatContent& content);

std::string_view AsBytes(const Sha256Digest& digest);
// Of a 32-byte column.
std::string HexOf(std::string_view digest_bytes);

}  // namespace amooz::store

#endif  // AMOOZ_CORE_STORE_CODEC_H_
