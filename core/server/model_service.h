// ModelService: the trained models, which of them serves, and their files.
#ifndef AMOOZ_CORE_SERVER_MODEL_SERVICE_H_
#define AMOOZ_CORE_SERVER_MODEL_SERVICE_H_

#include "amooz/v1/config.pb.h"
#include "amooz/v1/model.grpc.pb.h"
#include "core/model/model_manager.h"
#include "core/server/service_table.h"

namespace amooz::server {

class ModelService final : public ServiceTable<v1::ModelService> {
 public:
  // `models` must outlive it. `serving` is told to whoever follows the active model.
  ModelService(const Calls& calls, ModelManager* models, const v1::ServingConfig& serving);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_MODEL_SERVICE_H_
