// Named points at which a test build dies on purpose, so that recovery can be tested.
//
//   AMOOZ_FAILPOINT("cycle.score.before_commit");
//
// Compiled to nothing unless AMOOZ_FAILPOINTS is defined (CMake option AMOOZ_FAILPOINTS; the
// `release` preset lacks it). Where it is defined, the environment decides:
//   AMOOZ_FAILPOINT=name[:n]     the process kills itself with SIGKILL at the n-th (default first)
//   pass of `name` AMOOZ_FAILPOINT_LOG=FILE     every pass appends "name\n" to FILE (so that a test
//   can list what exists and was hit)
#ifndef AMOOZ_SDK_BASE_FAILPOINT_H_
#define AMOOZ_SDK_BASE_FAILPOINT_H_

#ifdef AMOOZ_FAILPOINTS
namespace amooz {
// [any thread]
void PassFailpoint(const char* name);
}  // namespace amooz
#define AMOOZ_FAILPOINT(name) ::amooz::PassFailpoint(name)
#else
#define AMOOZ_FAILPOINT(name) static_cast<void>(0)
#endif

#endif  // AMOOZ_SDK_BASE_FAILPOINT_H_
