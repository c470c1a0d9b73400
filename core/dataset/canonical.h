// The digest of a dataset (rule 4): SHA-256 over its canonical rows in order. Texts, context, split
// and origin count; ids, times and scores do not.
#ifndef AMOOZ_CORE_DATASET_CANONICAL_H_
#define AMOOZ_CORE_DATASET_CANONICAL_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/domain.h"
#include "sdk/base/sha256.h"

namespace amooz::dataset {

// A canonical row is u64 and text fields, little-endian, each text after its length: instruction,
// response, number of turns, for each turn its role and text, split, origin. Not thread-safe.
class DatasetDigest {
 public:
  void Add(std::string_view instruction, std::string_view response, std::span<const Turn> context,
           Split split, Origin origin);
  std::string FinishHex();  // call once

 private:
  void PutU64(std::uint64_t value);
  void PutText(std::string_view text);

  Sha256 sha256_;
  std::string row_;  // reused
};

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_CANONICAL_H_
