// For tests: a cycle's report with something in every part.
#ifndef AMOOZ_CLIENT_CLI_SAMPLE_REPORT_H_
#define AMOOZ_CLIENT_CLI_SAMPLE_REPORT_H_

#include "amooz/v1/cycle.pb.h"

namespace amooz::client {

v1::CycleReport SampleReport();

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_SAMPLE_REPORT_H_
