// What a test build pretends of the disk, for tests on machines where no small disk can be mounted.
//
// Where AMOOZ_FAILPOINTS is defined, the file that the environment's AMOOZ_DISK_FAULT_FILE names
// holds "low" (2 % free), "full" or "read_only"; without it, and in every other build, the disk is
// as it is. Env and the store look before each write.
#ifndef AMOOZ_SDK_BASE_DISK_FAULT_H_
#define AMOOZ_SDK_BASE_DISK_FAULT_H_

namespace amooz {

enum class DiskFault { kNone, kLow, kFull, kReadOnly };

#ifdef AMOOZ_FAILPOINTS
DiskFault PretendedDiskFault();  // [any thread]
#else
constexpr DiskFault PretendedDiskFault() { return DiskFault::kNone; }
#endif

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_DISK_FAULT_H_
