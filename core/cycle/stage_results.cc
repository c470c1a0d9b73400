#include "core/cycle/stage_results.h"

#include <bit>
#include <cstring>
#include <unordered_map>

#include "core/base/status_macros.h"

namespace amooz::cycle {
namespace {

class Writer {
 public:
  void U8(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void U64(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
      bytes_.push_back(static_cast<char>(value >> shift & 0xff));
  }
  void Text(std::string_view text) {
    U64(text.size());
    bytes_.append(text);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Once a read goes beyond the end, everything reads as zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t U8() { return Has(1) ? static_cast<std::uint8_t>(Take(1)[0]) : std::uint8_t{0}; }
  std::uint64_t U64() {
    if (!Has(8)) return 0;
    std::uint64_t value = 0;
    const std::string_view raw = Take(8);
    for (std::size_t i = 0; i < 8; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(raw[i])) << (8 * i);
    }
    return value;
  }
  std::string Text() {
    const std::uint64_t size = U64();
    return Has(size) ? std::string(Take(size)) : std::string();
  }
  // A count of things that take at least a byte each.
  std::size_t Count() {
    const std::uint64_t count = U64();
    return Has(count) ? count : 0;
  }
  absl::Status Finish() const {
    if (is_ok_ && bytes_.empty()) return absl::OkStatus();
    return absl::DataLossError(
        "a stage's stored result is damaged: cancel the cycle and start it again");
  }

 private:
  bool Has(std::uint64_t size) {
    is_ok_ = is_ok_ && size <= bytes_.size();
    return is_ok_;
  }
  std::string_view Take(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
  bool is_ok_ = true;
};

constexpr std::uint8_t kHasScore = 1, kVetoed = 2;

}  // namespace

std::string EncodeScores(const std::vector<ChatScore>& scores) {
  // Reasons and issues are few and repeat: each is written once.
  std::vector<std::string_view> words;
  std::unordered_map<std::string_view, std::uint64_t> index;
  const auto index_of = [&](std::string_view word) {
    const auto [at, is_new] = index.try_emplace(word, words.size());
    if (is_new) words.push_back(word);
    return at->second;
  };
  Writer rows;
  for (const ChatScore& one : scores) {
    rows.U8(static_cast<std::uint8_t>((one.score ? kHasScore : 0) | (one.is_vetoed ? kVetoed : 0)));
    if (one.score) rows.U64(std::bit_cast<std::uint64_t>(*one.score));
    rows.U64(index_of(one.veto_reason));
    rows.U64(index_of(one.issues));
  }
  Writer all;
  all.U64(words.size());
  for (const std::string_view word : words) all.Text(word);
  all.U64(scores.size());
  return all.Take() + rows.Take();
}

absl::StatusOr<std::vector<ChatScore>> DecodeScores(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<std::string> words(reader.Count());
  for (std::string& word : words) word = reader.Text();
  const auto word_at = [&](std::uint64_t i) { return i < words.size() ? words[i] : std::string(); };
  std::vector<ChatScore> scores(reader.Count());
  for (ChatScore& one : scores) {
    const std::uint8_t flags = reader.U8();
    if (flags & kHasScore) one.score = std::bit_cast<double>(reader.U64());
    one.is_vetoed = (flags & kVetoed) != 0;
    one.veto_reason = word_at(reader.U64());
    one.issues = word_at(reader.U64());
  }
  RETURN_IF_ERROR(reader.Finish());
  return scores;
}

std::string EncodeVariations(const std::vector<VariationRow>& rows) {
  Writer writer;
  writer.U64(rows.size());
  for (const VariationRow& row : rows) {
    writer.Text(row.instruction);
    writer.Text(row.response);
    writer.U64(static_cast<std::uint64_t>(row.example_id));
    writer.U64(static_cast<std::uint64_t>(row.chat_index));
  }
  return writer.Take();
}

absl::StatusOr<std::vector<VariationRow>> DecodeVariations(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<VariationRow> rows(reader.Count());
  for (VariationRow& row : rows) {
    row.instruction = reader.Text();
    row.response = reader.Text();
    row.example_id = static_cast<std::int64_t>(reader.U64());
    row.chat_index = static_cast<std::int64_t>(reader.U64());
  }
  RETURN_IF_ERROR(reader.Finish());
  return rows;
}

}  // namespace amooz::cycle
