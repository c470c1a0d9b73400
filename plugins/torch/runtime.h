// The plugin `torch` of kind model runtime: replies and likelihoods of models that the trainer of
// the same name wrote.
#ifndef AMOOZ_PLUGINS_TORCH_RUNTIME_H_
#define AMOOZ_PLUGINS_TORCH_RUNTIME_H_

#include <memory>
#include <span>
#include <string_view>

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/artifact.h"
#include "plugins/torch/decoder.h"

namespace amooz::llama {

// A reply is a function of the model, the request and its seed alone, whatever runs beside it. A
// request without a seed draws one from the operating system. A chat too long for the context loses
// its oldest turns; half of the context, or max_tokens if that is less, is kept free for the reply.
// Evaluations do not depend on which examples are evaluated together.
class LlamaRuntime {
 public:
  static constexpr sdk::Info kInfo{
      .name = "torch",
      .version = "1.0.0",
      .vendor = "Amooz",
      .license = "Apache-2.0",
      .caps = AMOOZ_CAP_CONCURRENT | AMOOZ_CAP_DETERMINISTIC | AMOOZ_CAP_BATCH_INVARIANT,
      .max_concurrency = 4};
  static constexpr const char* kReadsFormats = kFormat;

  struct Model {
    BpeTokenizer tokenizer;
    GenerationDefaults defaults;
    Decoder decoder;
    int cpu_threads;
  };

  explicit LlamaRuntime(const sdk::Config&) {}
  sdk::Resources Estimate(const sdk::Artifact& artifact, const sdk::Call& call);
  std::unique_ptr<Model> Load(const sdk::Artifact& artifact, std::string_view device,
                              int cpu_threads, const sdk::Call& call);
  sdk::GenerateResult Generate(Model& model, const sdk::GenerateRequest& request,
                               const sdk::Call& call);
  void Evaluate(Model& model, std::span<const sdk::Example> examples, std::span<double> nll,
                std::span<std::uint64_t> tokens, const sdk::Call& call);
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_RUNTIME_H_
