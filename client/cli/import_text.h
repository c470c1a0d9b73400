// What `chats import` and `dataset import` share: the server's limits, and words for bad records.
#ifndef AMOOZ_CLIENT_CLI_IMPORT_TEXT_H_
#define AMOOZ_CLIENT_CLI_IMPORT_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"
#include "client/cli/cli.h"
#include "client/lib/import_file.h"

namespace amooz::client {

// The configuration in force. A record longer than its chat_log.max_chat_bytes is bad here already,
// so that a file with one imports nothing (rule 26).
absl::StatusOr<v1::Config> ServerConfig(const Cli& cli);

// Refuses a file with bad records, all of them named. `path`: as the user gave it.
absl::Status RefuseBadRecords(const std::string& path, const FileFacts& facts);
// What was left out with --skip-bad; "" if nothing was.
std::string SkippedText(const FileFacts& facts);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_IMPORT_TEXT_H_
