// dataset import|export|list|show|diff
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "amooz/v1/dataset.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/dataset_show.h"
#include "client/cli/example_json.h"
#include "client/cli/import_text.h"
#include "client/cli/input_output.h"
#include "client/cli/words.h"
#include "client/lib/example_import.h"
#include "client/lib/import_file.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

struct ImportOptions {
  std::string file;
  bool skip_bad = false;
};

std::string ImportText(const v1::ImportExamplesResponse& reply, const FileFacts& facts,
                       std::uint32_t max_size) {
  if (reply.already_imported()) {
    return StrCat("This file was already imported, in version ", reply.version().version(),
                  "; nothing was added, and what cycles left out since stays out.\n",
                  SkippedText(facts));
  }
  std::string text = StrCat(Counted(reply.imported(), "example"), " imported as version ",
                            reply.version().version(), ", which has ",
                            Counted(reply.version().size(), "example"), ".\n");
  if (max_size > 0 && reply.version().size() > max_size) {
    StrAppend(&text, "The next cycle keeps ", Count(max_size),
              " of them: cycle.max_dataset_size; cycle.eviction says which.\n");
  }
  return text + SkippedText(facts);
}

absl::Status ImportDataset(const Cli& cli, const ImportOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const std::string bytes, ReadInput(cli, options.file));
  AMOOZ_ASSIGN_OR_RETURN(const v1::Config config, ServerConfig(cli));
  AMOOZ_ASSIGN_OR_RETURN(const ExampleFile file,
                         ReadExamples(bytes, config.chat_log().max_chat_bytes()));
  if (!file.facts.bad.empty() && !options.skip_bad) {
    return RefuseBadRecords(options.file, file.facts);
  }
  const auto stub = cli.Stub<v1::DatasetService>();
  const std::string name = options.file == "-" ? "standard input" : BaseName(options.file);
  const auto reply = ImportExamples(stub.get(), file, name);
  if (!reply.ok()) {
    const absl::Status status = cli.core().Explain(reply.status());
    // The command was right; it is the file that the server found fault with.
    if (absl::IsInvalidArgument(status)) return absl::DataLossError(status.message());
    return status;
  }
  cli.Show(*reply,
           [&] { return ImportText(*reply, file.facts, config.cycle().max_dataset_size()); });
  return absl::OkStatus();
}

struct ExportOptions {
  std::string format = "jsonl";
  bool all_fields = false;
  std::uint32_t version = 0;
  std::string out;
};

absl::Status ExportDataset(const Cli& cli, const ExportOptions& options) {
  grpc::ClientContext context;
  v1::ExportExamplesRequest request;
  request.set_version(options.version);
  const auto stub = cli.Stub<v1::DatasetService>();
  const auto stream = stub->ExportExamples(&context, request);
  AMOOZ_ASSIGN_OR_RETURN(const auto output, Output::Open(cli, options.out));
  v1::ExportExamplesResponse piece;
  std::uint32_t rows = 0;
  while (stream->Read(&piece)) {
    for (const v1::Example& example : piece.examples()) {
      const auto json = options.all_fields ? FullExampleJson(example) : PairJson(example);
      AMOOZ_RETURN_IF_ERROR(output->Write(json.dump() + "\n"));
      ++rows;
    }
  }
  AMOOZ_RETURN_IF_ERROR(cli.core().Explain(ToAbsl(stream->Finish())));
  AMOOZ_RETURN_IF_ERROR(output->Finish());
  if (options.out.empty()) return absl::OkStatus();
  nlohmann::ordered_json done;
  done["file"] = options.out;
  done["rows"] = rows;
  cli.Print(cli.wants_json() ? done.dump() + "\n"
                             : StrCat(Counted(rows, "example"), " written to ", options.out, "\n"));
  return absl::OkStatus();
}

absl::Status ListVersions(const Cli& cli, std::uint32_t limit) {
  v1::ListVersionsRequest request;
  request.set_page_size(limit);
  v1::ListVersionsResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::DatasetService>(&v1::DatasetService::Stub::ListVersions, request, &reply));
  cli.Show(reply, [&] {
    Table table({{"VERSION", Align::kRight},
                 {"SIZE", Align::kRight},
                 {"ADDED", Align::kRight},
                 {"REMOVED", Align::kRight},
                 {"MADE BY", Align::kLeft, kShrink},
                 {"CREATED", Align::kLeft, kLeave},
                 {"TRAIN", Align::kRight, kLeave},
                 {"VALIDATION", Align::kRight, kLeave},
                 {"HELD OUT", Align::kRight, kLeave},
                 {"EXCLUDED", Align::kRight, kLeave},
                 {"DIGEST", Align::kLeft, kLeave}});
    for (const v1::DatasetVersion& version : reply.versions()) {
      table.AddRow({StrCat(version.version()), Count(version.size()), Count(version.added()),
                    Count(version.removed()), version.made_by(),
                    ShortTimeOr(version.has_created_at(), version.created_at()),
                    Count(version.train_rows()), Count(version.validation_rows()),
                    Count(version.held_out_rows()), Count(version.excluded_rows()),
                    ShortDigest(version.digest())});
    }
    return cli.TableText(table, "no dataset yet; `amooz dataset import FILE` makes one");
  });
  return absl::OkStatus();
}

