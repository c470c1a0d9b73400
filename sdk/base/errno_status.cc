#include "sdk/base/errno_status.h"

#include <system_error>

namespace amooz {
namespace {

Code CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermissionDenied;
    case EEXIST:
    case ENOTEMPTY:
      return Code::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EFBIG:
      return Code::kResourceExhausted;
    default:
      return Code::kInternal;
  }
}

}  // namespace

Status ErrnoStatus(const std::string& what, int error) {
  return Status(CodeOf(error), what + ": " + std::generic_category().message(error));
}

}  // namespace amooz
