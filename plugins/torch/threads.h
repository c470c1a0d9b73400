// How many threads LibTorch computes with.
#ifndef AMOOZ_PLUGINS_TORCH_THREADS_H_
#define AMOOZ_PLUGINS_TORCH_THREADS_H_

namespace amooz::llama {

void UseThreads(int threads);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_THREADS_H_
