#include "client/chat_service/rejected_chats.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "amooz/v1/types.pb.h"
#include "client/lib/proto_json.h"

namespace amooz::chat {
namespace {

constexpr std::string_view kSuffix = ".json";

std::string FileName(std::uint64_t seq) {
  const std::string digits = std::to_string(seq);
  return std::string(20 - digits.size(), '0') + digits + std::string(kSuffix);
}

std::string Hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return hex;
}

}  // namespace

Result<std::unique_ptr<RejectedChats>> RejectedChats::Open(const std::string& dir, Env* env) {
  AMOOZ_RETURN_IF_ERROR(env->MakeDirs(dir));
  AMOOZ_ASSIGN_OR_RETURN(const auto names, env->ListDir(dir));
  const auto count = std::count_if(names.begin(), names.end(),
                                   [](const auto& name) { return name.ends_with(kSuffix); });
  return std::unique_ptr<RejectedChats>(
      new RejectedChats(dir, env, static_cast<std::uint32_t>(count)));
}

Status RejectedChats::Add(const std::string& producer, std::uint64_t seq, Code code,
                          const std::string& message, const std::string& chat_bytes) {
  nlohmann::ordered_json json = {{"producer", producer},
                                 {"seq", seq},
                                 {"code", std::string(CodeName(code))},
                                 {"message", message}};
  v1::Chat chat;
  if (chat.ParseFromString(chat_bytes)) {
    json["chat"] = client::ToJson(chat);
  } else {
    json["chat_hex"] = Hex(chat_bytes);
  }
  const std::string path = JoinPath(dir_, FileName(seq));
  const bool is_new = !env_->Exists(path);
  AMOOZ_RETURN_IF_ERROR(WriteFileAtomically(
      env_, path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"));
  if (is_new) ++count_;
  return Status::Ok();
}

}  // namespace amooz::chat
