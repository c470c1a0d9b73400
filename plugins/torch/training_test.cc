// Trainings of a tiny model, through the C ABI as a host calls it.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "plugins/torch/artifact.h"
#include "plugins/torch/fake_host.h"
#include "plugins/torch/files.h"
#include "plugins/torch/model_config.h"
#include "plugins/torch/training_schema.h"

namespace amooz::llama {
namespace {

constexpr char kTiny[] =
    R"({"model":{"hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":2,
        "num_key_value_heads":1,"max_position_embeddings":64},"row_tokens":128,"epochs":6,
        "cold":{"learning_rate":0.003},"checkpoint_every_steps":3})";

FakeCall Chats() {
  FakeCall call;
  const std::vector<std::string> who = {"مادرم", "پدرم", "خواهرم", "برادرم", "my friend", "my dog"};
  for (int i = 0; i < 8; ++i) {
    for (const std::string& w : who) {
      FakeExample example{
          "دلم برای " + w + " تنگ شده " + std::to_string(i),
          "می‌دانم، جای " + w + " خالی است. من اینجام " + std::to_string(i % 3) + ".",
          {}};
      if (i == 3) example.context = {{AMOOZ_ROLE_USER, "سلام"}, {AMOOZ_ROLE_ASSISTANT, "سلام!"}};
      (i == 7 ? call.validation : call.train).push_back(example);
    }
  }
  return call;
}

class TrainingTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(Path("")); }
  void TearDown() override { std::filesystem::remove_all(Path("")); }

  std::string Path(const std::string& name) const {
    return testing::TempDir() + "amooz_torch_" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + "/" + name;
  }
  FakePlugin::TrainJob Job(const std::string& name, const std::string& base = "") const {
    FakePlugin::TrainJob job{.base = base, .output = Path(name), .checkpoints = Path(name + ".c")};
    std::filesystem::create_directories(job.output);
    std::filesystem::create_directories(job.checkpoints);
    return job;
  }
  // All the artifact's bytes, by file name.
  static std::map<std::string, std::string> Bytes(const std::string& folder) {
    std::map<std::string, std::string> bytes;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      bytes[entry.path().filename()] = ReadFile(entry.path());
    }
    return bytes;
  }
  // (metric, step) → the values told: one each, if what is told twice says the same.
  static std::map<std::pair<std::string, std::int64_t>, std::set<double>> Curve(
      const std::vector<const FakeCall*>& calls) {
    std::map<std::pair<std::string, std::int64_t>, std::set<double>> curve;
    for (const FakeCall* call : calls) {
      for (const FakeMetric& metric : call->metrics) {
        if (metric.name == "loss" || metric.name == "validation_loss" ||
            metric.name == "learning_rate") {
          curve[{metric.name, metric.step}].insert(metric.value);
        }
      }
    }
    return curve;
  }
  static void ReplaceLastWeight(const std::string& folder, float value) {
    std::string bytes = ReadFile(folder + "/model.safetensors");
    bytes.replace(bytes.size() - sizeof(value), sizeof(value),
                  reinterpret_cast<const char*>(&value), sizeof(value));
    WriteFile(folder + "/model.safetensors", {bytes});
  }
  static std::vector<double> Values(const FakeCall& call, const std::string& name) {
    std::vector<double> values;
    for (const FakeMetric& metric : call.metrics) {
      if (metric.name == name) values.push_back(metric.value);
    }
    return values;
  }
};

TEST_F(TrainingTest, LearnsAndSaysSo) {
  FakeCall call = Chats();
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  ASSERT_EQ(trainer.Train(Job("m"), &call), AMOOZ_OK) << call.message;
  const std::vector<double> losses = Values(call, "validation_loss");
  ASSERT_GE(losses.size(), 3u);
  EXPECT_LT(losses.back(), losses.front() * 0.8);
  EXPECT_EQ(call.annotations["started_from"], "cold");
  EXPECT_EQ(call.annotations["stop_reason"], "epochs");
  EXPECT_EQ(call.annotations["tokenizer"], "new");
  EXPECT_THAT(Bytes(Path("m")),
              testing::UnorderedElementsAre(
                  testing::Key("config.json"), testing::Key("generation_config.json"),
                  testing::Key("model.safetensors"), testing::Key("tokenizer.json"),
                  testing::Key("tokenizer_config.json"), testing::Key("amooz.json")));
  for (const char* name : {"loss", "learning_rate", "tokens_per_second", "eta_seconds"}) {
    EXPECT_FALSE(Values(call, name).empty()) << name;
  }
}

