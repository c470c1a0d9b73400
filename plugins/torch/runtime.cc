#include "plugins/torch/runtime.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <random>
#include <thread>

#include "plugins/torch/failure.h"
#include "plugins/torch/files.h"
#include "plugins/torch/likelihood.h"
#include "plugins/torch/prompt.h"
#include "plugins/torch/reply_stream.h"
#include "plugins/torch/sampler.h"

namespace amooz::llama {
namespace {

std::uint64_t FreshSeed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

SamplingOptions ReadOptions(const sdk::GenerateRequest& request,
                            const GenerationDefaults& defaults) {
  using Raw = amooz_generate_request;
  SamplingOptions options;
  options.min_tokens = request.Or(AMOOZ_SET_MIN_TOKENS, &Raw::min_tokens, 0);
  options.temperature = request.Or(AMOOZ_SET_TEMPERATURE, &Raw::temperature, defaults.temperature);
  options.top_p = request.Or(AMOOZ_SET_TOP_P, &Raw::top_p, defaults.top_p);
  options.top_k = request.Or(AMOOZ_SET_TOP_K, &Raw::top_k, defaults.top_k);
  options.repetition_penalty = request.Or(AMOOZ_SET_REPETITION_PENALTY, &Raw::repetition_penalty,
                                          defaults.repetition_penalty);
  options.no_repeat_ngram_size = request.Or(
      AMOOZ_SET_NO_REPEAT_NGRAM_SIZE, &Raw::no_repeat_ngram_size, defaults.no_repeat_ngram_size);
  const bool has_seed = (request.raw->set_mask & AMOOZ_SET_SEED) != 0;
  options.seed = has_seed ? request.raw->seed : FreshSeed();
  if (const std::string problem = options.Problem(); !problem.empty()) {
    Fail(AMOOZ_INVALID_ARGUMENT, problem);
  }
  return options;
}

// One reply under way.
class Reply {
 public:
  Reply(const LlamaRuntime::Model& model, const sdk::GenerateRequest& request,
        const sdk::Call& call)
      : model_(model),
        call_(call),
        max_tokens_(request.Or(AMOOZ_SET_MAX_TOKENS, &amooz_generate_request::max_tokens,
                               model.defaults.max_new_tokens)),
        sampler_(ReadOptions(request, model.defaults), model.tokenizer.end_id()),
        stream_(request.stop) {
    if (max_tokens_ < 1) Fail(AMOOZ_INVALID_ARGUMENT, "max_tokens is below 1");
    if (request.Or(AMOOZ_SET_MIN_TOKENS, &amooz_generate_request::min_tokens, 0) > max_tokens_) {
      Fail(AMOOZ_INVALID_ARGUMENT, "min_tokens is above max_tokens");
    }
    context_ = model.decoder.config().max_position_embeddings;
    const std::int64_t reserved = std::min<std::int64_t>(max_tokens_, context_ / 2);
    ids_ = EncodePromptWithin(model.tokenizer, request.context, request.instruction,
                              static_cast<std::size_t>(context_ - reserved),
                              [&call] { call.StopPoint(); });
    prompt_tokens_ = ids_.size();
  }

  sdk::GenerateResult Run() {
    const std::int64_t room = context_ - static_cast<std::int64_t>(prompt_tokens_);
    const std::int64_t most = std::min<std::int64_t>(max_tokens_, room);
    const ModelConfig& config = model_.decoder.config();
    Decoder::State state(model_.decoder, static_cast<std::int64_t>(prompt_tokens_) + most);
    const auto hidden_size = static_cast<std::size_t>(config.hidden_size);
    std::vector<float> hidden(ids_.size() * hidden_size);
    std::vector<float> logits(static_cast<std::size_t>(config.vocab_size));
    model_.decoder.Forward(&state, ids_, hidden);
    for (std::int64_t made = 0;; ++made) {
      if (call_.ShouldStop()) return End(AMOOZ_FINISH_CANCELLED);
      if (made == most) return End(AMOOZ_FINISH_LENGTH);
      model_.decoder.Logits(std::span<const float>(hidden).last(hidden_size), logits);
      const std::int32_t token = sampler_.Next(ids_, made, logits);
      if (token == model_.tokenizer.end_id()) return End(AMOOZ_FINISH_END);
      ids_.push_back(token);
      pending_.push_back(token);
      if (!Emit(stream_.Push(model_.tokenizer.Bytes(token)))) return End(AMOOZ_FINISH_CANCELLED);
      if (stream_.stopped()) return End(AMOOZ_FINISH_STOP);
      hidden.resize(hidden_size);
      if (made + 1 < most) {
        model_.decoder.Forward(&state, std::span<const std::int32_t>(&token, 1), hidden);
      }
    }
  }

