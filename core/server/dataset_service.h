// DatasetService: examples in, examples out, versions.
#ifndef AMOOZ_CORE_SERVER_DATASET_SERVICE_H_
#define AMOOZ_CORE_SERVER_DATASET_SERVICE_H_

#include "amooz/v1/dataset.grpc.pb.h"
#include "core/cycle/dataset_manager.h"
#include "core/server/service_table.h"
#include "core/store/store.h"

namespace amooz::server {

class DatasetService final : public ServiceTable<v1::DatasetService> {
 public:
  // `datasets` and `store` must outlive it.
  DatasetService(const Calls& calls, DatasetManager* datasets, Store* store);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_DATASET_SERVICE_H_