TEST_F(TrainingTest, GivesTheSameBytesForTheSameSeedAndOthersForAnother) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall a = Chats(), b = Chats(), c = Chats();
  ASSERT_EQ(trainer.Train(Job("a"), &a), AMOOZ_OK);
  ASSERT_EQ(trainer.Train(Job("b"), &b), AMOOZ_OK);
  FakePlugin::TrainJob other = Job("c");
  other.seed = 2;
  ASSERT_EQ(trainer.Train(other, &c), AMOOZ_OK);
  EXPECT_EQ(Bytes(Path("a")), Bytes(Path("b")));
  EXPECT_NE(Bytes(Path("a")), Bytes(Path("c")));
}

// docs/rules.md, rule 4: an undisturbed and a resumed training give the same model, and tell the
// same losses to the last bit, also where a report spans the restart.
TEST_F(TrainingTest, GivesTheSameBytesAndCurveAfterBeingEndedAtAnyStep) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall whole = Chats();
  ASSERT_EQ(trainer.Train(Job("whole"), &whole), AMOOZ_OK);
  // Within the start, a step, a validation or a checkpoint: each asks whether to go on.
  int resumes = 0;
  for (const int stops_after : {1, 60, 2'345, 5'678, 7'777, 9'876}) {
    const FakePlugin::TrainJob job = Job("ended" + std::to_string(stops_after));
    FakeCall ended = Chats();
    int asked = 0;
    ended.should_stop = [&] { return ++asked > stops_after; };
    ASSERT_EQ(trainer.Train(job, &ended), AMOOZ_CANCELLED);
    const bool has_checkpoint = FileExists(job.checkpoints + "/cold.safetensors");
    resumes += has_checkpoint ? 1 : 0;
    FakeCall resumed = Chats();
    ASSERT_EQ(trainer.Train(job, &resumed), AMOOZ_OK);
    EXPECT_EQ(resumed.annotations.count("resumed_at_step"), has_checkpoint ? 1u : 0u);
    EXPECT_EQ(Bytes(job.output), Bytes(Path("whole"))) << stops_after;
    EXPECT_EQ(Curve({&ended, &resumed}), Curve({&whole})) << stops_after;
    EXPECT_EQ(Curve({&resumed}), Curve({&whole})) << "told whole, whatever was lost before";
  }
  EXPECT_GE(resumes, 3);
}

// A checkpoint is due at the very last step, before the last validation.
TEST_F(TrainingTest, ResumesIntoItsLastValidation) {
  nlohmann::json config = nlohmann::json::parse(kTiny);
  config["max_steps"] = 6;
  FakePlugin trainer(AMOOZ_KIND_TRAINER, config.dump());
  FakeCall whole = Chats();
  ASSERT_EQ(trainer.Train(Job("whole"), &whole), AMOOZ_OK);
  ASSERT_EQ(whole.annotations["stop_reason"], "steps");
  const auto last = std::ranges::find_if(whole.metrics, [](const FakeMetric& metric) {
    return metric.name == "validation_loss" && metric.step == 6;
  });
  ASSERT_NE(last, whole.metrics.end());
  // As soon as the last loss was told, and as soon as a checkpoint has all steps.
  const FakePlugin::TrainJob told = Job("told"), saved = Job("saved");
  FakeCall ended = Chats(), resumed = Chats();
  ended.should_stop = [&] {
    return std::ranges::any_of(ended.metrics, [](const FakeMetric& metric) {
      return metric.name == "loss" && metric.step == 6;
    });
  };
  ASSERT_EQ(trainer.Train(told, &ended), AMOOZ_CANCELLED);
  ASSERT_EQ(trainer.Train(told, &resumed), AMOOZ_OK);
  EXPECT_EQ(resumed.annotations["resumed_at_step"], "3");
  EXPECT_EQ(Curve({&resumed}), Curve({&whole}));
  ended = Chats(), resumed = Chats();
  ended.should_stop = [&] {
    const std::string checkpoint = saved.checkpoints + "/cold.safetensors";
    return FileExists(checkpoint) &&
           ReadFile(checkpoint).find(R"(\"step\":6,)") != std::string::npos;
  };
  ASSERT_EQ(trainer.Train(saved, &ended), AMOOZ_CANCELLED);
  ASSERT_EQ(trainer.Train(saved, &resumed), AMOOZ_OK);
  EXPECT_EQ(Curve({&resumed}), Curve({&whole}));
  for (const auto& job : {told, saved}) EXPECT_EQ(Bytes(job.output), Bytes(Path("whole")));
}

