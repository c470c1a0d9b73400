#include "core/base/status.h"

#include <string>

namespace amooz {

absl::Status ToAbsl(const Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.code()), status.message());
}

Status FromAbsl(const absl::Status& status) {
  if (status.ok()) return {};
  return Status(static_cast<Code>(status.raw_code()), std::string(status.message()));
}

}  // namespace amooz
