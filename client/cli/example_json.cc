#include "client/cli/example_json.h"

#include "client/cli/words.h"

namespace amooz::client {

using nlohmann::ordered_json;

ordered_json PairJson(const v1::Example& example) {
  ordered_json json;
  json["instruction"] = example.instruction();
  json["response"] = example.response();
  return json;
}

ordered_json FullExampleJson(const v1::Example& example) {
  ordered_json json = PairJson(example);
  json["id"] = example.id();
  json["origin"] = EnumWord(example.origin());
  json["split"] = EnumWord(example.split());
  json["context"] = ordered_json::array();
  for (const v1::Turn& turn : example.context()) {
    json["context"].push_back({{"role", EnumWord(turn.role())}, {"text", turn.text()}});
  }
  json["source"] = example.source();
  json["score"] = example.has_score() ? ordered_json(example.score()) : ordered_json(nullptr);
  json["created_in"] = example.created_in();
  return json;
}

}  // namespace amooz::client
