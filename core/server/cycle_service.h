// CycleService: the learning cycle, started, watched, cancelled, reported, scheduled.
#ifndef AMOOZ_CORE_SERVER_CYCLE_SERVICE_H_
#define AMOOZ_CORE_SERVER_CYCLE_SERVICE_H_

#include "amooz/v1/cycle.grpc.pb.h"
#include "core/cycle/cycle_manager.h"
#include "core/server/service_table.h"

namespace amooz::server {

class CycleService final : public ServiceTable<v1::CycleService> {
 public:
  // `cycles` must outlive it.
  CycleService(const Calls& calls, CycleManager* cycles);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_CYCLE_SERVICE_H_
