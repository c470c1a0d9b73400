#include "core/server/cycle_service.h"

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/status_macros.h"
#include "core/server/validate.h"

namespace amooz::server {
namespace {

constexpr std::int64_t kEventsARead = 256;
constexpr char kCyclesAreListed[] = "`amooz cycle list` shows the cycles";

// A cycle's events from a number on, those of the past first, until it is over.
class CycleEventFeed final : public Feed {
 public:
  CycleEventFeed(CycleManager* cycles, CycleId id, std::int64_t after, std::function<void()> wake)
      : cycles_(cycles), id_(id), after_(after), subscription_(cycles->Watch(std::move(wake))) {}

  absl::StatusOr<Pulled> Pull(grpc::ByteBuffer* message) override {
    if (events_.empty() && !is_over_) {
      ASSIGN_OR_RETURN(EventPage page, cycles_->ReadEvents(id_, after_, kEventsARead));
      is_over_ = page.is_over;
      for (v1::CycleEvent& event : page.events) events_.push_back(std::move(event));
    }
    if (events_.empty()) return is_over_ ? Pulled::kEnd : Pulled::kNothingYet;
    v1::WatchCycleResponse response;
    *response.mutable_event() = std::move(events_.front());
    events_.pop_front();
    after_ = response.event().number();
    RETURN_IF_ERROR(SerializeMessage(response, message));
    return Pulled::kMessage;
  }

 private:
  CycleManager* const cycles_;
  const CycleId id_;
  std::int64_t after_;
  bool is_over_ = false;
  std::deque<v1::CycleEvent> events_;  // read, not yet sent
  const Subscription subscription_;
};

}  // namespace

CycleService::CycleService(const Calls& calls, CycleManager* cycles) : ServiceTable(calls) {
  Unary<v1::StartCycleRequest, v1::StartCycleResponse>(
      "StartCycle", [cycles](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response->mutable_cycle(), cycles->Start(request));
        return absl::OkStatus();
      });
  Unary<v1::GetCycleRequest, v1::GetCycleResponse>(
      "GetCycle", [cycles](const auto& request, auto* response) -> absl::Status {
        RETURN_IF_ERROR(CheckId("id", request.id(), kCyclesAreListed));
        ASSIGN_OR_RETURN(*response->mutable_cycle(), cycles->Get(request.id()));
        return absl::OkStatus();
      });
  Unary<v1::ListCyclesRequest, v1::ListCyclesResponse>(
      "ListCycles", [cycles](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response, cycles->List(request));
        return absl::OkStatus();
      });
  ServerStream<v1::WatchCycleRequest, v1::WatchCycleResponse>(
      "WatchCycle",
      [cycles](const auto& request,
               std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Feed>> {
        RETURN_IF_ERROR(CheckId("id", request.id(), kCyclesAreListed));
        return std::make_unique<CycleEventFeed>(cycles, request.id(), request.after_event(),
                                                std::move(wake));
      });
  Unary<v1::CancelCycleRequest, v1::CancelCycleResponse>(
      "CancelCycle", [cycles](const auto& request, auto* response) -> absl::Status {
        RETURN_IF_ERROR(CheckId("id", request.id(), kCyclesAreListed));
        ASSIGN_OR_RETURN(*response->mutable_cycle(), cycles->Cancel(request.id()));
        return absl::OkStatus();
      });
  Unary<v1::GetCycleReportRequest, v1::GetCycleReportResponse>(
      "GetCycleReport", [cycles](const auto& request, auto* response) -> absl::Status {
        RETURN_IF_ERROR(CheckId("id", request.id(), kCyclesAreListed));
        ASSIGN_OR_RETURN(*response->mutable_report(), cycles->Report(request.id()));
        return absl::OkStatus();
      });
  Unary<v1::GetScheduleRequest, v1::GetScheduleResponse>(
      "GetSchedule", [cycles](const auto&, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response->mutable_schedule(), cycles->GetSchedule());
        return absl::OkStatus();
      });
  Unary<v1::UpdateScheduleRequest, v1::UpdateScheduleResponse>(
      "UpdateSchedule", [cycles](const auto& request, auto* response) -> absl::Status {
        ASSIGN_OR_RETURN(*response->mutable_schedule(), cycles->UpdateSchedule(request));
        return absl::OkStatus();
      });
}

}  // namespace amooz::server
