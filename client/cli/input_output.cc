#include "client/cli/input_output.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "client/cli/display_width.h"
#include "client/cli/progress_view.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr absl::Duration kSilence = absl::Seconds(2);
constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);
constexpr int kBarColumns = 24;

}  // namespace

absl::StatusOr<std::string> ReadInput(const Cli& cli, const std::string& path) {
  if (path != "-") return ToAbsl(Env::Default()->ReadFile(path));
  std::istream& in = *cli.terminal().in;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

std::string BaseName(std::string_view path) {
  const auto slash = path.find_last_of('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

void AddOutOption(CLI::App* verb, std::string* out) {
  verb->add_option("--out", *out, "A file (default: standard output)")
      ->type_name("FILE")
      ->check([](const std::string& file) {
        return std::string(file.empty() ? "is empty: give a file, or leave it out" : "");
      });
}

absl::StatusOr<std::unique_ptr<Output>> Output::Open(const Cli& cli, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;  // opening the file says what is wrong
  const fs::file_status target = fs::status(path, ignored);
  if (fs::is_directory(target)) {
    return absl::InvalidArgumentError(StrCat(path, " is a folder; give a file"));
  }
  const bool is_direct = fs::exists(target) && !fs::is_regular_file(target);
  std::string name = path;
  if (!is_direct && fs::is_symlink(fs::symlink_status(path, ignored))) {
    name = fs::weakly_canonical(path, ignored).string();
  }
  std::unique_ptr<Output> output(new Output(cli, name));
  output->is_direct_ = is_direct;
  if (!path.empty()) {
    AMOOZ_ASSIGN_OR_RETURN(
        output->file_,
        ToAbsl(is_direct ? Env::Default()->OpenWritable(name, /*truncate=*/false)
                         : Env::Default()->OpenWritable(output->AsidePath(), /*truncate=*/true)));
  }
  return output;
}

Output::~Output() {
  if (!is_aside()) return;
  file_.reset();
  // Should that fail too, the file's name says what it is.
  [[maybe_unused]] const Status removed = Env::Default()->RemoveFile(AsidePath());
}

absl::Status Output::Write(std::string_view bytes) {
  if (path_.empty()) {
    cli_.Print(bytes);
    if (!cli_.terminal().out->good()) return absl::InternalError("could not write the output");
    return absl::OkStatus();
  }
  buffer_ += bytes;
  if (buffer_.size() < kBufferBytes) return absl::OkStatus();
  AMOOZ_RETURN_IF_ERROR(ToAbsl(file_->Append(buffer_)));
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status Output::Finish() {
  if (path_.empty()) return absl::OkStatus();
  AMOOZ_RETURN_IF_ERROR(ToAbsl(file_->Append(buffer_)));
  if (is_direct_) return ToAbsl(file_->Close());
  AMOOZ_RETURN_IF_ERROR(ToAbsl(file_->Sync()));
  AMOOZ_RETURN_IF_ERROR(ToAbsl(file_->Close()));
  AMOOZ_RETURN_IF_ERROR(ToAbsl(Env::Default()->Rename(AsidePath(), path_)));
  file_.reset();
  return absl::OkStatus();
}

ProgressLine::ProgressLine(const Cli& cli, std::string what)
    : terminal_(cli.terminal()), what_(std::move(what)), started_(absl::Now()) {}

ProgressLine::~ProgressLine() {
  if (has_line_) *terminal_.err << "\r\x1B[2K" << std::flush;
}

void ProgressLine::Update(std::uint64_t done, std::uint64_t total) {
  const absl::Time now = absl::Now();
  if (!terminal_.err_is_terminal || now - started_ < kSilence || now - last_drawn_ < kRedrawEvery) {
    return;
  }
  last_drawn_ = now;
  has_line_ = true;
  const double share = total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
  const std::string line =
      StrCat(what_, "  ", Bar(share, kBarColumns), " ", Fixed(100 * share, 0), " %");
  *terminal_.err << "\r\x1B[2K" << TruncateToWidth(line, std::max(20, terminal_.columns - 1))
                 << std::flush;
}

}  // namespace amooz::client
