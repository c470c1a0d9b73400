// Files that a verb reads and writes. "-" is standard input.
#ifndef AMOOZ_CLIENT_CLI_INPUT_OUTPUT_H_
#define AMOOZ_CLIENT_CLI_INPUT_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/cli.h"
#include "sdk/base/files.h"

namespace amooz::client {

absl::StatusOr<std::string> ReadInput(const Cli& cli, const std::string& path);
// The last part of a path, for messages and names.
std::string BaseName(std::string_view path);

// --out FILE, for Output.
void AddOutOption(CLI::App* verb, std::string* out);

// Where a long answer goes: standard output, or a file that appears under its name only when it is
// whole (Finish). What is there and no plain file (a device, a pipe) is written into as it is; of
// a symbolic link, what it leads to.
class Output {
 public:
  // An empty path is standard output.
  static absl::StatusOr<std::unique_ptr<Output>> Open(const Cli& cli, const std::string& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  absl::Status Write(std::string_view bytes);
  absl::Status Finish();

 private:
  Output(const Cli& cli, std::string path) : cli_(cli), path_(std::move(path)) {}
  std::string AsidePath() const { return path_ + ".part"; }
  bool is_aside() const { return !is_direct_ && file_ != nullptr; }

  const Cli& cli_;
  const std::string path_;  // with no symbolic link at its end
  bool is_direct_ = false;
  std::unique_ptr<WritableFile> file_;
  std::string buffer_;
};

// A line on a terminal that says how far something is; silent for the first two seconds, and where
// standard error is no terminal. Not thread-safe.
class ProgressLine {
 public:
  ProgressLine(const Cli& cli, std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void Update(std::uint64_t done, std::uint64_t total);

 private:
  const Terminal& terminal_;
  const std::string what_;
  const absl::Time started_;
  absl::Time last_drawn_ = absl::InfinitePast();
  bool has_line_ = false;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_INPUT_OUTPUT_H_
