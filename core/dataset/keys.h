// The keys that the rules compare texts by: duplicate keys (rule 9) and the hashes of normalised
// texts that splits go by (rules 13 to 15). All are keyed with the store's split key, so they mean
// something in their own store only.
#ifndef AMOOZ_CORE_DATASET_KEYS_H_
#define AMOOZ_CORE_DATASET_KEYS_H_

#include <cstdint>
#include <string_view>

#include "core/base/domain.h"
#include "core/dataset/decisions.h"
#include "core/dataset/sip_hash.h"

namespace amooz::dataset {

// Immutable, thread-safe, cheap to copy.
class KeyMaker {
 public:
  // `split_key`: the store's 32 bytes. One half keys the splits, the other the duplicate keys.
  explicit KeyMaker(std::string_view split_key);

  // Rule 9. The texts are stripped, then lowered; of the response the first 80 and 100 code points
  // count.
  DuplicateKeys Duplicate(std::string_view instruction, std::string_view response) const;
  // Rule 15: of the normalised text.
  std::uint64_t Split(std::string_view text) const;
  // What the store keeps of an example.
  ExampleKeys Example(std::string_view instruction, std::string_view response) const;

 private:
  HashKey splits_{}, duplicates_{};
};

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_KEYS_H_
