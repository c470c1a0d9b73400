// The models: which there are, which is active, putting one into service and taking it back. Owns
// every change of the active model and tells whoever watches.
//
// Guarantees: 1. A model whose files do not match its manifest is never promoted, rolled back to or
// handed out: DATA_LOSS, and the model's `failure` says so. 2. A watcher that reads active() after
// each call of its listener misses no state that lasts. 3. What serves is not touched by a call
// that fails.
#ifndef AMOOZ_CORE_MODEL_MODEL_MANAGER_H_
#define AMOOZ_CORE_MODEL_MODEL_MANAGER_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/model.pb.h"
#include "core/base/domain.h"
#include "core/model/artifact_store.h"
#include "core/model/listeners.h"
#include "core/store/store.h"

namespace amooz {

amooz::v1::Promotion ToProto(const Promotion& promotion);

// A model that was checked and whose files can be read.
struct ReadableModel {
  amooz::v1::Model model;  // with files
  std::string dir;         // read dir/<file.name> for each of model.files
};

// Thread-safe.
class ModelManager {
 public:
  // `store` and `artifacts` must outlive it.
  ModelManager(Store* store, ArtifactStore* artifacts);

  absl::StatusOr<amooz::v1::ListModelsResponse> List(const amooz::v1::ListModelsRequest& request);
  // A digest, a beginning of one, or "active".
  absl::StatusOr<amooz::v1::GetModelResponse> Get(std::string_view digest);

  // By hand, whatever the gate said. FAILED_PRECONDITION if its files were deleted or it is active
  // already.
  absl::StatusOr<amooz::v1::Promotion> Promote(std::string_view digest);
  // "": the previously active one in the promotion history (rule 24).
  absl::StatusOr<amooz::v1::Promotion> Rollback(std::string_view digest);

  // What serves now; generation 0 while nothing does.
  absl::StatusOr<ActiveModel> active();
  // Called after each change of the active model.
  Subscription Watch(std::function<void()> on_change) {
    return listeners_.Add(std::move(on_change));
  }
  // After a promotion that the cycle committed by itself.
  void NotifyActiveChanged() { listeners_.Notify(); }
  // What a chat service says of a model; a digest that the store does not know changes nothing and
  // is no error: the store may have been put back from a backup.
  // It could not be loaded or run.
  absl::Status ReportFailure(std::string_view digest, std::string_view failure);
  // It serves: what was reported of it before is over.
  absl::Status ReportServing(std::string_view digest);

  // Checks the artifact and says where it lies: for FetchModel and for whatever loads it.
  absl::StatusOr<ReadableModel> OpenForReading(std::string_view digest);

  // Deletes a trainer's output (ArtifactStore::MakeStaging), and the artifact that was published
  // from it if that became no model.
  absl::Status DropStaging(std::string_view name);
  // Whatever a crash left. Only while nothing is staged.
  absl::Status DropAllStaging();

  // Deletes the files of models that rule 24 no longer keeps, and what a crash in here left.
  // Returns how many models lost theirs.
  absl::StatusOr<int> DeleteOldModels();

 private:
  absl::StatusOr<amooz::v1::Promotion> Change(std::string_view digest, PromotionKind kind);
  absl::Status DeleteLeftovers();
  absl::Status VerifyOrReport(const std::string& digest);
  absl::StatusOr<amooz::v1::Model> Describe(const Model& model, bool with_files);

  Store* const store_;
  ArtifactStore* const artifacts_;
  Listeners listeners_;
};

}  // namespace amooz

#endif  // AMOOZ_CORE_MODEL_MODEL_MANAGER_H_
