// A validated config as plugins read it: by JSON pointer, with types.
#ifndef AMOOZ_SDK_HOST_CONFIG_H_
#define AMOOZ_SDK_HOST_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "amooz/sdk/abi.h"

namespace amooz::host {

// Getters return AMOOZ_OK, AMOOZ_NOT_FOUND or AMOOZ_INVALID_ARGUMENT (another type, or a pointer
// that is none). Thread-safe, never throws.
class ConfigDocument {
 public:
  // `text` has passed ValidateConfig.
  explicit ConfigDocument(std::string text);
  const amooz_config* handle() const { return reinterpret_cast<const amooz_config*>(this); }
  static const ConfigDocument* From(const amooz_config* handle) {
    return reinterpret_cast<const ConfigDocument*>(handle);
  }

  std::string_view text() const { return text_; }
  std::int32_t GetF64(std::string_view pointer, double* out) const;
  // Integral numbers only.
  std::int32_t GetI64(std::string_view pointer, std::int64_t* out) const;
  std::int32_t GetBool(std::string_view pointer, std::int32_t* out) const;
  // *out lives as long as this document.
  std::int32_t GetStr(std::string_view pointer, std::string_view* out) const;
  // The length of an array.
  std::int32_t GetSize(std::string_view pointer, std::size_t* out) const;

 private:
  // Null with *code set if there is no such value.
  const nlohmann::json* Find(std::string_view pointer, std::int32_t* code) const;
  const std::string text_;
  const nlohmann::json root_;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_CONFIG_H_
