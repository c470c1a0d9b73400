#include "client/cli/dataset_show.h"

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "amooz/v1/dataset.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/words.h"
#include "client/lib/proto_json.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr std::uint32_t kLargestPage = 1000;

struct ShowOptions {
  std::uint32_t version = 0;  // 0 = the newest
  std::uint32_t limit = 10;
  std::string split;
  std::string origin;
  std::optional<std::uint32_t> example;
};

absl::StatusOr<v1::DatasetVersion> FindVersion(const Cli& cli, std::uint32_t version) {
  v1::ListVersionsRequest request;
  request.set_page_size(version == 0 ? 1 : kLargestPage);
  v1::ListVersionsResponse page;
  do {
    request.set_page_token(page.next_page_token());
    AMOOZ_RETURN_IF_ERROR(
        cli.Call<v1::DatasetService>(&v1::DatasetService::Stub::ListVersions, request, &page));
    for (const v1::DatasetVersion& found : page.versions()) {
      if (version == 0 || found.version() == version) return found;
    }
  } while (!page.next_page_token().empty());
  if (version == 0) {
    return absl::NotFoundError("no dataset yet; `amooz dataset import FILE` makes one");
  }
  return absl::NotFoundError(StrCat("there is no dataset version ", version,
                                    "; `amooz dataset list` shows those that are"));
}

struct Rows {
  std::deque<v1::Example> newest;  // in insertion order
  std::uint32_t matching = 0;
};

absl::StatusOr<Rows> FetchRows(const Cli& cli, std::uint32_t version, const ShowOptions& options) {
  grpc::ClientContext context;
  v1::ExportExamplesRequest request;
  request.set_version(version);
  const auto stub = cli.Stub<v1::DatasetService>();
  const auto stream = stub->ExportExamples(&context, request);
  v1::ExportExamplesResponse piece;
  Rows rows;
  while (stream->Read(&piece)) {
    for (v1::Example& example : *piece.mutable_examples()) {
      if (!options.split.empty() && EnumWord(example.split()) != options.split) continue;
      if (!options.origin.empty() && EnumWord(example.origin()) != options.origin) continue;
      if (options.example && example.id() != *options.example) continue;
      ++rows.matching;
      rows.newest.push_back(std::move(example));
      if (rows.newest.size() > options.limit) rows.newest.pop_front();
    }
  }
  AMOOZ_RETURN_IF_ERROR(cli.core().Explain(ToAbsl(stream->Finish())));
  return rows;
}

std::string VersionText(const v1::DatasetVersion& version, const Style& style) {
  const Facts facts = {
      {"Made by", PrintableLine(version.made_by())},
      {"Created", LocalTimeOr(version.has_created_at(), version.created_at())},
      {"Examples",
       StrCat(Count(version.size()), ": ", Count(version.train_rows()), " train, ",
              Count(version.validation_rows()), " validation, ", Count(version.held_out_rows()),
              " held out, ", Count(version.excluded_rows()), " excluded")},
      {"Change", StrCat(Count(version.added()), " added, ", Count(version.removed()), " removed")},
      {"SHA-256", version.digest()},
  };
  return style.Bold(StrCat("Dataset version ", version.version())) + "\n" + FactLines(facts, style);
}

std::string SplitText(const v1::Example& example) {
  std::string text = EnumWord(example.split());
  if (!example.exclusion_reason().empty()) {
    StrAppend(&text, " (", PrintableLine(example.exclusion_reason()), ")");
  }
  return text;
}

std::string RowsText(const Cli& cli, const v1::DatasetVersion& version, const Rows& rows) {
  Table table({{"EXAMPLE", Align::kRight},
               {"ORIGIN"},
               {"SPLIT"},
               {"SCORE", Align::kRight, kLeave},
               {"INSTRUCTION", Align::kLeft, kShrink},
               {"RESPONSE", Align::kLeft, kShrink}});
  for (const v1::Example& example : rows.newest) {
    table.AddRow({StrCat(example.id()), EnumWord(example.origin()), SplitText(example),
                  example.has_score() ? Fixed(example.score(), 2) : "-", example.instruction(),
                  example.response()});
  }
  return StrCat(cli.TableText(table, "no such examples"),
                rows.newest.size() < rows.matching ? "the newest " : "",
                Count(static_cast<std::int64_t>(rows.newest.size())), " of ", Count(rows.matching),
                " shown; `amooz dataset export --all-fields --version ", version.version(),
                "` writes every one\n");
}

// One example with its whole text.
std::string ExampleText(const v1::Example& example, const Style& style) {
  Facts facts = {{"Origin", EnumWord(example.origin())},
                 {"Split", SplitText(example)},
                 {"Since", StrCat("version ", example.created_in())}};
  if (example.has_score()) facts.emplace_back("Score", Fixed(example.score(), 3));
  if (!example.source().empty()) facts.emplace_back("Source", PrintableLine(example.source()));
  for (const v1::Turn& turn : example.context()) {
    facts.emplace_back("Before, " + EnumWord(turn.role()), PrintableText(turn.text()));
  }
  facts.emplace_back("Instruction", PrintableText(example.instruction()));
  facts.emplace_back("Response", PrintableText(example.response()));
  return style.Bold(StrCat("Example ", example.id())) + "\n" + FactLines(facts, style);
}

std::string ShowJson(const v1::DatasetVersion& version, const Rows& rows) {
  nlohmann::ordered_json json;
  json["version"] = ToJson(version);
  json["matching"] = rows.matching;
  json["examples"] = nlohmann::ordered_json::array();
  for (const v1::Example& example : rows.newest) json["examples"].push_back(ToJson(example));
  return json.dump() + "\n";
}

absl::Status Show(const Cli& cli, const ShowOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const v1::DatasetVersion version, FindVersion(cli, options.version));
  AMOOZ_ASSIGN_OR_RETURN(const Rows rows, FetchRows(cli, version.version(), options));
  if (options.example && rows.newest.empty()) {
    return absl::NotFoundError(
        StrCat("dataset version ", version.version(), " has no example ", *options.example,
               "; an earlier one may: amooz dataset show VERSION --example ", *options.example));
  }
  if (cli.wants_json()) {
    cli.Print(ShowJson(version, rows));
  } else if (options.example) {
    cli.Print(ExampleText(rows.newest.front(), cli.style()));
  } else {
    cli.Print(VersionText(version, cli.style()) + RowsText(cli, version, rows));
  }
  return absl::OkStatus();
}

}  // namespace

void AddDatasetShow(CLI::App* dataset, Cli* cli) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App* verb =
      Cli::AddVerb(dataset, "show", "One version and its newest examples, or one example in full",
                   {"amooz dataset show", "amooz dataset show 3 --split held_out --limit 50",
                    "amooz dataset show --example 17"});
  verb->add_option("VERSION", options->version, "A dataset version (default: the newest)")
      ->check(CLI::Range(1u, kLastVersion));
  verb->add_option("--limit", options->limit, "At most this many examples")
      ->check(CLI::Range(1u, 1000000u))
      ->capture_default_str();
  verb->add_option("--split", options->split, "Only those for this use")
      ->check(CLI::IsMember({"train", "validation", "held_out", "excluded"}));
  verb->add_option("--origin", options->origin, "Only those that came this way")
      ->check(CLI::IsMember({"import", "chat", "variation"}));
  verb->add_option("--example", options->example, "Only this one, with its whole text");
  cli->OnRun(verb, [cli, options] { return Show(*cli, *options); });
}

}  // namespace amooz::client
