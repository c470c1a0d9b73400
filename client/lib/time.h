// Times of the protocol: microseconds since 1970-01-01T00:00:00Z on one side, Timestamps on the
// other.
#ifndef AMOOZ_CLIENT_LIB_TIME_H_
#define AMOOZ_CLIENT_LIB_TIME_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>

#include "absl/time/time.h"

namespace amooz::client {

void SetTime(std::int64_t time_us, google::protobuf::Timestamp* timestamp);
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
absl::Duration ToDuration(const google::protobuf::Duration& duration);
void SetDuration(absl::Duration value, google::protobuf::Duration* duration);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_TIME_H_
