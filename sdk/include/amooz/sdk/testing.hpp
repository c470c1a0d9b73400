// A host for unit tests of scorers and variation generators: loads a plugin's .so into the test and
// keeps what the plugin says. Header-only, no other library (link ${CMAKE_DL_LIBS}).
//
//   amooz::sdk::testing::FakeHost host;
//   host.config.Set("/mode", "classic");                      // no schema here: set every value
//   amooz::sdk::testing::LoadedScorer scorer(&host, "/path/heuristic_scorer.so");
//   auto scores = scorer.Score({{"instruction", "response"}});
//   host.annotations[{0, "points"}]
//
// Non-goals: validating config, placement, limits, threads. `amooz-plugin` does what the real host
// does. Failures to load throw std::runtime_error.
#ifndef AMOOZ_SDK_TESTING_HPP_
#define AMOOZ_SDK_TESTING_HPP_

#include <dlfcn.h>

#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "amooz/sdk/abi.h"
#include "amooz/sdk/plugin.hpp"

namespace amooz::sdk::testing {

// Values by JSON pointer.
class FakeConfig {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string>;
  void Set(const std::string& pointer, std::string value) { values_[pointer] = std::move(value); }
  void Set(const std::string& pointer, std::int64_t value) { values_[pointer] = value; }
  void Set(const std::string& pointer, double value) { values_[pointer] = value; }
  void Set(const std::string& pointer, bool value) { values_[pointer] = value; }
  void Set(const std::string& pointer, const char* value) { Set(pointer, std::string(value)); }
  void Set(const std::string& pointer, int value) {
    Set(pointer, static_cast<std::int64_t>(value));
  }
  void SetStrings(const std::string& pointer, const std::vector<std::string>& strings) {
    sizes_[pointer] = strings.size();
    for (std::size_t i = 0; i < strings.size(); ++i) {
      Set(pointer + "/" + std::to_string(i), strings[i]);
    }
  }

  template <typename T>
  std::int32_t Get(std::string_view pointer, T* out) const {
    const auto found = values_.find(pointer);
    if (found == values_.end()) return AMOOZ_NOT_FOUND;
    if (const T* value = std::get_if<T>(&found->second)) {
      *out = *value;
      return AMOOZ_OK;
    }
    return AMOOZ_INVALID_ARGUMENT;
  }
  std::int32_t GetView(std::string_view pointer, amooz_str* out) const {
    const auto found = values_.find(pointer);
    if (found == values_.end()) return AMOOZ_NOT_FOUND;
    const auto* value = std::get_if<std::string>(&found->second);
    if (value == nullptr) return AMOOZ_INVALID_ARGUMENT;
    *out = Str(*value);
    return AMOOZ_OK;
  }
  std::int32_t GetSize(std::string_view pointer, std::size_t* out) const {
    const auto found = sizes_.find(pointer);
    if (found == sizes_.end()) return AMOOZ_NOT_FOUND;
    *out = found->second;
    return AMOOZ_OK;
  }

 private:
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, std::size_t, std::less<>> sizes_;
};

struct Pair {
  std::string instruction, response;
  bool operator==(const Pair&) const = default;
};

struct Emitted {
  Pair pair;
  std::int64_t source_index;
  std::string meta_json;
  bool operator==(const Emitted&) const = default;
};

// Set the inputs before a call; read the records after it.
class FakeHost {
 public:
  // Inputs.
  FakeConfig config;
  std::vector<Pair> train;     // what next_example gives; also what exists already
  std::vector<Pair> existing;  // pairs that exist in other splits
  bool should_stop = false;
  // Records.
  std::string failure;  // the last message to fail
  std::map<std::int64_t, std::string> vetoes;
  std::map<std::pair<std::int64_t, std::string>, std::string> annotations;
  std::vector<Emitted> emitted;        // kept
  std::vector<Emitted> emitted_again;  // answered with "exists already"

  static const amooz_host* Table() {
    static const amooz_host table = MakeTable();
    return &table;
  }
  amooz_ctx* ctx() { return reinterpret_cast<amooz_ctx*>(this); }
  const amooz_config* cfg() const { return reinterpret_cast<const amooz_config*>(&config); }

