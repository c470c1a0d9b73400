#include "plugins/torch/network.h"

#include <algorithm>

#include "plugins/torch/decoder.h"
#include "plugins/torch/failure.h"
#include "plugins/torch/kernels.h"
#include "plugins/torch/random.h"
#include "plugins/torch/torch_headers.h"

namespace amooz::llama {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::tensor_list;

// Rows of a matrix that a thread takes at once, at least.
constexpr std::int64_t kGrain = 16;

// What all steps of one row share. Lives as long as the row's graph.
struct RowPlan {
  const Row& row;
  const RotaryTable& rotary;
  HeadShape shape;
  float epsilon;
  DropoutPlan dropout;
  const ShouldStop& should_stop;
  std::vector<std::int64_t> probability_offsets;  // by segment, in floats

  std::int64_t segments() const { return static_cast<std::int64_t>(row.segment_starts.size()) - 1; }
};

// Graph nodes keep a plan as an integer, the only form of pointer that they can keep.
void Keep(AutogradContext* context, const RowPlan* plan) {
  context->saved_data["plan"] = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(plan));
}
const RowPlan& Kept(AutogradContext* context) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return *reinterpret_cast<const RowPlan*>(
      static_cast<std::intptr_t>(context->saved_data["plan"].toInt()));
}

void ThrowIfStopped(const RowPlan& plan) {
  if (plan.should_stop()) Fail(AMOOZ_CANCELLED, "stopped by the host");
}

// f(begin, end) for parts of [0, n) of `grain` each, on all threads. A step of a large model takes
// seconds, so each part asks whether to go on; what a stopped loop leaves behind is never used.
template <typename F>
void ForParts(const RowPlan& plan, std::int64_t n, std::int64_t grain, F&& f) {
  at::parallel_for(0, n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end && !plan.should_stop(); begin += grain) {
      f(begin, std::min(end, begin + grain));
    }
  });
  ThrowIfStopped(plan);
}

// What LibTorch does in one go, in floats at most: a tenth of a second.
constexpr std::int64_t kFloatsAtOnce = 1 << 24;

// xᵀ[M][N] of x[N][M].
Tensor Transposed(const RowPlan& plan, const Tensor& x) {
  const std::int64_t rows = x.size(0), step = std::max<std::int64_t>(1, kFloatsAtOnce / x.size(1));
  Tensor y = at::empty({x.size(1), rows}, x.options());
  for (std::int64_t row = 0; row < rows; row += step) {
    const std::int64_t n = std::min(step, rows - row);
    y.narrow(1, row, n).copy_(x.narrow(0, row, n).t());
    ThrowIfStopped(plan);
  }
  return y;
}

// Rows of a product that a thread does with one panel before it goes to the next.
constexpr std::int64_t kRowsOfTask = 192;

// y[n][out] = x[n][in] times what `pack` puts into the panels, which lie [in][64]. Every sum runs
// in order, so the result does not depend on the number of threads.
template <typename Pack>
Tensor Product(const RowPlan& plan, const Tensor& x, std::int64_t out, Pack&& pack) {
  const std::int64_t n = x.size(0), in = x.size(1), panels = (out + kPanel - 1) / kPanel;
  Tensor packed = at::empty({panels, in, kPanel}, x.options());
  Tensor y = at::empty({n, out}, x.options());
  auto* const panel_data = packed.mutable_data_ptr<float>();
  ForParts(plan, panels, 1,
           [&](std::int64_t p, std::int64_t) { pack(p, panel_data + p * in * kPanel); });
  const auto* const from = x.const_data_ptr<float>();
  auto* const to = y.mutable_data_ptr<float>();
  const std::int64_t blocks = (n + kRowsOfTask - 1) / kRowsOfTask;
  ForParts(plan, panels * blocks, 1, [&](std::int64_t task, std::int64_t) {
    const std::int64_t p = task / blocks, row = task % blocks * kRowsOfTask;
    BestKernels().panel_product(from + row * in, std::min(kRowsOfTask, n - row), in,
                                panel_data + p * in * kPanel, std::min(kPanel, out - p * kPanel),
                                to + row * out + p * kPanel, out);
  });
  return y;
}

// y[N][out] of x[N][in] and weight[out][in].
struct Linear : Function<Linear> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const RowPlan* plan) {
    Keep(context, plan);
    context->save_for_backward({x, weight});
    return Product(*plan, x, weight.size(0), [&](std::int64_t panel, float* to) {
      PackPanel(weight.const_data_ptr<float>(), weight.size(1), weight.size(0), panel, to);
    });
  }
  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const RowPlan& plan = Kept(context);
    const auto saved = context->get_saved_variables();
    const Tensor dy = gradients[0].contiguous();
    // dx = dy W and dW = dyᵀ x: in both, the right factor lies as [in][out] of the product.
    return {TimesRows(plan, dy, saved[1]), TimesRows(plan, Transposed(plan, dy), saved[0]),
            Tensor()};
  }

 private:
  static Tensor TimesRows(const RowPlan& plan, const Tensor& a, const Tensor& b) {
    return Product(plan, a, b.size(1), [&](std::int64_t panel, float* to) {
      PackPanelOfTransposed(b.const_data_ptr<float>(), b.size(0), b.size(1), panel, to);
    });
  }
};

