#include "sdk/host/messages.h"

#include "sdk/host/wire.h"

namespace amooz::host {
namespace {

// Beside its texts: a row's numbers and the lengths of its texts; a turn's role and length.
constexpr std::size_t kRowBytes = 37;
constexpr std::size_t kTurnBytes = 8;
// What a frame of rows begins with takes less than these 64 bytes.
constexpr std::size_t kMaxRowBytes = kMaxPayloadBytes - 64;

}  // namespace

ExampleMessage ExampleMessage::From(const Example& example) {
  ExampleMessage message{example.instruction, example.response, {},
                         example.split,       example.origin,   example.response_author,
                         example.score,       example.meta_json};
  for (const Turn& turn : example.context) message.context.push_back({turn.role, turn.text});
  return message;
}

ExampleMessage ExampleMessage::From(const ExampleView& example) {
  ExampleMessage message{
      example.instruction,     example.response, {}, example.split, example.origin,
      example.response_author, example.score,    {}};
  for (const Turn& turn : example.context) message.context.push_back({turn.role, turn.text});
  return message;
}

std::size_t ExampleMessage::frame_bytes() const {
  std::size_t bytes = kRowBytes + instruction.size() + response.size() + meta_json.size();
  for (const TurnMessage& turn : context) bytes += kTurnBytes + turn.text.size();
  return bytes;
}

Status CheckFitsAFrame(const ExampleMessage& row, const std::string& name) {
  if (row.frame_bytes() <= kMaxRowBytes) return Status::Ok();
  return Status(Code::kInvalidArgument, name + " has " + std::to_string(row.frame_bytes()) +
                                            " bytes, at most " + std::to_string(kMaxRowBytes) +
                                            " can cross to a plugin's process; shorten it");
}

}  // namespace amooz::host
