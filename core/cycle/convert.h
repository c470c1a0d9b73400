// From the store's types to the protocol's, for what the cycle and the dataset show.
#ifndef AMOOZ_CORE_CYCLE_CONVERT_H_
#define AMOOZ_CORE_CYCLE_CONVERT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "amooz/v1/cycle.pb.h"
#include "amooz/v1/dataset.pb.h"
#include "core/base/domain.h"

namespace amooz::cycle {

v1::Example ToProto(const Example& example);
v1::DatasetVersion ToProto(const DatasetVersion& version);
absl::StatusOr<v1::Cycle> ToProto(const Cycle& cycle);  // DATA_LOSS if its summary cannot be read

// A message as JSON, the proto's own field names, zero fields printed.
std::string ToJson(const google::protobuf::Message& message);
// DATA_LOSS "<what> cannot be read".
absl::Status FromJson(const std::string& json, std::string_view what,
                      google::protobuf::Message* message);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_CONVERT_H_