// A step of this model takes seconds; none of it may be waited for.
TEST_F(TrainingTest, EndsWithinALongStep) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER,
                     R"({"model":{"hidden_size":768,"intermediate_size":2048,"num_hidden_layers":6,
          "num_attention_heads":12,"num_key_value_heads":12},"row_tokens":4096})");
  FakeCall call = Chats();
  for (int i = 0; i < 4; ++i) {
    const std::vector<FakeExample> so_far = call.train;
    call.train.insert(call.train.end(), so_far.begin(), so_far.end());
  }
  using Clock = std::chrono::steady_clock;
  int asked = 0;
  Clock::time_point last = Clock::now();
  Clock::duration longest{};
  call.should_stop = [&] {
    longest = std::max(longest, Clock::now() - last);
    last = Clock::now();
    return ++asked > 20'000;
  };
  EXPECT_EQ(trainer.Train(Job("m"), &call), AMOOZ_CANCELLED);
  EXPECT_TRUE(call.metrics.empty()) << "ten steps were done";
  EXPECT_LT(longest, std::chrono::seconds(1));  // on an idle machine 0.1 s
}

TEST_F(TrainingTest, IgnoresTheCheckpointOfAnotherJob) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakePlugin::TrainJob job = Job("m");
  FakeCall ended = Chats();
  ended.should_stop = [&] { return FileExists(job.checkpoints + "/cold.safetensors"); };
  ASSERT_EQ(trainer.Train(job, &ended), AMOOZ_CANCELLED);
  job.digest = "d2";
  FakeCall call = Chats();
  ASSERT_EQ(trainer.Train(job, &call), AMOOZ_OK);
  EXPECT_EQ(call.annotations.count("resumed_at_step"), 0u);
}

TEST_F(TrainingTest, StartsFromTheBaseAndKeepsItsTokenizer) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall first = Chats(), second = Chats();
  ASSERT_EQ(trainer.Train(Job("m1"), &first), AMOOZ_OK);
  second.train.push_back({"سلام", "سلام، خوش آمدی.", {}});
  ASSERT_EQ(trainer.Train(Job("m2", Path("m1")), &second), AMOOZ_OK) << second.message;
  EXPECT_EQ(second.annotations["started_from"], "base");
  EXPECT_EQ(second.annotations["tokenizer"], "kept");
  EXPECT_EQ(Bytes(Path("m1"))["tokenizer.json"], Bytes(Path("m2"))["tokenizer.json"]);
  // Never worse on the validation rows than its base.
  const std::vector<double> losses = Values(second, "validation_loss");
  EXPECT_LE(std::stod(second.annotations["validation_loss"]), losses.front() + 1e-4);
}

