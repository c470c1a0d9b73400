#include "sdk/host/messages.h"

namespace amooz::host {

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

}  // namespace amooz::host
