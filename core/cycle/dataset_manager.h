// The dataset as people handle it: import and versions (rows go out of the store a page at a time,
// Store::VisitVersion). What a cycle does with it is in core/dataset.
#ifndef AMOOZ_CORE_CYCLE_DATASET_MANAGER_H_
#define AMOOZ_CORE_CYCLE_DATASET_MANAGER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"
#include "amooz/v1/dataset.pb.h"
#include "core/store/store.h"

namespace amooz {

// Thread-safe.
class DatasetManager {
 public:
  // `store` must outlive it.
  DatasetManager(Store* store, amooz::v1::Config config);

  // One import: Add every row, then Commit. Nothing is stored before Commit. Not thread-safe.
  class Import {
   public:
    // INVALID_ARGUMENT names the row (its line, if given) and the field.
    absl::Status Add(const amooz::v1::ImportedExample& row);
    // A version of its own (rule 5). Splits are given here (rule 13). FAILED_PRECONDITION with the
    // cycle's id between a cycle's collect and snapshot; INVALID_ARGUMENT if no row was added.
    absl::StatusOr<amooz::v1::ImportExamplesResponse> Commit();

   private:
    friend class DatasetManager;
    Import(DatasetManager* manager, std::string digest, std::string name);
    DatasetManager* manager_;
    std::string digest_, name_;
    std::vector<Example> rows_;
  };
  // INVALID_ARGUMENT unless source_digest is 64 hex digits.
  absl::StatusOr<Import> BeginImport(const std::string& source_digest,
                                     const std::string& source_name);

  absl::StatusOr<amooz::v1::ListVersionsResponse> ListVersions(
      const amooz::v1::ListVersionsRequest& request);
  absl::StatusOr<amooz::v1::DiffVersionsResponse> DiffVersions(
      const amooz::v1::DiffVersionsRequest& request);

 private:
  Store* const store_;
  const amooz::v1::Config config_;
};

}  // namespace amooz

#endif  // AMOOZ_CORE_CYCLE_DATASET_MANAGER_H_
