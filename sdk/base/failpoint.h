// Named points at which a test build dies or stands still on purpose, so that recovery and
// cancelling can be tested at every instant.
//
//   AMOOZ_FAILPOINT("cycle.score.before_commit");
//
// Compiled to nothing unless AMOOZ_FAILPOINTS is defined (CMake option AMOOZ_FAILPOINTS; the
// `release` preset lacks it). Where it is defined, the environment decides; children inherit it, so
// a name means the process that passes it:
//   AMOOZ_FAILPOINT=name[:n]        the process kills itself with SIGKILL at the n-th (default
//                                   first) pass of `name`
//   AMOOZ_FAILPOINT_HOLD=name[:n]   the thread that makes the n-th pass creates the file that
//   AMOOZ_FAILPOINT_HOLD_FILE says, and goes on once that file is gone
//   AMOOZ_FAILPOINT_LOG=FILE        every pass appends "name\n" to FILE (so that a test can list
//                                   what exists and was hit, or wait for it)
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
