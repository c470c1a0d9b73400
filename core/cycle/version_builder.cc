#include "core/cycle/version_builder.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/dataset/canonical.h"

namespace amooz::cycle {
namespace {

dataset::SplitRow SplitRowOf(const Example& example, const dataset::KeyMaker& keys) {
  dataset::SplitRow row;
  row.origin = example.origin;
  row.author = example.author;
  row.score = example.score;
  row.instruction = example.keys.instruction;
  row.response = example.keys.response;
  for (const Turn& turn : example.context) row.context.push_back(keys.Split(turn.text));
  row.split = example.split;
  row.exclusion = example.exclusion;
  return row;
}

}  // namespace

dataset::SplitPolicy SplitPolicyOf(const v1::Config& config) {
  return {.held_out_share = config.cycle().held_out_share(),
          .validation_share = config.cycle().validation_share(),
          .max_model_written_share = config.cycle().max_model_written_share()};
}

BuiltVersion BuildVersion(VersionRows rows, const dataset::KeyMaker& keys,
                          const std::vector<ExampleKeys>& ever_trained,
                          const dataset::SplitPolicy& policy) {
  const std::unordered_set<ExampleId> sources(rows.variation_sources.begin(),
                                              rows.variation_sources.end());
  std::vector<dataset::SplitRow> split_rows;
  split_rows.reserve(rows.kept.size() + rows.added.size());
  for (const Example* example : rows.kept) split_rows.push_back(SplitRowOf(*example, keys));
  for (const Example& example : rows.added) {
    split_rows.push_back(SplitRowOf(example, keys));
    split_rows.back().is_new = true;
    split_rows.back().is_variation_source = sources.contains(example.id);
  }
  dataset::AssignSplits(split_rows, ever_trained, policy);

  BuiltVersion built;
  built.splits = dataset::CountSplits(split_rows);
  dataset::DatasetDigest digest;
  for (std::size_t i = 0; i < rows.kept.size(); ++i) {
    const Example& example = *rows.kept[i];
    const dataset::SplitRow& row = split_rows[i];
    digest.Add(example.instruction, example.response, example.context, row.split, example.origin);
    if (row.split != example.split || row.exclusion != example.exclusion) {
      built.change.splits.push_back({example.id, row.split, row.exclusion});
    }
  }
  for (std::size_t i = 0; i < rows.added.size(); ++i) {
    Example& example = rows.added[i];
    example.split = split_rows[rows.kept.size() + i].split;
    example.exclusion = split_rows[rows.kept.size() + i].exclusion;
    digest.Add(example.instruction, example.response, example.context, example.split,
               example.origin);
  }
  built.is_changed = !rows.added.empty() || !rows.removed.empty() || !built.change.splits.empty();
  built.change.base_version = rows.base_version;
  built.change.added = std::move(rows.added);
  built.change.removed = std::move(rows.removed);
  built.change.digest = digest.FinishHex();
  return built;
}

}  // namespace amooz::cycle
