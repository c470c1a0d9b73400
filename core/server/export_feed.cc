#include "core/server/export_feed.h"

#include "amooz/v1/dataset.pb.h"
#include "core/base/status_macros.h"
#include "core/cycle/convert.h"
#include "core/server/messages.h"

namespace amooz::server {
namespace {

// A message stays below 1 MiB unless one row alone is larger.
constexpr int kMaxRows = 256;
constexpr std::size_t kEnoughBytes = 512 << 10;

}  // namespace

absl::StatusOr<Feed::Pulled> ExportFeed::Pull(grpc::ByteBuffer* message) {
  if (version_ == 0) {
    ASSIGN_OR_RETURN(const DatasetVersion latest, store_->LatestVersion());
    version_ = latest.id;
  }
  if (is_over_ || version_ == 0) return Pulled::kEnd;
  v1::ExportExamplesResponse page;
  std::size_t bytes = 0;
  const auto add = [&page, &bytes](Example&& row) {
    v1::Example* added = page.add_examples();
    *added = cycle::ToProto(row);
    bytes += added->ByteSizeLong();
    const bool is_full = page.examples_size() == kMaxRows || bytes >= kEnoughBytes;
    return is_full ? absl::CancelledError("the page is full") : absl::OkStatus();
  };
  const absl::Status visited = store_->VisitVersion(version_, add, after_);
  if (!visited.ok() && !absl::IsCancelled(visited)) return visited;
  is_over_ = visited.ok();
  if (page.examples().empty()) return Pulled::kEnd;
  after_ = page.examples(page.examples_size() - 1).id();
  RETURN_IF_ERROR(SerializeMessage(page, message));
  return Pulled::kMessage;
}

}  // namespace amooz::server
