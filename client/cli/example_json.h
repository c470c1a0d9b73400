// The lines of `dataset export`. Texts are byte for byte what is stored, not ASCII-escaped.
#ifndef AMOOZ_CLIENT_CLI_EXAMPLE_JSON_H_
#define AMOOZ_CLIENT_CLI_EXAMPLE_JSON_H_

#include <nlohmann/json.hpp>

#include "amooz/v1/types.pb.h"

namespace amooz::client {

// instruction, response
nlohmann::ordered_json PairJson(const v1::Example& example);
// Also id, origin (import | chat | variation), split (train | validation | held_out | excluded),
// context ([{"role", "text"}]), source, score (null: never scored), created_in.
nlohmann::ordered_json FullExampleJson(const v1::Example& example);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_EXAMPLE_JSON_H_
