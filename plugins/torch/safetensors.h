// The safetensors file format: 8 bytes of header length, a JSON header, raw little-endian tensors.
// Only 32-bit floats, which is all that we write.
#ifndef AMOOZ_PLUGINS_TORCH_SAFETENSORS_H_
#define AMOOZ_PLUGINS_TORCH_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace amooz::llama {

struct TensorToWrite {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;
};

// The file's pieces: the returned header, then each tensor's bytes. The header is padded with
// spaces so that the tensors are aligned to 8 bytes, and holds `metadata` (texts only).
std::string SafetensorsHeader(const std::vector<TensorToWrite>& tensors,
                              const std::map<std::string, std::string>& metadata);
std::string_view BytesOf(std::span<const float> values);

// Reads such a file. Every offset is checked before it is used: a damaged file gives DATA_LOSS that
// names it, never a read outside it.
class SafetensorsFile {
 public:
  SafetensorsFile(std::string bytes, std::string path);
  // Copies tensor `name`, which must have this shape, to `out`.
  void Copy(std::string_view name, const std::vector<std::int64_t>& shape,
            std::span<float> out) const;
  std::size_t tensor_count() const { return tensors_.size(); }
  std::size_t size_bytes() const { return bytes_.size(); }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  struct Tensor {
    std::vector<std::int64_t> shape;
    std::size_t begin, end;  // in bytes_
  };
  std::string bytes_, path_;
  std::map<std::string, Tensor, std::less<>> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_SAFETENSORS_H_