 private:
  static FakeHost& Of(amooz_ctx* ctx) { return *reinterpret_cast<FakeHost*>(ctx); }
  static const FakeConfig& Of(const amooz_config* cfg) {
    return *reinterpret_cast<const FakeConfig*>(cfg);
  }

  bool Exists(const Pair& pair) const {
    for (const auto* pairs : {&train, &existing}) {
      for (const Pair& other : *pairs) {
        if (other == pair) return true;
      }
    }
    for (const Emitted& other : emitted) {
      if (other.pair == pair) return true;
    }
    return false;
  }

  std::int32_t Next(std::int32_t split, const amooz_example** out) {
    if (should_stop) return -1;
    if (split != AMOOZ_SPLIT_TRAIN || next_ == train.size()) return 0;
    const Pair& pair = train[next_++];
    current_ = ToExample(pair);
    *out = &current_;
    return 1;
  }

  static amooz_host MakeTable() {
    amooz_host table{};
    table.struct_size = sizeof(table);
    table.abi_major = AMOOZ_ABI_MAJOR;
    table.abi_minor = AMOOZ_ABI_MINOR;
    table.fail = [](amooz_ctx* ctx, std::int32_t, amooz_str message) {
      Of(ctx).failure = View(message);
    };
    table.fail_item = [](amooz_ctx* ctx, std::int64_t, std::int32_t, amooz_str message) {
      Of(ctx).failure = View(message);
    };
    table.veto = [](amooz_ctx* ctx, std::int64_t index, amooz_str reason) {
      Of(ctx).vetoes[index] = View(reason);
    };
    table.should_stop = [](amooz_ctx* ctx) { return Of(ctx).should_stop ? 1 : 0; };
    table.deadline_ns = [](amooz_ctx*) { return std::int64_t{0}; };
    table.progress = [](amooz_ctx*, std::uint64_t, std::uint64_t) {};
    table.metric = [](amooz_ctx*, amooz_str, double, std::int64_t) {};
    table.log = [](amooz_ctx*, std::int32_t, amooz_str) {};
    table.annotate = [](amooz_ctx* ctx, std::int64_t index, amooz_str key, amooz_str value) {
      Of(ctx).annotations[{index, std::string(View(key))}] = View(value);
    };
    table.config_json = [](const amooz_config*) { return Str("{}"); };
    table.config_f64 = [](const amooz_config* cfg, amooz_str pointer, double* out) {
      return Of(cfg).Get(View(pointer), out);
    };
    table.config_i64 = [](const amooz_config* cfg, amooz_str pointer, std::int64_t* out) {
      return Of(cfg).Get(View(pointer), out);
    };
    table.config_bool = [](const amooz_config* cfg, amooz_str pointer, std::int32_t* out) {
      bool value = false;
      const std::int32_t code = Of(cfg).Get(View(pointer), &value);
      *out = value ? 1 : 0;
      return code;
    };
    table.config_str = [](const amooz_config* cfg, amooz_str pointer, amooz_str* out) {
      return Of(cfg).GetView(View(pointer), out);
    };
    table.config_size = [](const amooz_config* cfg, amooz_str pointer, std::size_t* out) {
      return Of(cfg).GetSize(View(pointer), out);
    };
    table.example_count = [](amooz_ctx* ctx, std::int32_t split) {
      return split == AMOOZ_SPLIT_TRAIN ? std::uint64_t{Of(ctx).train.size()} : std::uint64_t{0};
    };
    table.next_example = [](amooz_ctx* ctx, std::int32_t split, const amooz_example** out) {
      return Of(ctx).Next(split, out);
    };
    table.rewind_examples = [](amooz_ctx* ctx, std::int32_t) {
      Of(ctx).next_ = 0;
      return Of(ctx).should_stop ? -1 : 0;
    };
    table.emit_variation = [](amooz_ctx* ctx, amooz_str instruction, amooz_str response,
                              std::int64_t source_index, amooz_str meta_json) {
      FakeHost& host = Of(ctx);
      Emitted offered{{std::string(View(instruction)), std::string(View(response))},
                      source_index,
                      std::string(View(meta_json))};
      const bool exists = host.Exists(offered.pair);
      (exists ? host.emitted_again : host.emitted).push_back(std::move(offered));
      return exists ? 1 : 0;
    };
    table.emit_chunk = [](amooz_ctx*, amooz_str, const std::int32_t*, const float*, std::size_t) {
      return -1;
    };
    table.scratch_dir = [](amooz_ctx*) { return Str(""); };
    table.device = [](amooz_ctx*) { return Str("cpu"); };
    table.get_extension = [](amooz_str) -> const void* { return nullptr; };
    return table;
  }

