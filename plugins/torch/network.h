// The model for training: the same network as decoder.h, with gradients. The graph, the loss, the
// threads and the memory are LibTorch's; products, attention, norms, activations and dropout are
// kernels.h, each with its own backward step (docs/decisions/0003 has what that gains).
//
// N tokens of a packed row go through the linear layers as one matrix [N][features] with no
// padding; attention runs inside each segment.
#ifndef AMOOZ_PLUGINS_TORCH_NETWORK_H_
#define AMOOZ_PLUGINS_TORCH_NETWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "plugins/torch/model_config.h"
#include "plugins/torch/packing.h"

namespace amooz::llama {

// Which activations a training step drops: a `share` of them, chosen by `key` alone. Share 0: none.
struct DropoutPlan {
  float share = 0;
  std::uint64_t key = 0;
};

// Asked from several threads at once; once it says yes it goes on saying so.
using ShouldStop = std::function<bool()>;

class Network {
 public:
  // Computes with `weights` and adds gradients to `gradients` (both as ParameterLayout says; they
  // must outlive this). The caller clears the gradients and changes the weights between steps.
  Network(
      const ModelConfig& config, std::span<float> weights, std::span<float> gradients,
      ShouldStop should_stop = [] { return false; });
  ~Network();

  // Both throw CANCELLED within a fraction of a second of `should_stop`, however large the model
  // and the row; the gradients are then worth nothing.
  //
  // The mean negative log-likelihood (nats a token) of the row's targets; its gradient is added.
  double LossAndGradient(const Row& row, const DropoutPlan& dropout);
  // The sum over the row's targets, without gradients or dropout.
  double LossSum(const Row& row);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_NETWORK_H_
