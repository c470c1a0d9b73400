// A ChatRequest: whether it can be answered, what the model is asked, what is logged of it.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_CHAT_REQUEST_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_CHAT_REQUEST_H_

#include <cstdint>
#include <string>

#include "amooz/v1/chat.pb.h"
#include "amooz/v1/types.pb.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::chat {

// All texts of a request together, so that with its reply it stays near what amoozd takes.
inline constexpr std::size_t kMaxRequestBytes = 1 << 20;
inline constexpr std::size_t kMaxLabelBytes = 256;  // subject, source
inline constexpr std::uint32_t kMaxTokens = 4096;
inline constexpr int kMaxStops = 16;

// INVALID_ARGUMENT that names the field, what is wrong with it, and what is right. Never holds a
// text of the chat.
Status ValidateChatRequest(const v1::ChatRequest& request);

// What is unset stays unset, so that the model's own generation_config.json decides; a seed that is
// unset is `fresh_seed`.
host::GenerateRequest ToGenerateRequest(const v1::ChatRequest& request, std::uint32_t fresh_seed);

// The chat as amoozd gets it. `micros`: when the reply ended, since 1970.
v1::Chat ToLoggedChat(const v1::ChatRequest& request, const std::string& reply,
                      const std::string& model_digest, std::int64_t micros);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_CHAT_REQUEST_H_
