// Whole files, read and durably written.
#ifndef AMOOZ_PLUGINS_TORCH_FILES_H_
#define AMOOZ_PLUGINS_TORCH_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "plugins/torch/failure.h"

namespace amooz::llama {

bool FileExists(const std::string& path);
// All three call `stop_point` many times a second, and what it throws ends them.
// DATA_LOSS with the path if it cannot be read.
std::string ReadFile(const std::string& path, const StopPoint& stop_point = GoOn);
// The pieces, one after the other, as a new file. RESOURCE_EXHAUSTED or INTERNAL on failure.
void WriteFile(const std::string& path, const std::vector<std::string_view>& pieces,
               const StopPoint& stop_point = GoOn);
// Like WriteFile, but a crash at any time leaves either the old file or the new one, whole:
// written aside, fsynced, renamed, the folder fsynced.
void ReplaceFileDurably(const std::string& path, const std::vector<std::string_view>& pieces,
                        const StopPoint& stop_point = GoOn);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_FILES_H_