// y[N][C] of x[N][C] and weight[C].
struct RmsNorm : Function<RmsNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const RowPlan* plan) {
    Keep(context, plan);
    context->save_for_backward({x, weight});
    Tensor y = at::empty_like(x);
    const std::int64_t width = x.size(1);
    const auto *from = x.const_data_ptr<float>(), *w = weight.const_data_ptr<float>();
    auto* to = y.mutable_data_ptr<float>();
    ForParts(*plan, x.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) {
        BestKernels().rms_norm(from + t * width, w, width, plan->epsilon, to + t * width);
      }
    });
    return y;
  }
  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor dy = gradients[0].contiguous();
    const std::int64_t width = x.size(1);
    Tensor dx = at::empty_like(x), dw = at::empty_like(x);
    const RowPlan& plan = Kept(context);
    ForParts(plan, x.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) {
        BestKernels().rms_norm_backward(
            x.const_data_ptr<float>() + t * width, weight.const_data_ptr<float>(),
            dy.const_data_ptr<float>() + t * width, width, plan.epsilon,
            dx.mutable_data_ptr<float>() + t * width, dw.mutable_data_ptr<float>() + t * width);
      }
    });
    return {dx, dw.sum(0), Tensor()};
  }
};

// y[N][M] of gate_up[N][2M].
struct Swiglu : Function<Swiglu> {
  static Tensor forward(AutogradContext* context, const Tensor& gate_up, const RowPlan* plan) {
    Keep(context, plan);
    context->save_for_backward({gate_up});
    const std::int64_t width = gate_up.size(1) / 2;
    Tensor y = at::empty({gate_up.size(0), width}, gate_up.options());
    ForParts(*plan, y.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) {
        BestKernels().swiglu(gate_up.const_data_ptr<float>() + t * 2 * width, width,
                             y.mutable_data_ptr<float>() + t * width);
      }
    });
    return y;
  }
  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const Tensor gate_up = context->get_saved_variables()[0];
    const Tensor dy = gradients[0].contiguous();
    const std::int64_t width = dy.size(1);
    Tensor d_gate_up = at::empty_like(gate_up);
    ForParts(Kept(context), dy.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) {
        BestKernels().swiglu_backward(gate_up.const_data_ptr<float>() + t * 2 * width,
                                      dy.const_data_ptr<float>() + t * width, width,
                                      d_gate_up.mutable_data_ptr<float>() + t * 2 * width);
      }
    });
    return {d_gate_up, Tensor()};
  }
};

// Drops a share of x[N][C]; `site` tells the places in the network apart.
struct Dropout : Function<Dropout> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const RowPlan* plan,
                        std::int64_t site) {
    Keep(context, plan);
    context->saved_data["site"] = site;
    return Drop(x, *plan, site);
  }
  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    return {Drop(gradients[0], Kept(context), context->saved_data["site"].toInt()), Tensor(),
            Tensor()};
  }
  static Tensor Drop(const Tensor& x, const RowPlan& plan, std::int64_t site) {
    Tensor y = x.clone(at::MemoryFormat::Contiguous);
    const auto key = static_cast<std::uint32_t>(
        Mix64(plan.dropout.key ^ Mix64(static_cast<std::uint64_t>(site))));
    const std::int64_t width = y.size(1);
    auto* data = y.mutable_data_ptr<float>();
    ForParts(plan, y.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
      BestKernels().dropout(data + begin * width, begin * width, (end - begin) * width, key,
                            plan.dropout.share);
    });
    return y;
  }
};

