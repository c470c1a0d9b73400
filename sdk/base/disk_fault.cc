#include "sdk/base/disk_fault.h"

#ifdef AMOOZ_FAILPOINTS

#include <cstdlib>
#include <fstream>
#include <string>

namespace amooz {

DiskFault PretendedDiskFault() {
  static const char* const path = std::getenv("AMOOZ_DISK_FAULT_FILE");
  if (path == nullptr) return DiskFault::kNone;
  std::string word;
  std::ifstream(path) >> word;
  if (word == "low") return DiskFault::kLow;
  if (word == "full") return DiskFault::kFull;
  if (word == "read_only") return DiskFault::kReadOnly;
  return DiskFault::kNone;
}

}  // namespace amooz

#endif  // AMOOZ_FAILPOINTS