 public:
  static amooz_example ToExample(const Pair& pair) {
    amooz_example example{};
    example.struct_size = sizeof(example);
    example.instruction = Str(pair.instruction);
    example.response = Str(pair.response);
    example.split = AMOOZ_SPLIT_TRAIN;
    example.score = std::numeric_limits<double>::quiet_NaN();
    return example;
  }

 private:
  std::size_t next_ = 0;
  amooz_example current_{};
};

// One instance of the only plugin of its kind in a .so. `host` must outlive it.
template <typename Vtable, std::int32_t kKind>
class Loaded {
 public:
  Loaded(FakeHost* host, const std::string& path) : host_(host) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed, as in the host
    if (library == nullptr) throw std::runtime_error(dlerror());
    const auto entry = reinterpret_cast<amooz_entry_fn>(dlsym(library, AMOOZ_ENTRY_SYMBOL));
    if (entry == nullptr) throw std::runtime_error(path + " has no " AMOOZ_ENTRY_SYMBOL);
    const amooz_probe probe{sizeof(probe), AMOOZ_ABI_MAJOR, AMOOZ_ABI_MINOR};
    const amooz_plugin_set* set = entry(&probe);
    for (std::size_t i = 0; set != nullptr && i < set->count; ++i) {
      if (set->plugins[i]->kind == kKind) plugin_ = set->plugins[i];
    }
    if (plugin_ == nullptr) throw std::runtime_error(path + " has no plugin of this kind");
    if (vtable()->create(FakeHost::Table(), host->ctx(), host->cfg(), &instance_) != AMOOZ_OK) {
      throw std::runtime_error(host->failure);
    }
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  ~Loaded() { vtable()->destroy(instance_); }

  const amooz_plugin& descriptor() const { return *plugin_; }

 protected:
  const Vtable* vtable() const { return static_cast<const Vtable*>(plugin_->vtable); }
  FakeHost* host_;
  const amooz_plugin* plugin_ = nullptr;
  amooz_instance* instance_ = nullptr;
};

class LoadedScorer : public Loaded<amooz_scorer_vtable, AMOOZ_KIND_SCORER> {
 public:
  using Loaded::Loaded;
  // Throws with the plugin's message if the call fails. Annotations and vetoes are the host's.
  std::vector<double> Score(const std::vector<Pair>& pairs) {
    host_->annotations.clear();
    host_->vetoes.clear();
    std::vector<amooz_example> examples;
    for (const Pair& pair : pairs) examples.push_back(FakeHost::ToExample(pair));
    std::vector<const amooz_example*> items;
    for (const amooz_example& example : examples) items.push_back(&example);
    std::vector<double> scores(pairs.size(), std::numeric_limits<double>::quiet_NaN());
    if (vtable()->score(instance_, host_->ctx(), items.data(), items.size(), scores.data()) !=
        AMOOZ_OK) {
      throw std::runtime_error(host_->failure);
    }
    return scores;
  }
};

class LoadedVariation : public Loaded<amooz_variation_vtable, AMOOZ_KIND_VARIATION> {
 public:
  using Loaded::Loaded;
  // Throws with the plugin's message if the call fails. What was emitted is the host's.
  void Generate(std::uint64_t count, std::uint64_t seed) {
    host_->emitted.clear();
    host_->emitted_again.clear();
    if (vtable()->generate(instance_, host_->ctx(), count, seed) != AMOOZ_OK) {
      throw std::runtime_error(host_->failure);
    }
  }
};

}  // namespace amooz::sdk::testing

#endif  // AMOOZ_SDK_TESTING_HPP_
