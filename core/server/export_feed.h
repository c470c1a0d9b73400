// What DatasetService.ExportExamples streams: the rows of one version, a page a message.
#ifndef AMOOZ_CORE_SERVER_EXPORT_FEED_H_
#define AMOOZ_CORE_SERVER_EXPORT_FEED_H_

#include "core/base/domain.h"
#include "core/server/feed_stream.h"
#include "core/store/store.h"

namespace amooz::server {

// Each page is a read of its own: versions never change, so nothing is missed between two, and a
// client that reads slowly holds no transaction.
class ExportFeed final : public Feed {
 public:
  // `version` 0 is the newest at the first pull. `store` must outlive it.
  ExportFeed(Store* store, VersionId version) : store_(store), version_(version) {}
  absl::StatusOr<Pulled> Pull(grpc::ByteBuffer* message) override;

 private:
  Store* const store_;
  VersionId version_;
  ExampleId after_ = 0;
  bool is_over_ = false;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_EXPORT_FEED_H_
