#include "client/cli/store_checks.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "sdk/base/artifact_manifest.h"
#include "sdk/base/data_folder.h"
#include "sdk/base/sha256.h"

namespace amooz::client {
namespace {

constexpr const char* kSubject = "database";
constexpr const char* kRepair =
    "Stop amoozd, keep a copy of the whole folder, then put back a backup or try `sqlite3 amooz.db "
    ".recover`.";

// sqlite.org/fileformat2.html, section 1.3; numbers are big-endian.
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kPageSizeAt = 16;
constexpr std::size_t kChangeCounterAt = 24;
constexpr std::size_t kPageCountAt = 28;
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;
constexpr std::size_t kPageCountValidForAt = 92;

class StoreHeader {
 public:
  // False if the file has not so many bytes.
  bool Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return static_cast<bool>(file.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size())));
  }
  bool IsSqlite() const { return std::string_view(bytes_.data(), kMagic.size()) == kMagic; }
  std::uint64_t page_bytes() const {
    const std::uint32_t size = Number(kPageSizeAt, 2);
    return size == 1 ? 65536 : size;
  }
  // 0: not noted.
  std::uint64_t pages() const {
    const bool is_valid = Number(kChangeCounterAt, 4) == Number(kPageCountValidForAt, 4);
    return is_valid ? Number(kPageCountAt, 4) : 0;
  }
  std::uint32_t schema_version() const { return Number(kUserVersionAt, 4); }
  std::uint32_t application_id() const { return Number(kApplicationIdAt, 4); }

 private:
  std::uint32_t Number(std::size_t at, std::size_t n) const {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + n; ++i) {
      number = number << 8 | static_cast<unsigned char>(bytes_[i]);
    }
    return number;
  }
  std::array<char, 100> bytes_ = {};
};

std::string StorePath(const std::string& data_dir) { return JoinPath(data_dir, kStoreName); }

bool HasWal(Env* env, const std::string& data_dir) {
  const auto size = env->FileSize(StorePath(data_dir) + "-wal");
  return size.ok() && *size > 0;
}

// The digests of the models under artifacts/.
std::vector<std::string> ModelsIn(Env* env, const std::string& data_dir) {
  auto names = env->ListDir(JoinPath(data_dir, kArtifactsName));
  if (!names.ok()) return {};
  std::erase_if(*names, [](const std::string& name) { return !Sha256FromHex(name).ok(); });
  return *std::move(names);
}

// Of a file without a write-ahead log.
Finding CheckHeader(const StoreHeader& header, std::uint64_t size_bytes) {
  const std::uint64_t whole_bytes = header.pages() * header.page_bytes();
  if (size_bytes < whole_bytes) {
    return Wrong(
        kSubject,
        StrCat("amooz.db was cut short: it has ", Count(static_cast<std::int64_t>(size_bytes)),
               " of ", Count(static_cast<std::int64_t>(whole_bytes)), " bytes"),
        kRepair);
  }
  const bool is_new = header.schema_version() == 0 && size_bytes <= header.page_bytes();
  if (header.application_id() != kStoreApplicationId && !is_new) {
    return Wrong(kSubject, "amooz.db is another program's database",
                 "Name another folder with --data-dir, or move that file away.");
  }
  if (header.schema_version() > kStoreSchemaVersion) {
    return Wrong(
        kSubject,
        StrCat("amooz.db was written by a newer amoozd (schema version ", header.schema_version(),
               "; this program knows up to ", kStoreSchemaVersion, ")"),
        "Start that newer amoozd, or put back a backup made before the upgrade.");
  }
  return Good(kSubject, StrCat("amooz.db has its whole length (", Bytes(size_bytes), ")"));
}

}  // namespace

Findings CheckStoreIsThere(Env* env, const std::string& data_dir) {
  const std::string path = StorePath(data_dir);
  std::error_code error;
  const auto file = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(file)) {
    return {Wrong(kSubject, StrCat(path, " is a folder, not a database"),
                  "Move it away and put amooz.db back from a backup.")};
  }
  const bool is_missing = file.type() == std::filesystem::file_type::not_found;
  const auto size_bytes = env->FileSize(path);
  const bool is_empty = size_bytes.ok() && *size_bytes == 0;
  if (!is_missing && !is_empty) return {};
  if (const auto models = ModelsIn(env, data_dir); !models.empty()) {
    return {Wrong(
        kSubject,
        StrCat(path, is_empty ? " is empty" : " is missing", ", though the files of ",
               Counted(static_cast<std::int64_t>(models.size()), "model"), " lie in artifacts/"),
        "Put amooz.db back from a backup before amoozd is started: it begins a new "
        "store, without chats, dataset and active model.")};
  }
  return {Wrong("data folder", StrCat(data_dir, " holds no amooz.db, so it is none of amoozd's"),
                "Name the folder that amoozd was started with: --data-dir DIR.")};
}

Findings CheckStore(Env* env, const std::string& data_dir) {
  const std::string path = StorePath(data_dir);
  const auto size_bytes = env->FileSize(path);
  if (!size_bytes.ok() || *size_bytes == 0) return {};
  StoreHeader header;
  if (!header.Read(path) || !header.IsSqlite()) {
    if (::access(path.c_str(), R_OK) != 0) {
      return {Note(kSubject, StrCat(path, " cannot be read by this user"), "")};
    }
    return {Wrong(kSubject, StrCat(path, " is damaged: it does not begin as a database"), kRepair)};
  }
  if (HasWal(env, data_dir)) return {};
  return {CheckHeader(header, *size_bytes)};
}

Findings CheckModelFiles(Env* env, const std::string& data_dir) {
  Findings findings;
  const std::vector<std::string> models = ModelsIn(env, data_dir);
  for (const std::string& digest : models) {
    const std::string dir = JoinPath(JoinPath(data_dir, kArtifactsName), digest);
    const Status status = VerifyArtifact(env, dir, digest).status();
    if (status.ok()) continue;
    findings.push_back(Wrong("model files", status.message(),
                             StrCat("Put ", dir, " back from a backup, or train again.")));
  }
  if (findings.empty() && !models.empty()) {
    findings.push_back(Good(
        "model files", StrCat("of ", Counted(static_cast<std::int64_t>(models.size()), "model"),
                              ", each as its manifest has it")));
  }
  return findings;
}

}  // namespace amooz::client
