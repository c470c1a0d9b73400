#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "amooz/sdk/abi.h"
#include "sdk/base/artifact_manifest.h"
#include "sdk/base/clock.h"
#include "sdk/base/files.h"
#include "sdk/base/json.h"
#include "sdk/base/sha256.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/interrupt.h"
#include "sdk/tool/rows.h"
#include "sdk/tool/table.h"

namespace amooz::tool {
namespace {

// Without a slash at its end; "" stays "".
std::string Absolute(const std::string& path) {
  std::error_code error;
  if (path.empty()) return path;
  const std::filesystem::path whole = std::filesystem::absolute(path, error).lexically_normal();
  // "model/" and "." end in a slash, and what is to lie beside the folder would lie in it.
  return (whole.has_filename() ? whole : whole.parent_path()).string();
}

Status CheckNoFile(const std::string& flag, const std::string& dir) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(dir, error);
  if (!std::filesystem::exists(status) || std::filesystem::is_directory(status)) {
    return Status::Ok();
  }
  return Status(Code::kAlreadyExists, flag + " " + dir + " is a file; name a folder");
}

Status CheckNewOrEmpty(const std::string& dir) {
  AMOOZ_RETURN_IF_ERROR(CheckNoFile("--out", dir));
  Env* const env = Env::Default();
  if (!env->Exists(dir)) return Status::Ok();
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<std::string> names, env->ListDir(dir));
  if (names.empty()) return Status::Ok();
  return Status(Code::kAlreadyExists,
                "--out " + dir + " is not empty; name a new folder, or empty this one");
}

// One line on a terminal that is written over; nothing elsewhere. Also keeps what was said last.
class Progress {
 public:
  Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {
    observer_.on_progress = [this](std::uint64_t done, std::uint64_t total) {
      step_ = std::to_string(done) + (total > 0 ? "/" + std::to_string(total) : "");
      Draw();
    };
    observer_.on_metric = [this](std::string_view name, double value, std::int64_t) {
      metrics_[std::string(name)] = value;
    };
    observer_.on_annotation = [this](std::string_view key, std::string_view value) {
      annotations_[std::string(key)] = value;
    };
    observer_.on_log = [this](std::int32_t, std::string_view line) {
      Clear();
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    };
  }
  const host::Observer* observer() const { return &observer_; }
  void Clear() const {
    if (is_terminal_) std::fprintf(stderr, "\r\033[K");
  }
  const std::map<std::string, double>& metrics() const { return metrics_; }
  const std::map<std::string, std::string>& annotations() const { return annotations_; }

 private:
  void Draw() const {
    if (!is_terminal_) return;
    std::string line = "\r\033[Kstep " + step_;
    for (const auto& [name, value] : metrics_) line += "  " + name + " " + Fixed(value, 4);
    std::fputs(line.c_str(), stderr);
  }
  const bool is_terminal_;
  host::Observer observer_;
  std::string step_;
  std::map<std::string, double> metrics_;
  std::map<std::string, std::string> annotations_;
};

// Of the names and bytes of the files in `dir`. Folders are passed over: a model that came from
// elsewhere may have some.
Result<std::string> DigestOfFiles(const std::string& dir) {
  Sha256 sha;
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<std::string> names, Env::Default()->ListDir(dir));
  for (const std::string& name : names) {
    const std::string path = JoinPath(dir, name);
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) continue;
    sha.UpdateField(name);
    AMOOZ_ASSIGN_OR_RETURN(const Sha256Digest digest, Sha256OfFile(path));
    sha.UpdateField(ToHex(digest));
  }
  return ToHex(sha.Finish());
}

// Of everything that decides the result, so that a checkpoint of another training is ignored.
Result<std::string> JobDigest(const TrainOptions& options, const host::Plugin& plugin,
                              const std::string& base_dir, const std::vector<host::Example>& train,
                              const std::vector<host::Example>& validation) {
  Sha256 sha;
  sha.UpdateField(plugin.descriptor().sha256);
  AMOOZ_ASSIGN_OR_RETURN(const std::string config, ConfigText(options.plugin.config));
  sha.UpdateField(config);
  std::string base;
  if (!base_dir.empty()) {
    AMOOZ_ASSIGN_OR_RETURN(base, DigestOfFiles(base_dir));
  }
  sha.UpdateField(base);
  sha.UpdateU64(options.seed);
  for (const auto* rows : {&train, &validation}) {
    sha.UpdateU64(rows->size());
    for (const host::Example& row : *rows) {
      sha.UpdateField(row.instruction);
      sha.UpdateField(row.response);
      sha.UpdateU64(row.context.size());
      for (const host::Turn& turn : row.context) {
        sha.UpdateU64(static_cast<std::uint64_t>(turn.role));
        sha.UpdateField(turn.text);
      }
    }
  }
  return ToHex(sha.Finish());
}

