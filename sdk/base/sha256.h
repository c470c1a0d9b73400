// SHA-256 (FIPS 180-4), by OpenSSL's libcrypto.
#ifndef AMOOZ_SDK_BASE_SHA256_H_
#define AMOOZ_SDK_BASE_SHA256_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sdk/base/status.h"

namespace amooz {

using Sha256Digest = std::array<std::uint8_t, 32>;

// An incremental digest. Not thread-safe; one object, one digest.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  // Length-prefixed (u64 little-endian), so that ("ab","c") and ("a","bc") differ.
  void UpdateField(std::string_view bytes);
  void UpdateU64(std::uint64_t value);  // little-endian
  Sha256Digest Finish();                // call once
 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Sha256Digest Sha256Of(std::string_view bytes);
std::string ToHex(const Sha256Digest& digest);  // 64 lower-case digits
// INVALID_ARGUMENT unless `hex` is 64 hex digits.
Result<Sha256Digest> Sha256FromHex(std::string_view hex);
// Reads in pieces. NOT_FOUND, or what the read failed with.
Result<Sha256Digest> Sha256OfFile(const std::string& path);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_SHA256_H_
