// Where exceptions end: what a call threw becomes a Status.
#ifndef AMOOZ_SDK_BASE_EXCEPTIONS_H_
#define AMOOZ_SDK_BASE_EXCEPTIONS_H_

#include <type_traits>
#include <utility>

#include "sdk/base/status.h"

namespace amooz {

// RESOURCE_EXHAUSTED if memory ran out, else INTERNAL with what the exception says. To be called in
// a catch block.
Status StatusOfException();

// What `call()` returns, a Status or a Result, or what it threw.
template <class Call>
std::invoke_result_t<Call> WithoutExceptions(Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    return StatusOfException();
  }
}

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_EXCEPTIONS_H_
