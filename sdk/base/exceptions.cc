#include "sdk/base/exceptions.h"

#include <exception>
#include <new>
#include <string>

namespace amooz {

Status StatusOfException() {
  std::string what = "an exception of no known type";
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "the server is out of memory; try again later");
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  return Status(Code::kInternal, "a fault of the server (please report it): " + what);
}

}  // namespace amooz
