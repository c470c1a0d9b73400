#include "sdk/host/config.h"

#include <limits>

namespace amooz::host {

using nlohmann::json;

ConfigDocument::ConfigDocument(std::string text)
    : text_(std::move(text)), root_(json::parse(text_, nullptr, /*allow_exceptions=*/false)) {}

const json* ConfigDocument::Find(std::string_view pointer, std::int32_t* code) const {
  try {
    const json::json_pointer path{std::string(pointer)};
    *code = root_.contains(path) ? AMOOZ_OK : AMOOZ_NOT_FOUND;
    return *code == AMOOZ_OK ? &root_.at(path) : nullptr;
  } catch (const json::exception&) {
    *code = AMOOZ_INVALID_ARGUMENT;
    return nullptr;
  }
}

std::int32_t ConfigDocument::GetF64(std::string_view pointer, double* out) const {
  std::int32_t code = AMOOZ_OK;
  const json* value = Find(pointer, &code);
  if (value == nullptr) return code;
  if (!value->is_number()) return AMOOZ_INVALID_ARGUMENT;
  *out = value->get<double>();
  return AMOOZ_OK;
}

std::int32_t ConfigDocument::GetI64(std::string_view pointer, std::int64_t* out) const {
  std::int32_t code = AMOOZ_OK;
  const json* value = Find(pointer, &code);
  if (value == nullptr) return code;
  if (!value->is_number_integer()) return AMOOZ_INVALID_ARGUMENT;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > kMax) {
    return AMOOZ_INVALID_ARGUMENT;
  }
  *out = value->get<std::int64_t>();
  return AMOOZ_OK;
}

std::int32_t ConfigDocument::GetBool(std::string_view pointer, std::int32_t* out) const {
  std::int32_t code = AMOOZ_OK;
  const json* value = Find(pointer, &code);
  if (value == nullptr) return code;
  if (!value->is_boolean()) return AMOOZ_INVALID_ARGUMENT;
  *out = value->get<bool>() ? 1 : 0;
  return AMOOZ_OK;
}

std::int32_t ConfigDocument::GetStr(std::string_view pointer, std::string_view* out) const {
  std::int32_t code = AMOOZ_OK;
  const json* value = Find(pointer, &code);
  if (value == nullptr) return code;
  if (!value->is_string()) return AMOOZ_INVALID_ARGUMENT;
  *out = value->get_ref<const std::string&>();
  return AMOOZ_OK;
}

std::int32_t ConfigDocument::GetSize(std::string_view pointer, std::size_t* out) const {
  std::int32_t code = AMOOZ_OK;
  const json* value = Find(pointer, &code);
  if (value == nullptr) return code;
  if (!value->is_array()) return AMOOZ_INVALID_ARGUMENT;
  *out = value->size();
  return AMOOZ_OK;
}

}  // namespace amooz::host