// docs/rules.md, rule 20.
TEST_F(TrainingTest, RenewsTheTokenizerWhenAFreshOneSavesATenthUnlessToldToWait) {
  std::string quick = kTiny;
  quick.insert(1, R"("max_steps":2,)");
  FakeCall first = Chats();
  ASSERT_EQ(FakePlugin(AMOOZ_KIND_TRAINER, quick).Train(Job("m1"), &first), AMOOZ_OK);
  const auto other_text = [] {
    FakeCall call = Chats();
    for (int i = 0; i < 400; ++i) {
      call.train.push_back({"completely different vocabulary everywhere " + std::to_string(i),
                            "nothing resembles previous conversations anymore whatsoever",
                            {}});
    }
    return call;
  };
  FakeCall renewed = other_text(), waiting = other_text();
  ASSERT_EQ(FakePlugin(AMOOZ_KIND_TRAINER, quick).Train(Job("m2", Path("m1")), &renewed), AMOOZ_OK);
  EXPECT_EQ(renewed.annotations["tokenizer"], "renewed");
  EXPECT_EQ(renewed.annotations["started_from"], "cold");
  std::string wait = quick;
  wait.insert(1, R"("tokenizer":{"renew_over_bytes":1000000},)");
  ASSERT_EQ(FakePlugin(AMOOZ_KIND_TRAINER, wait).Train(Job("m3", Path("m1")), &waiting), AMOOZ_OK);
  EXPECT_EQ(waiting.annotations["tokenizer"], "kept");
  EXPECT_EQ(waiting.annotations["started_from"], "base");
}

TEST_F(TrainingTest, TakesTheBetterOfBothStartsWhenAsked) {
  FakeCall first = Chats(), second = Chats();
  ASSERT_EQ(FakePlugin(AMOOZ_KIND_TRAINER, kTiny).Train(Job("m1"), &first), AMOOZ_OK);
  std::string best = kTiny;
  best.insert(1, R"("start":"best",)");
  const FakePlugin::TrainJob job = Job("m2", Path("m1"));
  ASSERT_EQ(FakePlugin(AMOOZ_KIND_TRAINER, best).Train(job, &second), AMOOZ_OK);
  EXPECT_TRUE(FileExists(job.checkpoints + "/base.safetensors"));
  EXPECT_TRUE(FileExists(job.checkpoints + "/cold.safetensors"));
}

TEST_F(TrainingTest, EndsInTimeWithWhatThereIs) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakePlugin::TrainJob job = Job("m");
  job.max_seconds = 1e-6;
  FakeCall call = Chats();
  ASSERT_EQ(trainer.Train(job, &call), AMOOZ_OK);
  EXPECT_EQ(call.annotations["stop_reason"], "max_minutes");
  EXPECT_EQ(call.annotations["steps"], "1");
}

TEST_F(TrainingTest, NeedsTrainingRows) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall call;
  EXPECT_EQ(trainer.Train(Job("m"), &call), AMOOZ_FAILED_PRECONDITION);
  EXPECT_THAT(call.message, testing::HasSubstr("no training rows"));
}

TEST_F(TrainingTest, TrainsWithoutValidationRows) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall call = Chats();
  call.validation.clear();
  ASSERT_EQ(trainer.Train(Job("m"), &call), AMOOZ_OK) << call.message;
  EXPECT_EQ(call.annotations["stop_reason"], "epochs");
}

TEST_F(TrainingTest, SaysThatTheLossIsNoNumber) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall first = Chats(), call = Chats();
  ASSERT_EQ(trainer.Train(Job("m1"), &first), AMOOZ_OK);
  ReplaceLastWeight(Path("m1"), std::numeric_limits<float>::max());
  EXPECT_EQ(trainer.Train(Job("m2", Path("m1")), &call), AMOOZ_FAILED_PRECONDITION);
  EXPECT_THAT(call.message, testing::HasSubstr("not a number"));
  EXPECT_TRUE(std::isnan(call.metrics.back().value));
}

TEST_F(TrainingTest, RefusesSizesThatDoNotFit) {
  EXPECT_THROW(FakePlugin(AMOOZ_KIND_TRAINER, R"({"model":{"hidden_size":30}})"),
               std::runtime_error);
}

