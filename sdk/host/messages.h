// What the frames of wire.h carry. string_view fields point into the payload that a message was
// decoded from, or to texts of the caller that it is encoded from.
#ifndef AMOOZ_SDK_HOST_MESSAGES_H_
#define AMOOZ_SDK_HOST_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/host/plugin.h"

namespace amooz::host {

// ---- Shared pieces ----
struct TurnMessage {
  std::int32_t role = 1;
  std::string_view text;
  template <typename A>
  void Fields(A& a) {
    a(role, text);
  }
};

struct ExampleMessage {
  std::string_view instruction, response;
  std::vector<TurnMessage> context;
  std::int32_t split = 0, origin = 0, response_author = 0;
  std::optional<double> score;
  std::string_view meta_json;
  template <typename A>
  void Fields(A& a) {
    a(instruction, response, context, split, origin, response_author, score, meta_json);
  }
  // What it takes of a frame, at most.
  std::size_t frame_bytes() const;
  static ExampleMessage From(const Example& example);
  static ExampleMessage From(const ExampleView& example);
};
// INVALID_ARGUMENT, with its `name` and size, if not even a frame of its own can hold `row`.
Status CheckFitsAFrame(const ExampleMessage& row, const std::string& name);

// A fact that a plugin told about one item of a batch.
struct NoteMessage {
  std::uint32_t item = 0;
  std::uint8_t kind = 0;  // ItemNotes::Kind
  std::string_view key, value;
  template <typename A>
  void Fields(A& a) {
    a(item, kind, key, value);
  }
};

struct ResourcesMessage {
  std::uint64_t memory_bytes = 0, device_bytes = 0, disk_bytes = 0;
  double seconds = 0;
  template <typename A>
  void Fields(A& a) {
    a(memory_bytes, device_bytes, disk_bytes, seconds);
  }
};

// Begins each call's payload.
struct CallStart {
  std::int64_t deadline_ns = 0;  // CLOCK_MONOTONIC, which both processes share; 0 none
  std::uint64_t train_count = 0, validation_count = 0;
  template <typename A>
  void Fields(A& a) {
    a(deadline_ns, train_count, validation_count);
  }
};

// ---- Calls and their replies (the `value` of a ResultMessage) ----
struct HelloMessage {
  std::string build_id;
  std::string path;
  std::string expected_sha256;
  std::string device;
  template <typename A>
  void Fields(A& a) {
    a(build_id, path, expected_sha256, device);
  }
};
struct HelloReply {
  std::string build_id;
  std::string descriptors_json;
  template <typename A>
  void Fields(A& a) {
    a(build_id, descriptors_json);
  }
};

struct CreateMessage {
  CallStart start;
  std::uint32_t index = 0;  // into the descriptors
  std::string config_json;  // complete
  template <typename A>
  void Fields(A& a) {
    a(start, index, config_json);
  }
};

struct ScoreMessage {
  CallStart start;
  std::vector<ExampleMessage> items;
  template <typename A>
  void Fields(A& a) {
    a(start, items);
  }
};
struct ScoreReply {
  std::vector<double> scores;
  std::vector<NoteMessage> notes;
  template <typename A>
  void Fields(A& a) {
    a(scores, notes);
  }
};

struct VaryMessage {
  CallStart start;
  std::uint64_t count = 0, seed = 0;
  template <typename A>
  void Fields(A& a) {
    a(start, count, seed);
  }
};

struct JobMessage {  // plan and train; plan's reply is a ResourcesMessage
  CallStart start;
  std::string base_dir, output_dir, checkpoint_dir, job_digest;
  std::uint64_t seed = 0;
  std::int32_t cpu_threads = 1;
  double max_seconds = 0;
  std::uint64_t memory_bytes = 0;
  template <typename A>
  void Fields(A& a) {
    a(start, base_dir, output_dir, checkpoint_dir, job_digest, seed, cpu_threads, max_seconds,
      memory_bytes);
  }
};

struct EstimateMessage {  // its reply is a ResourcesMessage
  CallStart start;
  std::string artifact_dir;
  template <typename A>
  void Fields(A& a) {
    a(start, artifact_dir);
  }
};

struct LoadMessage {
  CallStart start;
  std::string artifact_dir, device;
  std::int32_t cpu_threads = 1;
  template <typename A>
  void Fields(A& a) {
    a(start, artifact_dir, device, cpu_threads);
  }
};
struct LoadReply {
  std::uint64_t model_id = 0;
  template <typename A>
  void Fields(A& a) {
    a(model_id);
  }
};
struct UnloadMessage {
  CallStart start;
  std::uint64_t model_id = 0;
  template <typename A>
  void Fields(A& a) {
    a(start, model_id);
  }
};

struct GenerateMessage {
  CallStart start;
  std::uint64_t model_id = 0;
  std::vector<TurnMessage> context;
  std::string_view instruction;
  std::optional<std::int32_t> max_tokens, min_tokens, top_k, no_repeat_ngram_size;
  std::optional<double> temperature, top_p, repetition_penalty;
  std::optional<std::uint64_t> seed;
  std::vector<std::string_view> stop;
  std::string_view options_json;
  template <typename A>
  void Fields(A& a) {
    a(start, model_id, context, instruction, max_tokens, min_tokens, top_k, no_repeat_ngram_size,
      temperature, top_p, repetition_penalty, seed, stop, options_json);
  }
};
struct GenerateReply {
  std::int32_t finish_reason = 1;
  std::uint64_t prompt_tokens = 0, reply_tokens = 0;
  template <typename A>
  void Fields(A& a) {
    a(finish_reason, prompt_tokens, reply_tokens);
  }
};

struct EvaluateMessage {
  CallStart start;
  std::uint64_t model_id = 0;
  std::vector<ExampleMessage> examples;
  template <typename A>
  void Fields(A& a) {
    a(start, model_id, examples);
  }
};
struct EvaluateReply {
  std::vector<double> nll;
  std::vector<std::uint64_t> tokens;
  std::vector<NoteMessage> notes;
  template <typename A>
  void Fields(A& a) {
    a(nll, tokens, notes);
  }
};

struct ResultMessage {
  std::int32_t code = 0;
  std::string message;
  std::string value;  // the call's reply if code is 0
  template <typename A>
  void Fields(A& a) {
    a(code, message, value);
  }
};

// ---- While a call runs ----
struct CreditMessage {
  std::uint32_t notices = 0;
  template <typename A>
  void Fields(A& a) {
    a(notices);
  }
};
struct ProgressMessage {
  std::uint64_t done = 0, total = 0;
  template <typename A>
  void Fields(A& a) {
    a(done, total);
  }
};
struct MetricMessage {
  std::string_view name;
  double value = 0;
  std::int64_t step = 0;
  template <typename A>
  void Fields(A& a) {
    a(name, value, step);
  }
};
struct LogMessage {
  std::int32_t level = 0;
  std::string_view text;
  template <typename A>
  void Fields(A& a) {
    a(level, text);
  }
};
struct CallAnnotationMessage {
  std::string_view key, value;
  template <typename A>
  void Fields(A& a) {
    a(key, value);
  }
};
struct ChunkMessage {
  std::string_view utf8;
  template <typename A>
  void Fields(A& a) {
    a(utf8);
  }
};
struct VariationMessage {
  std::string_view instruction, response;
  std::int64_t source_index = -1;
  std::string_view meta_json;
  template <typename A>
  void Fields(A& a) {
    a(instruction, response, source_index, meta_json);
  }
};
struct VariationAnswer {
  std::int32_t answer = 0;
  template <typename A>
  void Fields(A& a) {
    a(answer);
  }
};
struct PullExamplesMessage {
  std::int32_t split = 1;
  std::uint64_t first = 0;
  template <typename A>
  void Fields(A& a) {
    a(split, first);
  }
};
struct ExamplesMessage {
  std::int32_t split = 1;
  std::uint64_t first = 0;
  std::vector<ExampleMessage> examples;  // empty: `first` is the end
  template <typename A>
  void Fields(A& a) {
    a(split, first, examples);
  }
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_MESSAGES_H_
