// model list|show|promote|rollback|fetch
#include <memory>
#include <set>
#include <string>

#include "amooz/v1/model.grpc.pb.h"
#include "client/cli/cli.h"
#include "client/cli/commands.h"
#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/gate_text.h"
#include "client/cli/input_output.h"
#include "client/cli/words.h"
#include "client/lib/model_fetch.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

// Under the table, where its bits per byte are not of the same rows; else "".
std::string ComparabilityText(const v1::ListModelsResponse& reply) {
  std::set<std::string> held_out;
  for (const v1::Model& model : reply.models()) {
    if (model.gate().candidate_bits_per_byte() > 0) held_out.insert(model.gate().held_out_digest());
  }
  if (held_out.size() < 2) return "";
  return "BITS/BYTE: each on its own cycle's held-out rows, which differ.\n";
}

absl::Status List(const Cli& cli, std::uint32_t limit) {
  v1::ListModelsRequest request;
  request.set_page_size(limit);
  v1::ListModelsResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::ModelService>(&v1::ModelService::Stub::ListModels, request, &reply));
  cli.Show(reply, [&] {
    Table table({{"MODEL"},
                 {"STATE"},
                 {"BITS/BYTE", Align::kRight},
                 {"GATE"},
                 {"CYCLE", Align::kRight},
                 {"CREATED", Align::kLeft, kLeave},
                 {"DATASET", Align::kRight, kLeave},
                 {"SIZE", Align::kRight, kLeave},
                 {"BASE", Align::kLeft, kLeave}});
    for (const v1::Model& model : reply.models()) {
      table.AddRow({ShortDigest(model.digest()), EnumWord(model.state()),
                    model.gate().candidate_bits_per_byte() > 0
                        ? Fixed(model.gate().candidate_bits_per_byte(), 3)
                        : "-",
                    model.has_gate() ? model.gate().reason() : "-", StrCat(model.cycle_id()),
                    ShortTimeOr(model.has_created_at(), model.created_at()),
                    StrCat(model.dataset_version()), Bytes(model.size_bytes()),
                    ShortDigest(model.base_digest())});
    }
    return cli.TableText(table, "no model yet; a cycle that trains makes one") +
           ComparabilityText(reply);
  });
  return absl::OkStatus();
}

std::string ModelText(const v1::GetModelResponse& reply, const Style& style) {
  const v1::Model& model = reply.model();
  Facts facts = {
      {"State", EnumWord(model.state())},
      {"Made by",
       StrCat("cycle ", model.cycle_id(), " from dataset version ", model.dataset_version())},
      {"Started from", model.base_digest().empty() ? "nothing" : model.base_digest()},
      {"Trainer", PrintableLine(model.trainer())},
      {"Format", PrintableLine(model.artifact_format())},
      {"Created", LocalTimeOr(model.has_created_at(), model.created_at())},
  };
  if (!model.failure().empty()) facts.emplace_back("Failure", PrintableLine(model.failure()));
  if (model.has_gate()) facts.emplace_back("Gate", GateText(model.gate()));
  for (const v1::Fact& fact : model.training_facts()) {
    facts.emplace_back(PrintableLine(fact.name()), PrintableLine(fact.value()));
  }
  for (const v1::ModelFile& file : model.files()) {
    facts.emplace_back("File", StrCat(PrintableLine(file.name()), ", ", Bytes(file.size_bytes())));
  }
  for (const v1::Promotion& promotion : reply.promotions()) {
    facts.emplace_back("Put into service", StrCat(LocalTime(promotion.time()), " (",
                                                  PrintableLine(promotion.reason()), ")"));
  }
  return style.Bold("Model " + model.digest()) + "\n" + FactLines(facts, style);
}

absl::Status ShowModel(const Cli& cli, const std::string& digest) {
  v1::GetModelRequest request;
  request.set_digest(digest);
  v1::GetModelResponse reply;
  AMOOZ_RETURN_IF_ERROR(
      cli.Call<v1::ModelService>(&v1::ModelService::Stub::GetModel, request, &reply));
  cli.Show(reply, [&] { return ModelText(reply, cli.style()); });
  return absl::OkStatus();
}