TEST_F(TrainingTest, PlansMoreForMore) {
  FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
  FakeCall few = Chats(), many = Chats();
  for (int i = 0; i < 500; ++i) many.train.push_back(few.train[0]);
  const amooz_resources a = trainer.Plan(Job("m"), &few), b = trainer.Plan(Job("m"), &many);
  EXPECT_GT(a.memory_bytes, 0u);
  EXPECT_GT(a.disk_bytes, 0u);
  EXPECT_GT(b.seconds, a.seconds);
}

// A trained model in the runtime.
class RuntimeTest : public TrainingTest {
 protected:
  void SetUp() override {
    TrainingTest::SetUp();
    FakeCall call = Chats();
    ASSERT_EQ(FakePlugin(AMOOZ_KIND_TRAINER, kTiny).Train(Job("m"), &call), AMOOZ_OK);
  }
  FakePlugin runtime_{AMOOZ_KIND_RUNTIME, "{}"};
  FakeCall call_;
};

TEST_F(RuntimeTest, RepeatsAReplyWithTheSameSeed) {
  amooz_model* model = runtime_.Load(Path("m"), 1, &call_);
  ASSERT_NE(model, nullptr) << call_.message;
  const auto reply = [&](std::uint64_t seed) {
    FakeCall call;
    const auto r = runtime_.Generate(
        model, "دلم گرفته", {},
        [&](amooz_generate_request* request) {
          request->set_mask = AMOOZ_SET_SEED | AMOOZ_SET_MAX_TOKENS;
          request->seed = seed;
          request->max_tokens = 30;
        },
        &call);
    EXPECT_EQ(r.code, AMOOZ_OK) << call.message;
    EXPECT_LE(r.result.reply_tokens, 30u);
    return call.text;
  };
  EXPECT_EQ(reply(1), reply(1));
  std::set<std::string> different;
  for (std::uint64_t seed = 0; seed < 8; ++seed) different.insert(reply(seed));
  EXPECT_GT(different.size(), 1u);
  runtime_.Unload(model);
}

TEST_F(RuntimeTest, WritesAtLeastMinAndAtMostMaxTokens) {
  amooz_model* model = runtime_.Load(Path("m"), 1, &call_);
  const auto r = runtime_.Generate(
      model, "سلام", {},
      [](amooz_generate_request* request) {
        request->set_mask = AMOOZ_SET_MIN_TOKENS | AMOOZ_SET_MAX_TOKENS | AMOOZ_SET_SEED;
        request->min_tokens = request->max_tokens = 20;
      },
      &call_);
  EXPECT_EQ(r.code, AMOOZ_OK) << call_.message;
  EXPECT_EQ(r.result.reply_tokens, 20u);
  EXPECT_EQ(r.result.finish_reason, AMOOZ_FINISH_LENGTH);
  runtime_.Unload(model);
}

TEST_F(RuntimeTest, LeavesOutTheStopStringAndWhatFollows) {
  amooz_model* model = runtime_.Load(Path("m"), 1, &call_);
  const auto greedy = [](amooz_generate_request* request) {
    request->set_mask = AMOOZ_SET_TEMPERATURE | AMOOZ_SET_MIN_TOKENS | AMOOZ_SET_MAX_TOKENS;
    request->min_tokens = request->max_tokens = 20;
  };
  FakeCall whole, cut;
  runtime_.Generate(model, "سلام", {}, greedy, &whole);
  ASSERT_GT(whole.chunks.size(), 6u);
  const std::string stop = whole.chunks[4] + whole.chunks[5];
  const amooz_str raw = sdk::Str(stop);
  const auto r = runtime_.Generate(
      model, "سلام", {},
      [&](amooz_generate_request* request) {
        greedy(request);
        request->stop = &raw;
        request->n_stop = 1;
      },
      &cut);
  EXPECT_EQ(r.result.finish_reason, AMOOZ_FINISH_STOP);
  EXPECT_EQ(cut.text, whole.text.substr(0, whole.text.find(stop)));
  runtime_.Unload(model);
}