// Attention inside each segment, rotary embeddings included: out[N][heads * dim] of
// qkv[N][(heads + 2 kv_heads) * dim].
struct Attention : Function<Attention> {
  static Tensor forward(AutogradContext* context, const Tensor& qkv, const RowPlan* plan) {
    Keep(context, plan);
    const HeadShape& shape = plan->shape;
    Tensor rotated = qkv.clone();
    Rotate(*plan, 1.0f, &rotated);
    Tensor probabilities = at::empty({plan->probability_offsets.back()}, qkv.options());
    Tensor out = at::empty({qkv.size(0), shape.heads * shape.head_dim}, qkv.options());
    ForEachSegmentAndHead(*plan, [&](std::int64_t segment, std::int64_t head, std::int64_t first,
                                     std::int64_t last) {
      BestKernels().segment_forward(
          shape, head, View(*plan, segment, rotated, probabilities), first, last,
          out.mutable_data_ptr<float>() + plan->row.segment_starts[Index(segment)] * out.size(1));
    });
    context->save_for_backward({rotated, probabilities});
    return out;
  }
  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const RowPlan& plan = Kept(context);
    const auto saved = context->get_saved_variables();
    const Tensor d_out = gradients[0].contiguous();
    Tensor d_qkv = at::zeros_like(saved[0]);
    ForEachSegmentAndHead(
        plan, [&](std::int64_t segment, std::int64_t head, std::int64_t first, std::int64_t last) {
          const std::int64_t start = plan.row.segment_starts[Index(segment)];
          BestKernels().segment_backward(plan.shape, head, View(plan, segment, saved[0], saved[1]),
                                         first, last,
                                         d_out.const_data_ptr<float>() + start * d_out.size(1),
                                         d_qkv.mutable_data_ptr<float>() + start * d_qkv.size(1));
        });
    Rotate(plan, -1.0f, &d_qkv);
    return {d_qkv, Tensor()};
  }

 private:
  static std::size_t Index(std::int64_t i) { return static_cast<std::size_t>(i); }

  static void Rotate(const RowPlan& plan, float sign, Tensor* qkv) {
    const std::int64_t half = plan.shape.head_dim / 2, width = qkv->size(1);
    const std::int64_t heads = plan.shape.heads + plan.shape.kv_heads;
    auto* data = qkv->mutable_data_ptr<float>();
    ForParts(plan, plan.segments(), 1, [&](std::int64_t s, std::int64_t) {
      const std::int64_t first = plan.row.segment_starts[Index(s)];
      for (std::int64_t t = first; t < plan.row.segment_starts[Index(s + 1)]; ++t) {
        BestKernels().rotate(data + t * width, heads, plan.shape.head_dim,
                             plan.rotary.cosine.data() + (t - first) * half,
                             plan.rotary.sine.data() + (t - first) * half, sign);
      }
    });
  }

  static AttentionSegment View(const RowPlan& plan, std::int64_t segment, const Tensor& rotated,
                               const Tensor& probabilities) {
    const std::int64_t start = plan.row.segment_starts[Index(segment)];
    return {plan.row.segment_starts[Index(segment + 1)] - start,
            rotated.const_data_ptr<float>() + start * rotated.size(1),
            const_cast<float*>(probabilities.const_data_ptr<float>()) +
                plan.probability_offsets[Index(segment)]};
  }

  // f(segment, head, first, last) for all query heads and parts of the segments' tokens. Each
  // (segment, kv head) writes to places of its own, so their parts run in order on one thread.
  template <typename F>
  static void ForEachSegmentAndHead(const RowPlan& plan, F&& f) {
    constexpr std::int64_t kTokensOfPart = 64;
    const std::int64_t kv_heads = plan.shape.kv_heads, group = plan.shape.heads / kv_heads;
    ForParts(plan, plan.segments() * kv_heads, 1, [&](std::int64_t i, std::int64_t) {
      const std::int64_t segment = i / kv_heads, head = i % kv_heads * group;
      const std::int64_t tokens =
          plan.row.segment_starts[Index(segment + 1)] - plan.row.segment_starts[Index(segment)];
      for (std::int64_t h = head; h < head + group; ++h) {
        for (std::int64_t t = 0; t < tokens && !plan.should_stop(); t += kTokensOfPart) {
          f(segment, h, t, std::min(tokens, t + kTokensOfPart));
        }
      }
    });
  }
};

Tensor IndexTensor(const std::vector<std::int64_t>& values) {
  return at::from_blob(const_cast<std::int64_t*>(values.data()),
                       {static_cast<std::int64_t>(values.size())}, at::kLong);
}

}  // namespace

struct Network::Impl {
  struct Layer {
    Tensor attention_norm, qkv, o, mlp_norm, gate_up, down;
  };

