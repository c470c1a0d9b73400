#include "core/dataset/sip_hash.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstring>
#include <string>

namespace amooz::dataset {
namespace {

// OpenSSL's implementation is the oracle.
Hash128 OpenSslSipHash(const HashKey& key, const std::string& bytes) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EXPECT_EQ(EVP_MAC_init(context, key.data(), key.size(), nullptr), 1);
  EXPECT_EQ(
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()),
      1);
  unsigned char out[16];
  std::size_t size = 0;
  EXPECT_EQ(EVP_MAC_final(context, out, &size, sizeof(out)), 1);
  EXPECT_EQ(size, 16u);
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  Hash128 hash;
  std::memcpy(&hash.low, out, 8);
  std::memcpy(&hash.high, out + 8, 8);
  return hash;
}

TEST(SipHash, EqualsOpenSslForEveryLengthUpTo200) {
  HashKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 17 + 3);
  std::string bytes;
  for (int length = 0; length <= 200; ++length) {
    EXPECT_EQ(SipHash128(key, bytes), OpenSslSipHash(key, bytes)) << "length " << length;
    bytes.push_back(static_cast<char>(length * 31 + 200));
  }
}

TEST(SipHash, DependsOnTheKey) {
  HashKey a{}, b{};
  b[15] = 1;
  EXPECT_NE(SipHash128(a, "سلام"), SipHash128(b, "سلام"));
}

}  // namespace
}  // namespace amooz::dataset
