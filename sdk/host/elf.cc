#include "sdk/host/elf.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>

namespace amooz::host {
namespace {

Status NotALibrary(const char* why) {
  return Status(Code::kFailedPrecondition,
                std::string("is not a shared library for this machine (") + why + ")");
}

// The T at `offset`, copied out; nullopt if it does not lie in the image.
template <typename T>
std::optional<T> ReadAt(std::string_view image, std::uint64_t offset) {
  if (offset > image.size() || image.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, image.data() + offset, sizeof(T));
  return value;
}

std::vector<Elf64_Phdr> ProgramHeaders(std::string_view image, const Elf64_Ehdr& header) {
  std::vector<Elf64_Phdr> headers;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto program = ReadAt<Elf64_Phdr>(image, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!program.has_value()) break;
    headers.push_back(*program);
  }
  return headers;
}

// The file offset of a virtual address, by the segment that holds it.
std::optional<std::uint64_t> FileOffset(const std::vector<Elf64_Phdr>& headers,
                                        std::uint64_t address) {
  for (const Elf64_Phdr& program : headers) {
    if (program.p_type == PT_LOAD && address >= program.p_vaddr &&
        address - program.p_vaddr < program.p_filesz) {
      return program.p_offset + (address - program.p_vaddr);
    }
  }
  return std::nullopt;
}

std::vector<Elf64_Dyn> DynamicEntries(std::string_view image,
                                      const std::vector<Elf64_Phdr>& headers) {
  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& program : headers) {
    if (program.p_type != PT_DYNAMIC) continue;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= program.p_filesz;
         at += sizeof(Elf64_Dyn)) {
      const auto entry = ReadAt<Elf64_Dyn>(image, program.p_offset + at);
      if (!entry.has_value() || entry->d_tag == DT_NULL) break;
      entries.push_back(*entry);
    }
  }
  return entries;
}

}  // namespace

Result<std::vector<std::string>> ElfNeeded(std::string_view image) {
  const auto header = ReadAt<Elf64_Ehdr>(image, 0);
  if (!header.has_value() || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    return NotALibrary("no ELF header");
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_phentsize != sizeof(Elf64_Phdr)) {
    return NotALibrary("not 64-bit little-endian ELF");
  }
  if (header->e_type != ET_DYN) return NotALibrary("not a shared object");
  const std::vector<Elf64_Phdr> headers = ProgramHeaders(image, *header);
  const std::vector<Elf64_Dyn> entries = DynamicEntries(image, headers);
  std::optional<std::uint64_t> strings;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_STRTAB) strings = FileOffset(headers, entry.d_un.d_ptr);
  }
  std::vector<std::string> needed;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag != DT_NEEDED) continue;
    const std::uint64_t at = strings.value_or(image.size()) + entry.d_un.d_val;
    const std::size_t end = at < image.size() ? image.find('\0', at) : std::string_view::npos;
    if (end == std::string_view::npos) return NotALibrary("its dynamic section is damaged");
    needed.emplace_back(image.substr(at, end - at));
  }
  return needed;
}

}  // namespace amooz::host
