#include "plugins/torch/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "plugins/torch/failure.h"

namespace amooz::llama {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;  // the format's own limit

}  // namespace

std::string_view BytesOf(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string SafetensorsHeader(const std::vector<TensorToWrite>& tensors,
                              const std::map<std::string, std::string>& metadata) {
  Json json = Json::object();
  json["__metadata__"] = metadata;
  std::size_t at = 0;
  for (const TensorToWrite& tensor : tensors) {
    const std::size_t end = at + tensor.values.size_bytes();
    json[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = json.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string header(kLengthBytes, '\0');
  std::memcpy(header.data(), &length, kLengthBytes);
  return header + text;
}

SafetensorsFile::SafetensorsFile(std::string bytes, std::string path)
    : bytes_(std::move(bytes)), path_(std::move(path)) {
  std::uint64_t length = 0;
  if (bytes_.size() < kLengthBytes) FailDamaged(path_, "is too short for a safetensors file");
  std::memcpy(&length, bytes_.data(), kLengthBytes);
  if (length > kMostHeaderBytes || length > bytes_.size() - kLengthBytes) {
    FailDamaged(path_, "its safetensors header is longer than the file");
  }
  const std::size_t data = kLengthBytes + static_cast<std::size_t>(length);
  std::size_t last = data;
  try {
    const Json json = Json::parse(std::string_view(bytes_).substr(kLengthBytes, length));
    for (const auto& [name, value] : json.items()) {
      if (name == "__metadata__") {
        metadata_ = value.get<std::map<std::string, std::string>>();
        continue;
      }
      if (value.at("dtype") != "F32") FailDamaged(path_, "tensor " + name + " is not F32");
      Tensor tensor{value.at("shape").get<std::vector<std::int64_t>>(), 0, 0};
      const auto begin = value.at("data_offsets").at(0).get<std::uint64_t>();
      const auto end = value.at("data_offsets").at(1).get<std::uint64_t>();
      if (begin > end || end > bytes_.size() - data) {
        FailDamaged(path_, "tensor " + name + " lies outside the file");
      }
      tensor.begin = data + static_cast<std::size_t>(begin);
      tensor.end = data + static_cast<std::size_t>(end);
      last = std::max(last, tensor.end);
      tensors_.emplace(name, std::move(tensor));
    }
  } catch (const nlohmann::json::exception&) {
    FailDamaged(path_, "its safetensors header cannot be read");
  }
  if (last != bytes_.size()) FailDamaged(path_, "bytes follow the last tensor");
}

void SafetensorsFile::Copy(std::string_view name, const std::vector<std::int64_t>& shape,
                           std::span<float> out) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) FailDamaged(path_, "tensor " + std::string(name) + " is missing");
  const Tensor& tensor = found->second;
  if (tensor.shape != shape || tensor.end - tensor.begin != out.size_bytes()) {
    FailDamaged(path_, "tensor " + std::string(name) + " has another shape than config.json says");
  }
  std::memcpy(out.data(), bytes_.data() + tensor.begin, out.size_bytes());
}

}  // namespace amooz::llama
