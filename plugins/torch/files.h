// Whole files, read and durably written.
#ifndef AMOOZ_PLUGINS_TORCH_FILES_H_
#define AMOOZ_PLUGINS_TORCH_FILES_H_

#include <string>
#include <string_view>
#include <vector>

namespace amooz::llama {

bool FileExists(const std::string& path);
// DATA_LOSS with the path if it cannot be read.
std::string ReadFile(const std::string& path);
// The pieces, one after the other, as a new file. RESOURCE_EXHAUSTED or INTERNAL on failure.
void WriteFile(const std::string& path, const std::vector<std::string_view>& pieces);
// Like WriteFile, but a crash at any time leaves either the old file or the new one, whole:
// written aside, fsynced, renamed, the folder fsynced.
void ReplaceFileDurably(const std::string& path, const std::vector<std::string_view>& pieces);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_FILES_H_
