#include "core/dataset/canonical.h"

namespace amooz::dataset {

void DatasetDigest::PutU64(std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8)
    row_.push_back(static_cast<char>(value >> shift & 0xff));
}

void DatasetDigest::PutText(std::string_view text) {
  PutU64(text.size());
  row_.append(text);
}

void DatasetDigest::Add(std::string_view instruction, std::string_view response,
                        std::span<const Turn> context, Split split, Origin origin) {
  row_.clear();
  PutText(instruction);
  PutText(response);
  PutU64(context.size());
  for (const Turn& turn : context) {
    PutU64(static_cast<std::uint64_t>(turn.role));
    PutText(turn.text);
  }
  PutU64(static_cast<std::uint64_t>(split));
  PutU64(static_cast<std::uint64_t>(origin));
  sha256_.Update(row_);
}

std::string DatasetDigest::FinishHex() { return ToHex(sha256_.Finish()); }

}  // namespace amooz::dataset
