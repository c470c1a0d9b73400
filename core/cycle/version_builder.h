// From the rows that stay and the rows that are new to a version that the store can commit: splits
// (rules 13 to 17), what changed, and the digest (rule 4). Imports and cycles both end here.
#ifndef AMOOZ_CORE_CYCLE_VERSION_BUILDER_H_
#define AMOOZ_CORE_CYCLE_VERSION_BUILDER_H_

#include <vector>

#include "amooz/v1/config.pb.h"
#include "core/base/domain.h"
#include "core/dataset/keys.h"
#include "core/dataset/splits.h"
#include "core/store/store.h"

namespace amooz::cycle {

dataset::SplitPolicy SplitPolicyOf(const v1::Config& config);

struct VersionRows {
  VersionId base_version = 0;
  std::vector<const Example*> kept;  // rows of the base version that stay, in order
  std::vector<ExampleId> removed;
  std::vector<Example>
      added;  // in order; ids, keys, score and author are set, the split is given here
  // Rows that this cycle's variations were made from, by id.
  std::vector<ExampleId> variation_sources;
};

struct BuiltVersion {
  VersionChange change;
  SplitCounts splits;
  bool is_changed = false;  // something differs from the base version
};

BuiltVersion BuildVersion(VersionRows rows, const dataset::KeyMaker& keys,
                          const std::vector<ExampleKeys>& ever_trained,
                          const dataset::SplitPolicy& policy);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_VERSION_BUILDER_H_
