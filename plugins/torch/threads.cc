#include "plugins/torch/threads.h"

#include <algorithm>

#include "plugins/torch/torch_headers.h"

namespace amooz::llama {

void UseThreads(int threads) { at::set_num_threads(std::max(threads, 1)); }

}  // namespace amooz::llama
