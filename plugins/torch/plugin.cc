// torch.so: a trainer and a model runtime, both called `torch`.
#include "amooz/sdk/plugin.hpp"

#include "plugins/torch/runtime.h"
#include "plugins/torch/trainer.h"

AMOOZ_PLUGINS(amooz::sdk::Trainer<amooz::llama::LlamaTrainer>,
              amooz::sdk::Runtime<amooz::llama::LlamaRuntime>)