TEST_F(RuntimeTest, RefusesOptionsOutOfRangeByName) {
  amooz_model* model = runtime_.Load(Path("m"), 1, &call_);
  const auto r = runtime_.Generate(
      model, "سلام", {},
      [](amooz_generate_request* request) {
        request->set_mask = AMOOZ_SET_TOP_P;
        request->top_p = 2;
      },
      &call_);
  EXPECT_EQ(r.code, AMOOZ_INVALID_ARGUMENT);
  EXPECT_THAT(call_.message, testing::HasSubstr("top_p"));
  runtime_.Unload(model);
}

TEST_F(RuntimeTest, LikelihoodsDoNotDependOnTheBatchOrTheThreads) {
  const std::vector<FakeExample> examples = Chats().train;
  amooz_model* one = runtime_.Load(Path("m"), 1, &call_);
  amooz_model* three = runtime_.Load(Path("m"), 3, &call_);
  std::vector<double> together, parallel, alone;
  std::vector<std::uint64_t> tokens;
  ASSERT_EQ(runtime_.Evaluate(one, examples, &together, &tokens, &call_), AMOOZ_OK);
  ASSERT_EQ(runtime_.Evaluate(three, examples, &parallel, &tokens, &call_), AMOOZ_OK);
  EXPECT_EQ(together, parallel);
  for (std::size_t i = 0; i < examples.size(); i += 7) {
    ASSERT_EQ(runtime_.Evaluate(one, {examples[i]}, &alone, &tokens, &call_), AMOOZ_OK);
    EXPECT_EQ(alone[0], together[i]);
  }
  runtime_.Unload(one);
  runtime_.Unload(three);
}

TEST_F(RuntimeTest, NamesTheFileOfADamagedArtifact) {
  for (const char* name : {"config.json", "generation_config.json", "model.safetensors",
                           "tokenizer.json", "amooz.json"}) {
    const std::string path = Path("m") + "/" + name, good = ReadFile(path);
    for (const bool is_missing : {true, false}) {
      std::filesystem::remove(path);
      if (!is_missing) WriteFile(path, {std::string_view(good).substr(0, good.size() / 2)});
      FakeCall call;
      EXPECT_EQ(runtime_.Load(Path("m"), 1, &call), nullptr);
      EXPECT_EQ(call.code, AMOOZ_DATA_LOSS) << name;
      EXPECT_THAT(call.message, testing::HasSubstr(path));
    }
    WriteFile(path, {good});
  }
}

TEST_F(RuntimeTest, NamesTheTensorWhoseWeightsAreNoNumbers) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    ReplaceLastWeight(Path("m"), value);
    FakeCall call, training = Chats();
    EXPECT_EQ(runtime_.Load(Path("m"), 1, &call), nullptr);
    EXPECT_EQ(call.code, AMOOZ_DATA_LOSS);
    EXPECT_THAT(call.message, testing::HasSubstr("model.safetensors: tensor model.norm.weight"));
    FakePlugin trainer(AMOOZ_KIND_TRAINER, kTiny);
    EXPECT_EQ(trainer.Train(Job("m2", Path("m")), &training), AMOOZ_DATA_LOSS);
  }
}

TEST_F(RuntimeTest, SaysThatWeightsTooLargeToComputeWithAreDamaged) {
  ReplaceLastWeight(Path("m"), std::numeric_limits<float>::max());
  amooz_model* model = runtime_.Load(Path("m"), 1, &call_);
  ASSERT_NE(model, nullptr) << call_.message;
  const auto r = runtime_.Generate(
      model, "سلام", {}, [](amooz_generate_request*) {}, &call_);
  EXPECT_EQ(r.code, AMOOZ_DATA_LOSS);
  EXPECT_THAT(call_.message, testing::HasSubstr("logits are not finite"));
  EXPECT_EQ(call_.text, "");
  FakeCall evaluation;
  std::vector<double> nll;
  std::vector<std::uint64_t> tokens;
  ASSERT_EQ(runtime_.Evaluate(model, {Chats().train[0]}, &nll, &tokens, &evaluation), AMOOZ_OK);
  EXPECT_TRUE(std::isnan(nll[0]));
  EXPECT_THAT(evaluation.item_failures[0], testing::HasSubstr("likelihood is not a finite number"));
  runtime_.Unload(model);
}

