// What this plugin computes, for a test that compares it with transformers:
//
//   torch_oracle_dump ARTIFACT REQUEST_JSON OUT_SAFETENSORS > RESULT_JSON
//
// REQUEST_JSON: {"texts": ["..."], "chats": [{"turns": [["user", "..."], ...], "instruction":
// "...", "response": "..."}], "max_tokens": 40}. The result has the ids of each text; of each chat
// the ids of its prompt and of the whole example, the reply's ids and text for greedy decoding
// without and with penalties, and its likelihood; the loss of all examples packed into one row. The
// tensors are logits.I [tokens][vocabulary] of each example, and gradient.NAME of that loss.
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "plugins/torch/artifact.h"
#include "plugins/torch/fake_host.h"
#include "plugins/torch/files.h"
#include "plugins/torch/network.h"
#include "plugins/torch/prompt.h"
#include "plugins/torch/runtime.h"
#include "plugins/torch/safetensors.h"

namespace amooz::llama {
namespace {

using nlohmann::json;

std::int32_t RoleOf(const std::string& name) {
  return name == "system"      ? AMOOZ_ROLE_SYSTEM
         : name == "assistant" ? AMOOZ_ROLE_ASSISTANT
                               : AMOOZ_ROLE_USER;
}

FakeExample ReadChat(const json& chat) {
  FakeExample example{chat.at("instruction"), chat.at("response"), {}};
  for (const json& turn : chat.at("turns")) {
    example.context.push_back({RoleOf(turn.at(0)), turn.at(1)});
  }
  return example;
}

// The reply at temperature 0.
json Greedy(FakePlugin* runtime, amooz_model* model, const FakeExample& example,
            std::int32_t max_tokens, bool with_penalties) {
  FakeCall call;
  const auto set = [&](amooz_generate_request* request) {
    request->set_mask = AMOOZ_SET_TEMPERATURE | AMOOZ_SET_MAX_TOKENS;
    request->max_tokens = max_tokens;
    if (!with_penalties) {
      request->set_mask |= AMOOZ_SET_REPETITION_PENALTY | AMOOZ_SET_NO_REPEAT_NGRAM_SIZE;
      request->repetition_penalty = 1;
    }
  };
  const FakePlugin::Reply reply =
      runtime->Generate(model, example.instruction, example.context, set, &call);
  if (reply.code != AMOOZ_OK) throw std::runtime_error(call.message);
  return {{"ids", call.tokens}, {"text", call.text}, {"reason", reply.result.finish_reason}};
}

void Main(const std::string& artifact, const std::string& request_path, const std::string& out) {
  const json request = json::parse(ReadFile(request_path));
  ModelFiles files = ReadArtifact(artifact);
  const Decoder decoder(files.config, files.weights);
  FakePlugin runtime(AMOOZ_KIND_RUNTIME, "{}");
  FakeCall load;
  amooz_model* model = runtime.Load(artifact, 1, &load);
  if (model == nullptr) throw std::runtime_error(load.message);

  json result = {{"texts", json::array()}, {"chats", json::array()}};
  for (const json& text : request.at("texts")) {
    result["texts"].push_back(files.tokenizer.Encode(text.get<std::string>()));
  }
  std::vector<FakeExample> examples;
  for (const json& chat : request.at("chats")) examples.push_back(ReadChat(chat));
  std::vector<double> nll;
  std::vector<std::uint64_t> counts;
  FakeCall evaluation;
  runtime.Evaluate(model, examples, &nll, &counts, &evaluation);

  const RawExamples raw(examples);
  Row row;
  std::vector<std::vector<float>> logits;
  std::vector<TensorToWrite> tensors;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const Sequence sequence = EncodeExample(files.tokenizer, sdk::Example(raw.pointers()[i]));
    const auto tokens = static_cast<std::int64_t>(sequence.tokens.size());
    row.Append(sequence, {0, sequence.tokens.size(), sequence.first_target});
    std::vector<float> hidden(sequence.tokens.size() *
                              static_cast<std::size_t>(files.config.hidden_size));
    logits.emplace_back(sequence.tokens.size() * static_cast<std::size_t>(files.config.vocab_size));
    Decoder::State state(decoder, tokens);
    decoder.Forward(&state, sequence.tokens, hidden);
    decoder.Logits(hidden, logits.back());
    const std::vector<std::int32_t> prompt(
        sequence.tokens.begin(),
        sequence.tokens.begin() + static_cast<std::ptrdiff_t>(sequence.first_target));
    const std::int32_t most = request.at("max_tokens");
    result["chats"].push_back({{"prompt", prompt},
                               {"sequence", sequence.tokens},
                               {"nll", nll[i]},
                               {"tokens", counts[i]},
                               {"greedy", Greedy(&runtime, model, examples[i], most, false)},
                               {"penalized", Greedy(&runtime, model, examples[i], most, true)}});
  }
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const auto vocabulary = files.config.vocab_size;
    tensors.push_back({"logits." + std::to_string(i),
                       {static_cast<std::int64_t>(logits[i].size()) / vocabulary, vocabulary},
                       logits[i]});
  }
  std::vector<float> gradients(files.weights.size());
  result["loss"] = Network(files.config, files.weights, gradients).LossAndGradient(row, {});
  const ParameterLayout layout(files.config);
  for (const Parameter& parameter : layout.parameters()) {
    tensors.push_back({"gradient." + parameter.name, parameter.shape,
                       std::span(gradients).subspan(static_cast<std::size_t>(parameter.offset),
                                                    static_cast<std::size_t>(parameter.size))});
  }
  const std::string header = SafetensorsHeader(tensors, {});
  std::vector<std::string_view> pieces = {header};
  for (const TensorToWrite& tensor : tensors) pieces.push_back(BytesOf(tensor.values));
  WriteFile(out, pieces);
  runtime.Unload(model);
  std::puts(result.dump().c_str());
}

}  // namespace
}  // namespace amooz::llama

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("torch_oracle_dump ARTIFACT REQUEST_JSON OUT_SAFETENSORS\n", stderr);
    return 2;
  }
  try {
    amooz::llama::Main(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