  Impl(const ModelConfig& model_config, std::span<float> weights, std::span<float> gradients,
       ShouldStop stop)
      : config(model_config),
        should_stop(std::move(stop)),
        rotary(config.max_position_embeddings, config.head_dim(), config.rope_theta) {
    const ParameterLayout layout(config);
    const std::int64_t hidden = config.hidden_size, wide = config.intermediate_size;
    const auto leaf = [&](std::string_view name, std::vector<std::int64_t> shape) {
      const std::int64_t offset = layout.OffsetOf(name);
      Tensor tensor = at::from_blob(weights.data() + offset, shape, at::kFloat);
      tensor.set_requires_grad(true);
      tensor.mutable_grad() = at::from_blob(gradients.data() + offset, shape, at::kFloat);
      return tensor;
    };
    embedding = leaf("model.embed_tokens.weight", {config.vocab_size, hidden});
    norm = leaf("model.norm.weight", {hidden});
    for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
      const auto name = [i](std::string_view what) { return LayerParameter(i, what); };
      layers.push_back(
          {leaf(name("input_layernorm.weight"), {hidden}),
           leaf(name("self_attn.q_proj.weight"), {hidden + 2 * config.kv_size(), hidden}),
           leaf(name("self_attn.o_proj.weight"), {hidden, hidden}),
           leaf(name("post_attention_layernorm.weight"), {hidden}),
           leaf(name("mlp.gate_proj.weight"), {2 * wide, hidden}),
           leaf(name("mlp.down_proj.weight"), {hidden, wide})});
    }
  }

  RowPlan Plan(const Row& row, const DropoutPlan& dropout) const {
    RowPlan plan{row,
                 rotary,
                 {config.num_attention_heads, config.num_key_value_heads, config.head_dim()},
                 static_cast<float>(config.rms_norm_eps),
                 dropout,
                 should_stop,
                 {0}};
    for (std::size_t s = 0; s + 1 < row.segment_starts.size(); ++s) {
      const std::int64_t n = row.segment_starts[s + 1] - row.segment_starts[s];
      plan.probability_offsets.push_back(plan.probability_offsets.back() +
                                         config.num_attention_heads * n * n);
    }
    return plan;
  }

  Tensor Drop(const Tensor& x, const RowPlan& plan, std::int64_t site) const {
    return plan.dropout.share > 0 ? Dropout::apply(x, &plan, site) : x;
  }

  // The last hidden states [R][C] at the row's R positions.
  Tensor Hidden(const RowPlan& plan) const {
    std::int64_t site = 0;
    Tensor x = at::embedding(embedding, IndexTensor(plan.row.tokens));  // N,C
    x = Drop(x, plan, site++);
    for (const Layer& layer : layers) {
      Tensor y = RmsNorm::apply(x, layer.attention_norm, &plan);
      y = Attention::apply(Linear::apply(y, layer.qkv, &plan), &plan);
      x = x + Drop(Linear::apply(y, layer.o, &plan), plan, site++);
      y = RmsNorm::apply(x, layer.mlp_norm, &plan);
      y = Swiglu::apply(Linear::apply(y, layer.gate_up, &plan), &plan);
      x = x + Drop(Linear::apply(y, layer.down, &plan), plan, site++);
    }
    x = at::index_select(x, 0, IndexTensor(plan.row.positions));  // R,C
    return RmsNorm::apply(x, norm, &plan);
  }

  // f(logits [n][vocabulary], targets [n]) for parts of the R predictions, in order: one part
  // unless there are many logits.
  template <typename F>
  void ForLogits(const RowPlan& plan, F&& f) const {
    const Tensor x = Hidden(plan), targets = IndexTensor(plan.row.targets);
    const std::int64_t rows = x.size(0);
    const std::int64_t step = std::max<std::int64_t>(1, kFloatsAtOnce / config.vocab_size);
    for (std::int64_t row = 0; row < rows; row += step) {
      const std::int64_t n = std::min(step, rows - row);
      f(Linear::apply(n == rows ? x : x.narrow(0, row, n), embedding, &plan),
        targets.narrow(0, row, n));
    }
  }

  const ModelConfig config;
  const ShouldStop should_stop;
  const RotaryTable rotary;
  Tensor embedding, norm;
  std::vector<Layer> layers;
};

Network::Network(const ModelConfig& config, std::span<float> weights, std::span<float> gradients,
                 ShouldStop should_stop)
    : impl_(std::make_unique<Impl>(config, weights, gradients, std::move(should_stop))) {}
Network::~Network() = default;

double Network::LossAndGradient(const Row& row, const DropoutPlan& dropout) {
  const RowPlan plan = impl_->Plan(row, dropout);
  const auto all = static_cast<std::int64_t>(row.targets.size());
  Tensor loss;
  impl_->ForLogits(plan, [&](const Tensor& logits, const Tensor& targets) {
    Tensor mean = at::cross_entropy_loss(logits, targets);
    if (targets.size(0) < all)
      mean = mean * (static_cast<double>(targets.size(0)) / static_cast<double>(all));
    loss = loss.defined() ? loss + mean : mean;
  });
  loss.backward();
  return loss.item<double>();
}

double Network::LossSum(const Row& row) {
  const at::NoGradGuard no_gradients;
  const RowPlan plan = impl_->Plan(row, {});
  double sum = 0;
  impl_->ForLogits(plan, [&](const Tensor& logits, const Tensor& targets) {
    const Tensor losses = at::cross_entropy_loss(logits, targets, {}, at::Reduction::None);
    sum += losses.sum(at::kDouble).item<double>();
  });
  return sum;
}

}  // namespace amooz::llama
