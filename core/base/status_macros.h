// Early returns for functions that return absl::Status or absl::StatusOr. The expression may be
// Abseil's or sdk/base's kind of status; what is returned is Abseil's. They nest: an expression may
// hold a lambda that uses them (hence __COUNTER__ and not __LINE__).
#ifndef AMOOZ_CORE_BASE_STATUS_MACROS_H_
#define AMOOZ_CORE_BASE_STATUS_MACROS_H_

#include "core/base/status.h"

// NOLINTBEGIN(bugprone-macro-parentheses): what is not in parentheses is declared here.

// Returns from the enclosing function if `expr` is not ok.
#define RETURN_IF_ERROR(expr) RETURN_IF_ERROR_(AMOOZ_CONCAT_(amooz_status_, __COUNTER__), expr)
#define RETURN_IF_ERROR_(tmp, expr)                              \
  do {                                                           \
    if (auto tmp = ::amooz::ToAbsl(expr); !tmp.ok()) return tmp; \
  } while (false)
// ASSIGN_OR_RETURN(auto x, F());
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_(AMOOZ_CONCAT_(amooz_result_, __COUNTER__), lhs, expr)
#define ASSIGN_OR_RETURN_(tmp, lhs, expr)              \
  auto tmp = (expr);                                   \
  if (!tmp.ok()) return ::amooz::ToAbsl(tmp.status()); \
  lhs = *std::move(tmp)

// NOLINTEND(bugprone-macro-parentheses)

#endif  // AMOOZ_CORE_BASE_STATUS_MACROS_H_
