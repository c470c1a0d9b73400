// One created plugin in this process: the C functions with C++ arguments. Used in-process and, on
// the other side of the wire, by amooz-plugin-host. It keeps no order between calls: the caller
// keeps the promises of abi.h about overlap.
#ifndef AMOOZ_SDK_HOST_INSTANCE_H_
#define AMOOZ_SDK_HOST_INSTANCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "amooz/sdk/abi.h"
#include "sdk/base/status.h"
#include "sdk/host/call_context.h"
#include "sdk/host/example_array.h"
#include "sdk/host/messages.h"

namespace amooz::host {

class Instance {
 public:
  // `config_json` has passed ValidateConfig. `plugin` has passed ReadDescriptor.
  static Result<std::unique_ptr<Instance>> Create(const amooz_plugin* plugin,
                                                  const std::string& config_json,
                                                  CallContext* call);
  ~Instance();  // destroy
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Each returns what CallContext::Outcome makes of the plugin's code. Outputs are set on OK only.
  Status Score(const ExampleArray& items, std::vector<double>* scores, CallContext* call);
  Status Vary(std::uint64_t count, std::uint64_t seed, CallContext* call);
  // All zero (unknown) if the plugin has no plan, or no estimate.
  Status Plan(const JobMessage& job, ResourcesMessage* out, CallContext* call);
  Status Estimate(const std::string& artifact_dir, ResourcesMessage* out, CallContext* call);
  Status Train(const JobMessage& job, CallContext* call);
  Status Load(const LoadMessage& load, amooz_model** out, CallContext* call);
  void Unload(amooz_model* model);
  Status Generate(amooz_model* model, const GenerateMessage& request, GenerateReply* out,
                  CallContext* call);
  // UNIMPLEMENTED if the runtime has no likelihood.
  Status Evaluate(amooz_model* model, const ExampleArray& examples, EvaluateReply* out,
                  CallContext* call);

 private:
  Instance(const amooz_plugin* plugin, amooz_instance* instance)
      : plugin_(plugin), instance_(instance) {}
  template <typename V>
  const V* vtable() const {
    return static_cast<const V*>(plugin_->vtable);
  }
  const amooz_plugin* const plugin_;
  amooz_instance* const instance_;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_INSTANCE_H_
