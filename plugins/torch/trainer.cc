#include "plugins/torch/trainer.h"

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "plugins/torch/bpe_trainer.h"
#include "plugins/torch/failure.h"
#include "plugins/torch/network.h"
#include "plugins/torch/prompt.h"
#include "plugins/torch/threads.h"
#include "plugins/torch/training.h"

namespace amooz::llama {
namespace {

// A fresh tokenizer replaces the base's only if it needs this share of the tokens less.
constexpr double kSavingWorthRenewing = 0.10;
// What a token of Persian or English chats has, about, in bytes: for estimates before any
// tokenizer.
constexpr double kBytesPerToken = 3.5;
// Floating-point operations a second that one core is expected to do at least, for the estimate.
constexpr double kFlopsPerThread = 1.5e10;

struct TokenizerChoice {
  BpeTokenizer tokenizer;
  std::uint64_t text_bytes;  // that the tokenizer was trained on
  const char* what;          // new | kept | renewed
};

BpeTrainer ReadTexts(const sdk::Call& call) {
  BpeTrainer texts;
  call.ForEachExample(AMOOZ_SPLIT_TRAIN, [&](std::int64_t, const sdk::Example& example) {
    for (const std::string& text : TextsOf(example)) texts.Add(text);
  });
  return texts;
}

// docs/rules.md, rule 20.
TokenizerChoice ChooseTokenizer(const TrainingConfig& config, const BpeTrainer& texts,
                                const ModelFiles* base, const StopPoint& stop_point) {
  const std::size_t most = VocabularySize(
      texts.text_bytes(), static_cast<std::size_t>(config.most_tokens_in_vocabulary));
  const auto floor = static_cast<std::uint64_t>(config.renew_tokenizer_over_bytes);
  if (base != nullptr && texts.text_bytes() < floor) {
    return {base->tokenizer, base->tokenizer_text_bytes, "kept"};
  }
  BpeTokenizer fresh = texts.Train(most, stop_point);
  if (base == nullptr) return {std::move(fresh), texts.text_bytes(), "new"};
  const auto now = static_cast<double>(texts.CountTokens(base->tokenizer, stop_point));
  const auto then = static_cast<double>(texts.CountTokens(fresh, stop_point));
  if (then < now * (1 - kSavingWorthRenewing)) {
    return {std::move(fresh), texts.text_bytes(), "renewed"};
  }
  return {base->tokenizer, base->tokenizer_text_bytes, "kept"};
}

TrainingData ReadSequences(const BpeTokenizer& tokenizer, const sdk::Call& call) {
  TrainingData data;
  call.ForEachExample(AMOOZ_SPLIT_TRAIN, [&](std::int64_t, const sdk::Example& example) {
    data.train.push_back(EncodeExample(tokenizer, example));
  });
  call.ForEachExample(AMOOZ_SPLIT_VALIDATION, [&](std::int64_t, const sdk::Example& example) {
    data.validation.push_back(EncodeExample(tokenizer, example));
  });
  return data;
}

bool SameShape(ModelConfig a, const ModelConfig& b) {
  a.vocab_size = b.vocab_size;
  return a == b;
}

std::string Text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.6g", value);
  return buffer;
}

// Freed memory is kept: giving it back and faulting it in again costs a sixth of a training's time.
void KeepFreedMemory() {
  constexpr int kNever = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kNever);
  mallopt(M_TRIM_THRESHOLD, kNever);
}

}  // namespace

LlamaTrainer::LlamaTrainer(const sdk::Config& config) : config_(TrainingConfig::Read(config)) {
  KeepFreedMemory();
}

