// Sends a file's examples to the server as one dataset version.
#ifndef AMOOZ_CLIENT_LIB_EXAMPLE_IMPORT_H_
#define AMOOZ_CLIENT_LIB_EXAMPLE_IMPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "amooz/v1/dataset.grpc.pb.h"
#include "client/lib/import_file.h"

namespace amooz::client {

// All or nothing: the server adds nothing unless the whole stream came. `name` is the file's name,
// for people.
absl::StatusOr<v1::ImportExamplesResponse> ImportExamples(v1::DatasetService::StubInterface* stub,
                                                          const ExampleFile& file,
                                                          const std::string& name);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_EXAMPLE_IMPORT_H_
