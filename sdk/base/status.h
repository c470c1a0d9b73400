// Status and Result<T>: how sdk/ and client-side code without Abseil report failure. Codes are
// google.rpc.Code numbers, so core/ and client/ map them 1:1 to absl::Status.
#ifndef AMOOZ_SDK_BASE_STATUS_H_
#define AMOOZ_SDK_BASE_STATUS_H_

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace amooz {

enum class Code : std::int32_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
};

// "NOT_FOUND" and so on; "UNKNOWN(99)" is never returned: numbers outside the enum print as
// "UNKNOWN".
std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  static Status Ok() { return {}; }
  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  // What happened, where, and what to do. Empty if ok.
  const std::string& message() const { return message_; }
  // "NOT_FOUND: message", or "OK".
  std::string ToString() const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A value or the Status that says why there is none. Reading value() of a failed Result is a
// programming error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                                  // NOLINT: implicit
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }  // NOLINT: implicit
  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return *std::move(value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace amooz

#define AMOOZ_CONCAT_INNER_(a, b) a##b
#define AMOOZ_CONCAT_(a, b) AMOOZ_CONCAT_INNER_(a, b)
// Returns the Status from the enclosing function if `expr` is not ok.
#define AMOOZ_RETURN_IF_ERROR(expr)                                             \
  do {                                                                          \
    if (auto amooz_status_ = (expr); !amooz_status_.ok()) return amooz_status_; \
  } while (false)
// AMOOZ_ASSIGN_OR_RETURN(auto x, F());
#define AMOOZ_ASSIGN_OR_RETURN(lhs, expr) \
  AMOOZ_ASSIGN_OR_RETURN_(AMOOZ_CONCAT_(amooz_result_, __LINE__), lhs, expr)
// NOLINTBEGIN(bugprone-macro-parentheses): `lhs` may be a declaration.
#define AMOOZ_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                            \
  if (!tmp.ok()) return tmp.status();           \
  lhs = *std::move(tmp)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // AMOOZ_SDK_BASE_STATUS_H_