TEST_F(RuntimeTest, NamesTheKeyThatItDoesNotSupport) {
  const auto refusal = [&](const char* name, const std::string& from, const std::string& to) {
    const std::string path = Path("m") + "/" + name, good = ReadFile(path);
    std::string bad = good;
    const std::size_t at = bad.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at == std::string::npos) return std::string();
    bad.replace(at, from.size(), to);
    WriteFile(path, {bad});
    FakeCall call;
    EXPECT_EQ(runtime_.Load(Path("m"), 1, &call), nullptr) << to;
    EXPECT_EQ(call.code, AMOOZ_DATA_LOSS) << to;
    WriteFile(path, {good});
    return call.message;
  };
  const auto config = [&](const std::string& from, const std::string& to) {
    return refusal("config.json", from, to);
  };
  const auto generation = [&](const std::string& from, const std::string& to) {
    return refusal("generation_config.json", from, to);
  };
  using testing::HasSubstr;
  const std::string hidden = R"("hidden_size": 32)";
  EXPECT_THAT(config(hidden, R"("hidden_size": 16777216)"), HasSubstr("hidden_size is not from"));
  EXPECT_THAT(config(R"("num_hidden_layers": 2)", R"("num_hidden_layers": 16777216)"),
              HasSubstr("num_hidden_layers is not from"));
  EXPECT_THAT(config(hidden, R"("hidden_size": 32.9)"), HasSubstr("hidden_size is no whole"));
  EXPECT_THAT(config(hidden, R"("hidden_size": "32")"), HasSubstr("hidden_size is no whole"));
  EXPECT_THAT(config(hidden, R"("hidden_size": 18446744073709551615)"),
              HasSubstr("hidden_size is out of range"));
  EXPECT_THAT(config(R"("intermediate_size": 64)", R"("intermediate_size": 32768)"),
              HasSubstr("smaller than the sizes in config.json"));
  EXPECT_THAT(config("{", R"({"rope_scaling": {"type": "linear", "factor": 2.0},)"),
              HasSubstr("rope_scaling"));
  EXPECT_THAT(config(R"("hidden_act": "silu")", R"("hidden_act": "gelu")"),
              HasSubstr("hidden_act"));
  EXPECT_THAT(config(R"("rope_theta": 10000.0,)", ""), HasSubstr("rope_theta is missing"));
  EXPECT_THAT(generation(R"("max_new_tokens": 200)", R"("max_new_tokens": 0)"),
              HasSubstr("max_new_tokens is below 1"));
  EXPECT_THAT(generation(R"("temperature": 1.0)", R"("temperature": -1.0)"),
              HasSubstr("temperature is below 0"));
  EXPECT_THAT(generation(R"("top_k": 40)", R"("top_k": 40.5)"), HasSubstr("top_k is no whole"));
}

// What the trainer may be told to make, the runtime must read.
TEST(ModelConfig, HasTheRangesOfTheTrainersSchema) {
  const nlohmann::json schema = nlohmann::json::parse(kTrainingSchema);
  for (const auto& [key, size] : schema["properties"]["model"]["properties"].items()) {
    const std::int64_t least = size["minimum"], most = size["maximum"];
    for (const std::int64_t beyond : {least - 1, most + 1}) {
      nlohmann::json config = nlohmann::json::parse(ModelConfig{.vocab_size = 300}.ToJson());
      config[key] = beyond;
      std::string message;
      try {
        ModelConfig::FromJson(config.dump(), "config.json");
      } catch (const sdk::Error& error) {
        message = error.what();
      }
      EXPECT_THAT(message, testing::HasSubstr(key + " is not from " + std::to_string(least) +
                                              " to " + std::to_string(most)));
    }
  }
}

}  // namespace
}  // namespace amooz::llama
