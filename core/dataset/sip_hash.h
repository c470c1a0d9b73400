// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
// 2012): the keyed hash behind duplicate keys (rule 9) and splits (rule 13). Keyed, because whoever
// writes chats must be able neither to make two texts collide nor to steer a text into the held-out
// set.
#ifndef AMOOZ_CORE_DATASET_SIP_HASH_H_
#define AMOOZ_CORE_DATASET_SIP_HASH_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace amooz::dataset {

using HashKey = std::array<std::uint8_t, 16>;

struct Hash128 {
  std::uint64_t low = 0, high = 0;
  bool operator==(const Hash128&) const = default;
};

Hash128 SipHash128(const HashKey& key, std::string_view bytes);

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_SIP_HASH_H_
