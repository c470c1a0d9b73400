// How probable a model finds a response.
#ifndef AMOOZ_PLUGINS_TORCH_LIKELIHOOD_H_
#define AMOOZ_PLUGINS_TORCH_LIKELIHOOD_H_

#include <functional>

#include "plugins/torch/decoder.h"
#include "plugins/torch/prompt.h"

namespace amooz::llama {

// The negative log-likelihood (nats, summed in double) of the response's tokens and the end token,
// read in windows if the sequence is longer than the context. `stop_point` is called between
// windows and may throw.
double NegativeLogLikelihood(const Decoder& decoder, const Sequence& sequence,
                             const std::function<void()>& stop_point);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_LIKELIHOOD_H_