std::string PromotionText(const v1::Promotion& promotion) {
  return StrCat("Model ", ShortDigest(promotion.digest()), " is in service (change ",
                promotion.generation(), "); before it: ", ShortDigest(promotion.previous_digest()),
                ".\n");
}

absl::Status Promote(const Cli& cli, const std::string& digest) {
  v1::PromoteModelRequest request;
  request.set_digest(digest);
  v1::PromoteModelResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::ModelService>(&v1::ModelService::Stub::PromoteModel, request,
                                                   &reply, kLongCall));
  cli.Show(reply, [&] { return PromotionText(reply.promotion()); });
  return absl::OkStatus();
}

absl::Status Rollback(const Cli& cli, const std::string& digest) {
  v1::RollbackModelRequest request;
  request.set_digest(digest);
  v1::RollbackModelResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::ModelService>(&v1::ModelService::Stub::RollbackModel, request,
                                                   &reply, kLongCall));
  cli.Show(reply, [&] { return PromotionText(reply.promotion()); });
  return absl::OkStatus();
}

absl::Status Fetch(const Cli& cli, const std::string& digest, const std::string& dir) {
  const auto stub = cli.Stub<v1::ModelService>();
  const auto model = [&] {
    ProgressLine progress(cli, "fetching");
    return FetchModel(
        stub.get(), digest, dir, Env::Default(),
        [&](std::uint64_t done, std::uint64_t total) { progress.Update(done, total); });
  }();
  if (!model.ok()) return cli.core().Explain(model.status());
  cli.Show(*model, [&] {
    return StrCat("Model ", ShortDigest(model->digest()), " is in ", dir, ": ",
                  Counted(model->files_size(), "file"), ", each checked.\n");
  });
  return absl::OkStatus();
}

}  // namespace

void AddModelCommands(CLI::App* app, Cli* cli) {
  CLI::App* model =
      Cli::AddNoun(app, "model", "Trained models and which of them serves",
                   {"amooz model list", "amooz model show active", "amooz model rollback"});
  const auto limit = std::make_shared<std::uint32_t>(50);
  CLI::App* list = Cli::AddVerb(model, "list", "Models, newest first", {"amooz model list"});
  list->add_option("--limit", *limit, "At most this many")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  cli->OnRun(list, [cli, limit] { return List(*cli, *limit); });

  constexpr const char* kDigest = "A digest, the beginning of one, or active";
  const auto digest = std::make_shared<std::string>();
  CLI::App* show = Cli::AddVerb(model, "show", "One model: its gate, its training, its files",
                                {"amooz model show active", "amooz model show 9f31ab"});
  show->add_option("DIGEST", *digest, kDigest)->required();
  cli->OnRun(show, [cli, digest] { return ShowModel(*cli, *digest); });

  CLI::App* promote =
      Cli::AddVerb(model, "promote", "Puts a model into service by hand, whatever the gate said",
                   {"amooz model promote 9f31ab"});
  promote->add_option("DIGEST", *digest, "A digest, or the beginning of one")->required();
  cli->OnRun(promote, [cli, digest] { return Promote(*cli, *digest); });

  CLI::App* rollback =
      Cli::AddVerb(model, "rollback", "Back to the model that served before, or to the one named",
                   {"amooz model rollback", "amooz model rollback 9f31ab"});
  rollback->add_option("DIGEST", *digest, "A digest, or the beginning of one");
  cli->OnRun(rollback, [cli, digest] { return Rollback(*cli, *digest); });

  const auto dir = std::make_shared<std::string>();
  CLI::App* fetch = Cli::AddVerb(model, "fetch", "Copies a model's files into a new folder",
                                 {"amooz model fetch active --out my-model"});
  fetch->add_option("DIGEST", *digest, kDigest)->required();
  fetch->add_option("--out", *dir, "The folder; it must be missing or empty")
      ->required()
      ->type_name("DIR");
  cli->OnRun(fetch, [cli, digest, dir] { return Fetch(*cli, *digest, *dir); });
}

}  // namespace amooz::client
