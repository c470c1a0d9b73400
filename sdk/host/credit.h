// The bound on what one call may have under way towards its caller: a child may send kNoticeWindow
// notices (chunk, progress, metric, log, annotation), then waits; the parent gives credits back
// as its caller has dealt with them. So a slow reader holds back the plugin, and nothing else.
#ifndef AMOOZ_SDK_HOST_CREDIT_H_
#define AMOOZ_SDK_HOST_CREDIT_H_

#include <cstddef>
#include <cstdint>

namespace amooz::host {

inline constexpr std::uint32_t kNoticeWindow = 64;
inline constexpr std::uint32_t kCreditsGivenAtOnce = 16;
// A chunk longer than this is cut into several.
inline constexpr std::size_t kMaxChunkBytes = std::size_t{16} << 10;

// One answer to kPullExamples has no more than either, unless one example alone is larger.
inline constexpr std::size_t kExamplesAtOnce = 256;
inline constexpr std::size_t kExampleBytesAtOnce = std::size_t{256} << 10;

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_CREDIT_H_
