// Messages as JSON for scripts: Protobuf JSON with the proto's own field names, and every field
// there: zero ones, [] for empty lists, null for what is optional or a message and unset. Of a
// oneof the member that is set is printed alone. 64-bit numbers are strings, enums their names,
// Timestamps RFC 3339, Durations "3600s", bytes base64, a NaN "NaN": as Protobuf has it.
#ifndef AMOOZ_CLIENT_LIB_PROTO_JSON_H_
#define AMOOZ_CLIENT_LIB_PROTO_JSON_H_

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>

namespace amooz::client {

// Keeps the order of the proto's fields.
nlohmann::ordered_json ToJson(const google::protobuf::Message& message);
// One line, not ASCII-escaped, without the newline.
std::string ToJsonLine(const google::protobuf::Message& message);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_PROTO_JSON_H_
