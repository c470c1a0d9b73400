#include "core/store/codec.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"

namespace amooz::store {
namespace {

constexpr std::size_t kTurnHeaderBytes = 5;

void AppendU64(std::uint64_t value, std::string* out) {
  for (int shift = 0; shift < 64; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

void AppendField(std::string_view field, std::string* out) {
  AppendU64(field.size(), out);
  out->append(field);
}

}  // namespace

std::string EncodeTurns(const std::vector<Turn>& turns) {
  std::string bytes;
  for (const Turn& turn : turns) {
    bytes.push_back(static_cast<char>(turn.role));
    const auto size = static_cast<std::uint32_t>(turn.text.size());
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(size >> shift));
    bytes.append(turn.text);
  }
  return bytes;
}

absl::StatusOr<std::vector<Turn>> DecodeTurns(std::string_view bytes) {
  std::vector<Turn> turns;
  while (!bytes.empty()) {
    if (bytes.size() < kTurnHeaderBytes) return absl::DataLossError("store: a context is cut off");
    const auto role = static_cast<std::uint8_t>(bytes[0]);
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      size |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i + 1])) << (8 * i);
    }
    bytes.remove_prefix(kTurnHeaderBytes);
    if (role < 1 || role > 3 || size > bytes.size()) {
      return absl::DataLossError("store: a context has a turn that none of ours wrote");
    }
    turns.push_back({static_cast<Role>(role), std::string(bytes.substr(0, size))});
    bytes.remove_prefix(size);
  }
  return turns;
}

Sha256Digest DigestOf(const ChatContent& content) {
  // One buffer and one call: chats are short, and a call costs more than the copy.
  std::string bytes;
  bytes.reserve(content.instruction.size() + content.response.size() + 256);
  AppendField(content.instruction, &bytes);
  AppendField(content.response, &bytes);
  AppendField(EncodeTurns(content.context), &bytes);
  AppendU64(content.time_us.has_value() ? 1 : 0, &bytes);
  AppendU64(static_cast<std::uint64_t>(content.time_us.value_or(0)), &bytes);
  AppendField(content.subject, &bytes);
  AppendField(content.source, &bytes);
  AppendU64(static_cast<std::uint64_t>(content.author), &bytes);
  AppendField(content.model_digest, &bytes);
  AppendField(content.client_id, &bytes);
  return Sha256Of(bytes);
}

std::string_view AsBytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string HexOf(std::string_view digest_bytes) {
  Sha256Digest digest{};
  std::copy_n(digest_bytes.begin(), std::min(digest_bytes.size(), digest.size()), digest.begin());
  return ToHex(digest);
}

}  // namespace amooz::store