sdk::Resources LlamaTrainer::Plan(const sdk::Job& job, const sdk::Call& call) {
  std::uint64_t bytes = 0;
  call.ForEachExample(AMOOZ_SPLIT_TRAIN, [&](std::int64_t, const sdk::Example& example) {
    for (const std::string& text : TextsOf(example)) bytes += text.size();
  });
  ModelConfig model = config_.model;
  model.vocab_size = static_cast<std::int64_t>(
      VocabularySize(bytes, static_cast<std::size_t>(config_.most_tokens_in_vocabulary)));
  const auto parameters = static_cast<double>(ParameterLayout(model).size());
  const double tokens = static_cast<double>(bytes) / kBytesPerToken;
  const double most_tokens = std::min(tokens * static_cast<double>(config_.epochs),
                                      static_cast<double>(config_.max_steps * config_.row_tokens));
  const int starts = config_.start == Start::kBest && job.base != nullptr ? 2 : 1;
  // 6 operations a parameter and token, 8 with attention and what is not a product.
  const double seconds =
      starts * 8 * parameters * most_tokens / (kFlopsPerThread * std::max(job.cpu_threads, 1));
  // Weights, gradients, two moments, average, best, a result, the base's file twice.
  const double activations =
      40.0 * static_cast<double>(config_.row_tokens) *
      static_cast<double>(model.num_hidden_layers * (model.hidden_size + model.intermediate_size) +
                          model.vocab_size);
  constexpr double kLibrary = 300e6;
  return {
      .memory_bytes = static_cast<std::uint64_t>(kLibrary + 40 * parameters + activations +
                                                 8.0 * tokens + 20.0 * static_cast<double>(bytes)),
      .disk_bytes = static_cast<std::uint64_t>((4 + 40 * starts) * parameters + 4e6),
      .seconds = seconds};
}

void LlamaTrainer::Train(const sdk::Job& job, const sdk::Call& call) {
  if (call.ExampleCount(AMOOZ_SPLIT_TRAIN) == 0) {
    Fail(AMOOZ_FAILED_PRECONDITION, "there are no training rows; import examples or stream chats");
  }
  UseThreads(job.cpu_threads);
  std::optional<ModelFiles> base;
  const StopPoint stop_point = [&call] { call.StopPoint(); };
  if (job.base != nullptr) base = ReadArtifact(job.base->dir, stop_point);
  const BpeTrainer texts = ReadTexts(call);
  const TokenizerChoice choice =
      ChooseTokenizer(config_, texts, base ? &*base : nullptr, stop_point);
  ModelConfig model = config_.model;
  model.vocab_size = choice.tokenizer.size();
  const TrainingData data = ReadSequences(choice.tokenizer, call);

  const bool can_start_from_base = base && choice.what == std::string_view("kept") &&
                                   SameShape(base->config, config_.model) &&
                                   config_.start != Start::kCold;
  std::optional<TrainingResult> best;
  const char* started_from = "cold";
  const auto run = [&](const char* from, bool is_warm) {
    const TrainingTask task{config_,
                            model,
                            data,
                            is_warm,
                            job.seed,
                            job.max_seconds,
                            job.checkpoint_dir + "/" + from + ".safetensors",
                            job.job_digest};
    TrainingResult result =
        llama::Train(task, is_warm ? base->weights : NewWeights(model, job.seed, stop_point), call);
    if (best && !(result.validation_loss < best->validation_loss)) return;
    best = std::move(result);
    started_from = from;
  };
  if (can_start_from_base) run("base", true);
  if (!can_start_from_base || config_.start == Start::kBest) run("cold", false);

  WriteArtifact(job.output_dir, model, config_.generation, choice.tokenizer, choice.text_bytes,
                best->weights, stop_point);
  call.Annotate("started_from", started_from);
  call.Annotate("stop_reason", best->stop_reason);
  call.Annotate("tokenizer", choice.what);
  call.Annotate("training_text_bytes", std::to_string(texts.text_bytes()));
  call.Annotate("vocabulary", std::to_string(choice.tokenizer.size()));
  call.Annotate("steps", std::to_string(best->steps));
  if (!data.validation.empty()) call.Annotate("validation_loss", Text(best->validation_loss));
}

}  // namespace amooz::llama
