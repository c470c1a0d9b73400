#include "sdk/host/naming.h"

#include <cstdlib>

namespace amooz::host {

Status OfPlugin(const std::string& name, const Status& status) {
  if (status.ok()) return status;
  return Status(status.code(), "plugin '" + name + "': " + status.message());
}

Status AtPath(const std::string& path, const Status& status) {
  if (status.ok()) return status;
  return Status(status.code(), path + ": " + status.message());
}

std::string TemporaryDir() {
  const char* dir = std::getenv("TMPDIR");
  return dir != nullptr && *dir == '/' ? dir : "/tmp";
}

}  // namespace amooz::host