 private:
  // Sends text with the tokens since the last text.
  bool Emit(const std::string& text) {
    if (text.empty()) return true;
    const bool goes_on = call_.EmitChunk(text, pending_);
    pending_.clear();
    return goes_on;
  }
  sdk::GenerateResult End(std::int32_t reason) {
    if (reason == AMOOZ_FINISH_CANCELLED) Fail(AMOOZ_CANCELLED, "stopped by the host");
    if (!Emit(stream_.Finish())) Fail(AMOOZ_CANCELLED, "stopped by the host");
    if (stream_.stopped()) reason = AMOOZ_FINISH_STOP;
    return {reason, prompt_tokens_, ids_.size() - prompt_tokens_};
  }

  const LlamaRuntime::Model& model_;
  const sdk::Call& call_;
  const std::int32_t max_tokens_;
  const Sampler sampler_;
  ReplyStream stream_;
  std::int64_t context_ = 0;
  std::size_t prompt_tokens_ = 0;
  std::vector<std::int32_t> ids_, pending_;
};

// Calls f(i) for 0 <= i < n on up to `threads` threads and waits for all. The first exception is
// thrown again once they are done.
template <typename F>
void InParallel(std::size_t n, int threads, F&& f) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < n; i = next++) f(i);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
      next = n;
    }
  };
  std::vector<std::thread> others;
  const std::size_t wanted = std::min(n, static_cast<std::size_t>(std::max(threads, 1)));
  for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

sdk::Resources LlamaRuntime::Estimate(const sdk::Artifact& artifact, const sdk::Call&) {
  const std::string path = artifact.dir + "/config.json";
  const ModelConfig config = ModelConfig::FromJson(ReadFile(path), path);
  const auto weights = static_cast<std::uint64_t>(ParameterLayout(config).size()) * sizeof(float);
  const std::uint64_t cache =
      static_cast<std::uint64_t>(2 * config.num_hidden_layers * config.kv_size() *
                                 config.max_position_embeddings) *
      sizeof(float);
  // While loading: the file, the weights and the packed copy (its embedding twice). LibTorch itself
  // maps about 110 MB.
  constexpr std::uint64_t kLibrary = 160ULL << 20;
  return {.memory_bytes = kLibrary + 4 * weights + 2 * kInfo.max_concurrency * cache};
}

std::unique_ptr<LlamaRuntime::Model> LlamaRuntime::Load(const sdk::Artifact& artifact,
                                                        std::string_view device, int cpu_threads,
                                                        const sdk::Call&) {
  if (device != "cpu" && !device.empty()) {
    Fail(AMOOZ_INVALID_ARGUMENT, "device " + std::string(device) + " is not supported; use cpu");
  }
  ModelFiles files = ReadArtifact(artifact.dir);
  return std::make_unique<Model>(Model{std::move(files.tokenizer), files.defaults,
                                       Decoder(files.config, files.weights), cpu_threads});
}

sdk::GenerateResult LlamaRuntime::Generate(Model& model, const sdk::GenerateRequest& request,
                                           const sdk::Call& call) {
  return Reply(model, request, call).Run();
}

void LlamaRuntime::Evaluate(Model& model, std::span<const sdk::Example> examples,
                            std::span<double> nll, std::span<std::uint64_t> tokens,
                            const sdk::Call& call) {
  InParallel(examples.size(), model.cpu_threads, [&](std::size_t i) {
    const Sequence sequence = EncodeExample(model.tokenizer, examples[i]);
    nll[i] = NegativeLogLikelihood(model.decoder, sequence, [&call] { call.StopPoint(); });
    tokens[i] = sequence.tokens.size() - sequence.first_target;
    if (!std::isfinite(nll[i])) {
      nll[i] = std::numeric_limits<double>::quiet_NaN();
      sdk::Item(&call, static_cast<std::int64_t>(i))
          .Fail(
              AMOOZ_DATA_LOSS,
              "the likelihood is not a finite number, so the model's weights are damaged; fetch or "
              "train the model again");
    }
  });
}

}  // namespace amooz::llama
