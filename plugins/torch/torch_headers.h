// The LibTorch headers that we use, precompiled: ATen and autograd alone (torch/torch.h takes three
// times as long).
#ifndef AMOOZ_PLUGINS_TORCH_TORCH_HEADERS_H_
#define AMOOZ_PLUGINS_TORCH_TORCH_HEADERS_H_

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>

#endif  // AMOOZ_PLUGINS_TORCH_TORCH_HEADERS_H_
