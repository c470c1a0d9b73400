// What lies in the data folders of the two servers, as far as more than one program must know it:
// each server refuses the other's folder, and `amooz doctor` looks at a store without SQLite.
// docs/formats has everything.
#ifndef AMOOZ_SDK_BASE_DATA_FOLDER_H_
#define AMOOZ_SDK_BASE_DATA_FOLDER_H_

#include <cstdint>

namespace amooz {

// Made by the server whose folder it is before anything else, locked while it runs.
inline constexpr char kServerLockName[] = "amoozd.lock";
inline constexpr char kChatServiceLockName[] = "amooz-chat.lock";

inline constexpr char kArtifactsName[] = "artifacts";

// amoozd's store. The two numbers stand in the header of the file (application_id and
// user_version of sqlite.org/fileformat2.html, section 1.3).
inline constexpr char kStoreName[] = "amooz.db";
inline constexpr std::uint32_t kStoreApplicationId = 0x416d6f7a;  // "Amoz"
inline constexpr std::uint32_t kStoreSchemaVersion = 1;           // the newest

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_DATA_FOLDER_H_