void PrintSummary(const TrainOptions& options, const std::string& out, double seconds,
                  const Progress& progress) {
  nlohmann::ordered_json summary{{"out", out}, {"seconds", seconds}};
  summary["metrics"] = progress.metrics();
  summary["annotations"] = progress.annotations();
  if (options.json) {
    std::printf("%s\n", summary.dump().c_str());
    return;
  }
  std::printf("trained in %s s: %s\n", Fixed(seconds, 1).c_str(), out.c_str());
  for (const auto& [name, value] : progress.metrics()) {
    std::printf("  %-18s %s\n", name.c_str(), Fixed(value, 4).c_str());
  }
  for (const auto& [key, value] : progress.annotations()) {
    std::printf("  %-18s %s\n", key.c_str(), value.c_str());
  }
}

// What may become a model: plain files, one at least. As core/model/artifact_store.cc has it, so
// that what this tool takes amoozd takes too.
Status CheckArtifact(const host::Descriptor& trainer, const std::string& dir) {
  const Result<Manifest> manifest = MakeManifest(Env::Default(), dir, trainer.artifact_format);
  if (manifest.ok() && !manifest->files.empty()) return Status::Ok();
  const std::string what =
      manifest.ok() ? "no files into its output folder" : manifest.status().message();
  return Status(manifest.ok() ? Code::kInvalidArgument : manifest.status().code(),
                "plugin '" + trainer.name + "': the trainer wrote " + what);
}

// A failure, with what can be done about it: a checkpoint that holds something is gone on from.
Status AfterFailure(const Status& failure, const std::string& checkpoint_dir) {
  Env* const env = Env::Default();
  const Result<std::vector<std::string>> kept = env->ListDir(checkpoint_dir);
  if (!kept.ok() || kept->empty()) {
    AMOOZ_RETURN_IF_ERROR(env->RemoveAll(checkpoint_dir));
    return failure;
  }
  return Status(failure.code(), failure.message() + "\nWhat was reached is kept in " +
                                    checkpoint_dir + "; the same command goes on from there");
}

// Rows of one split; none for "".
Result<std::vector<host::Example>> RowsOf(const std::string& path, std::int32_t split) {
  if (path.empty()) return std::vector<host::Example>();
  AMOOZ_ASSIGN_OR_RETURN(std::vector<host::Example> rows, ReadRows(path));
  for (host::Example& row : rows) row.split = split;
  return rows;
}

}  // namespace

Status RunTrain(const TrainOptions& options) {
  Env* const env = Env::Default();
  const std::string out = Absolute(options.out);
  AMOOZ_RETURN_IF_ERROR(CheckNewOrEmpty(out));
  AMOOZ_ASSIGN_OR_RETURN(std::vector<host::Example> train, RowsOf(options.in, AMOOZ_SPLIT_TRAIN));
  AMOOZ_ASSIGN_OR_RETURN(std::vector<host::Example> validation,
                         RowsOf(options.validation, AMOOZ_SPLIT_VALIDATION));
  Progress progress;
  const host::CallOptions call{StopOnInterrupt(), progress.observer(), 0};
  AMOOZ_ASSIGN_OR_RETURN(const std::unique_ptr<host::Plugin> plugin,
                         Open(options.plugin, host::Kind::kTrainer, call.stop));
  host::TrainJob job;
  job.base_dir = Absolute(options.base);
  job.output_dir = out + ".partial";
  job.checkpoint_dir =
      options.checkpoint.empty() ? out + ".checkpoint" : Absolute(options.checkpoint);
  AMOOZ_RETURN_IF_ERROR(CheckNoFile("--checkpoint", job.checkpoint_dir));
  AMOOZ_ASSIGN_OR_RETURN(job.job_digest,
                         JobDigest(options, *plugin, job.base_dir, train, validation));
  job.seed = options.seed;
  job.cpu_threads = options.plugin.threads;
  job.max_seconds = options.max_seconds;
  AMOOZ_RETURN_IF_ERROR(env->RemoveAll(job.output_dir));
  AMOOZ_RETURN_IF_ERROR(env->MakeDirs(job.output_dir));
  AMOOZ_RETURN_IF_ERROR(env->MakeDirs(job.checkpoint_dir));

  host::VectorExampleSource source(std::move(train), std::move(validation));
  const std::int64_t began = MonotonicNanos();
  Status trained = plugin->trainer()->Train(job, &source, call);
  progress.Clear();
  if (trained.ok()) trained = CheckArtifact(plugin->descriptor(), job.output_dir);
  if (!trained.ok()) {
    AMOOZ_RETURN_IF_ERROR(env->RemoveAll(job.output_dir));
    return AfterFailure(trained, job.checkpoint_dir);
  }
  AMOOZ_RETURN_IF_ERROR(env->RemoveAll(out));
  AMOOZ_RETURN_IF_ERROR(env->Rename(job.output_dir, out));
  AMOOZ_RETURN_IF_ERROR(env->RemoveAll(job.checkpoint_dir));
  PrintSummary(options, out, static_cast<double>(MonotonicNanos() - began) * 1e-9, progress);
  return Status::Ok();
}

}  // namespace amooz::tool