struct DiffOptions {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint32_t limit = 20;
};

// How many rows there are and, if not all of them are shown, how to see them.
std::string DiffCounts(const v1::DiffVersionsResponse& reply, const DiffOptions& options) {
  const auto shown = [](int n, std::uint32_t all) {
    return static_cast<std::uint32_t>(n) < all ? StrCat(" (", Count(n), " shown)") : "";
  };
  const std::uint32_t most = std::max(reply.added_count(), reply.removed_count());
  std::string text = StrCat(
      Count(reply.added_count()), " added", shown(reply.added_size(), reply.added_count()), ", ",
      Count(reply.removed_count()), " removed", shown(reply.removed_size(), reply.removed_count()));
  if (most > options.limit) {
    StrAppend(&text, "; `amooz dataset diff ", options.from, " ", options.to, " --limit ", most,
              "` shows every one");
  }
  return text + "\n";
}

absl::Status DiffVersions(const Cli& cli, const DiffOptions& options) {
  v1::DiffVersionsRequest request;
  request.set_from_version(options.from);
  request.set_to_version(options.to);
  request.set_limit(options.limit);
  v1::DiffVersionsResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::DatasetService>(&v1::DatasetService::Stub::DiffVersions, request, &reply));
  cli.Show(reply, [&] {
    Table table({{""},
                 {"EXAMPLE", Align::kRight},
                 {"ORIGIN"},
                 {"INSTRUCTION", Align::kLeft, kShrink},
                 {"RESPONSE", Align::kLeft, kShrink}});
    const auto add = [&](const char* mark, const auto& examples) {
      for (const v1::Example& example : examples) {
        table.AddRow({mark, StrCat(example.id()), EnumWord(example.origin()), example.instruction(),
                      example.response()});
      }
    };
    add("+", reply.added());
    add("−", reply.removed());
    return StrCat(cli.TableText(table, "the two versions have the same rows"),
                  DiffCounts(reply, options));
  });
  return absl::OkStatus();
}

void AddImport(CLI::App* dataset, Cli* cli) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* verb = Cli::AddVerb(
      dataset, "import", "Adds a file's examples (JSONL, a JSON array, or OpenAI messages)",
      {"amooz dataset import dataset.json", "amooz dataset import seed.jsonl --skip-bad"});
  verb->add_option("FILE", options->file, "The file; - is standard input")
      ->required()
      ->type_name("FILE");
  verb->add_flag("--skip-bad", options->skip_bad,
                 "Leave out records that cannot be read (they are listed) instead of refusing all");
  cli->OnRun(verb, [cli, options] { return ImportDataset(*cli, *options); });
}

void AddExport(CLI::App* dataset, Cli* cli) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* verb =
      Cli::AddVerb(dataset, "export", "Writes all examples of a version, in insertion order",
                   {"amooz dataset export > dataset.jsonl",
                    "amooz dataset export --all-fields --version 3 --out dataset.v3.jsonl"});
  verb->add_option("--format", options->format, "The only one so far: jsonl")
      ->check(CLI::IsMember({"jsonl"}))
      ->capture_default_str();
  verb->add_flag("--all-fields", options->all_fields,
                 "Also id, origin, split, context, source, score, created_in");
  verb->add_option("--version", options->version, "A dataset version (default: the newest)")
      ->check(CLI::Range(1u, kLastVersion));
  AddOutOption(verb, &options->out);
  cli->OnRun(verb, [cli, options] { return ExportDataset(*cli, *options); });
}

}  // namespace

void AddDatasetCommands(CLI::App* app, Cli* cli) {
  CLI::App* dataset = Cli::AddNoun(app, "dataset", "The examples that models are trained on",
                                   {"amooz dataset import seed.jsonl", "amooz dataset list",
                                    "amooz dataset show --split held_out"});
  AddImport(dataset, cli);
  AddExport(dataset, cli);
  const auto limit = std::make_shared<std::uint32_t>(50);
  CLI::App* list = Cli::AddVerb(dataset, "list", "Dataset versions, newest first",
                                {"amooz dataset list", "amooz dataset list --output json"});
  list->add_option("--limit", *limit, "At most this many")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  cli->OnRun(list, [cli, limit] { return ListVersions(*cli, *limit); });
  AddDatasetShow(dataset, cli);
  const auto diff_options = std::make_shared<DiffOptions>();
  CLI::App* diff = Cli::AddVerb(dataset, "diff", "What one version has and another has not",
                                {"amooz dataset diff 3 4", "amooz dataset diff 1 4 --limit 100"});
  diff->add_option("FROM", diff_options->from, "A dataset version")->required();
  diff->add_option("TO", diff_options->to, "A dataset version")->required();
  diff->add_option("--limit", diff_options->limit, "At most this many rows of each kind")
      ->check(CLI::Range(1u, 1000000u))
      ->capture_default_str();
  cli->OnRun(diff, [cli, diff_options] { return DiffVersions(*cli, *diff_options); });
}

}  // namespace amooz::client
