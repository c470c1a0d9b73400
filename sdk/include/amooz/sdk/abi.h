/* The Amooz plugin ABI, version 1.0. Pure C11, also valid C++20; needs nothing but this file.
 *
 * A plugin is a shared library that exports exactly one symbol, `amooz_plugin_v1`. Everything else
 * crosses the boundary through the tables below. C++ authors include plugin.hpp instead, which
 * fills these tables for them.
 *
 * Invariants (each is checked by the host, by abi_test, or by both):
 *  1. The major version is in the entry symbol's name. Within a major version structs only grow at
 *     their end.
 *  2. Every struct begins with its own size as the writer knew it. Read a later field through
 *     AMOOZ_HAS.
 *  3. No heap ownership crosses. Inputs are borrowed; outputs go into host-owned arrays or into
 *     host functions that copy before they return. There is no free() in this ABI.
 *  4. Errors are google.rpc.Code numbers returned as int32_t; the message is given to host->fail.
 *     The code decides.
 *  5. No exception may leave a plugin function. plugin.hpp fences them.
 *  6. The host never unloads a plugin. Static data therefore lives as long as the process.
 *
 * Marks on each function: OWNERSHIP (who owns what is passed), a thread tag, and `out` on outputs.
 *   [load-thread]  entry, create, destroy, load, unload: never concurrent with each other on one
 *                  instance
 *   [worker]       score, generate, plan, train, estimate, evaluate: never overlap on one instance,
 *                  unless the plugin sets AMOOZ_CAP_CONCURRENT, and then at most max_concurrency at
 *                  a time
 *   [any]          may be called from any thread that the plugin joins before its own function
 *                  returns
 */
#ifndef AMOOZ_SDK_ABI_H_
#define AMOOZ_SDK_ABI_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AMOOZ_ABI_MAJOR 1
#define AMOOZ_ABI_MINOR 0

/* True if struct `p` (may be null) is large enough to hold pointer-valued `field` and the field is
 * not null. */
#define AMOOZ_HAS(p, field) \
  ((p) != NULL && (p)->struct_size >= AMOOZ_END_OF_(p, field) && (p)->field != NULL)
/* True if struct `p` (not null) is large enough to hold `field`, whatever its value. */
#define AMOOZ_HAS_FIELD(p, field) ((p)->struct_size >= AMOOZ_END_OF_(p, field))
#define AMOOZ_END_OF_(p, field) ((size_t)((const char*)(&(p)->field + 1) - (const char*)(p)))

/* ---- Numbers --------------------------------------------------------------------------------- */

/* google.rpc.Code values that plugins use. Any other code of that list is accepted too. */
enum {
  AMOOZ_OK = 0,
  AMOOZ_CANCELLED = 1,        /* host->should_stop said so, or a sink returned "stop" */
  AMOOZ_UNKNOWN = 2,          /* something that is not a std::exception was thrown */
  AMOOZ_INVALID_ARGUMENT = 3, /* the caller's fault; do not retry */
  AMOOZ_DEADLINE_EXCEEDED = 4,
  AMOOZ_NOT_FOUND = 5,          /* config_*: no such value */
  AMOOZ_RESOURCE_EXHAUSTED = 8, /* out of memory or disk; may be retried */
  AMOOZ_FAILED_PRECONDITION = 9,
  AMOOZ_UNIMPLEMENTED = 12,
  AMOOZ_INTERNAL = 13,
  AMOOZ_UNAVAILABLE = 14,
  AMOOZ_DATA_LOSS = 15 /* a damaged artifact or checkpoint */
};

enum {
  AMOOZ_KIND_SCORER = 1,
  AMOOZ_KIND_VARIATION = 2,
  AMOOZ_KIND_TRAINER = 3,
  AMOOZ_KIND_RUNTIME = 4
};

/* Capability bits of amooz_plugin::caps. Unknown bits are ignored. A bit that is claimed is a bit
 * that is checked.
 *   CONCURRENT       calls on one instance (or model) may overlap
 *   DETERMINISTIC    same inputs and seed, same outputs
 *   BATCH_INVARIANT  scores do not depend on batch order or size
 *   RESUMABLE        a trainer that continues from checkpoint_dir */
#define AMOOZ_CAP_CONCURRENT (UINT64_C(1) << 0)
#define AMOOZ_CAP_DETERMINISTIC (UINT64_C(1) << 1)
#define AMOOZ_CAP_BATCH_INVARIANT (UINT64_C(1) << 2)
#define AMOOZ_CAP_NEEDS_GPU (UINT64_C(1) << 3)
#define AMOOZ_CAP_RESUMABLE (UINT64_C(1) << 4)
#define AMOOZ_CAP_STREAMS_LOGPROBS (UINT64_C(1) << 5)
#define AMOOZ_CAP_NEEDS_NETWORK (UINT64_C(1) << 6)
#define AMOOZ_CAP_NEEDS_PROCESSES (UINT64_C(1) << 7)

enum { AMOOZ_ROLE_USER = 1, AMOOZ_ROLE_ASSISTANT = 2, AMOOZ_ROLE_SYSTEM = 3 };
enum { AMOOZ_SPLIT_NONE = 0, AMOOZ_SPLIT_TRAIN = 1, AMOOZ_SPLIT_VALIDATION = 2 };
enum {
  AMOOZ_ORIGIN_UNKNOWN = 0,
  AMOOZ_ORIGIN_IMPORT = 1,
  AMOOZ_ORIGIN_CHAT = 2,
  AMOOZ_ORIGIN_VARIATION = 3
};
enum { AMOOZ_AUTHOR_UNKNOWN = 0, AMOOZ_AUTHOR_HUMAN = 1, AMOOZ_AUTHOR_MODEL = 2 };
enum { AMOOZ_LOG_DEBUG = 0, AMOOZ_LOG_INFO = 1, AMOOZ_LOG_WARNING = 2, AMOOZ_LOG_ERROR = 3 };
enum {
  AMOOZ_FINISH_END = 1,    /* the model ended the reply */
  AMOOZ_FINISH_LENGTH = 2, /* max_tokens or the context's end */
  AMOOZ_FINISH_STOP = 3,   /* a stop string */
  AMOOZ_FINISH_CANCELLED = 4
};

/* Index for host->annotate and host->fail_item that means the whole call. */
#define AMOOZ_CALL ((int64_t)-1)

/* ---- Views ----------------------------------------------------------------------------------- */

/* UTF-8 text or bytes. Not NUL-terminated. data may be null only if size is 0.
 * OWNERSHIP: borrowed; valid until the function that it was passed to returns. */
typedef struct amooz_str {
  const char* data;
  size_t size; /* bytes */
} amooz_str;

typedef struct amooz_ctx amooz_ctx;           /* one call; valid only during it */
typedef struct amooz_config amooz_config;     /* valid only during create */
typedef struct amooz_instance amooz_instance; /* made by create */
typedef struct amooz_model amooz_model;       /* made by load */

/* What the host says of itself to the entry function. */
typedef struct amooz_probe {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
} amooz_probe;

/* One earlier turn of a chat, oldest first. */
typedef struct amooz_turn {
  size_t struct_size;
  int32_t role; /* AMOOZ_ROLE_* */
  int32_t reserved;
  amooz_str text;
} amooz_turn;

/* A pair to score, to vary, to train on or to evaluate. Texts are valid UTF-8 without U+0000. */
typedef struct amooz_example {
  size_t struct_size;
  amooz_str instruction;
  amooz_str response;
  const amooz_turn* const* context; /* n_context pointers; null if 0 */
  size_t n_context;
  int32_t split;           /* AMOOZ_SPLIT_* */
  int32_t origin;          /* AMOOZ_ORIGIN_* */
  int32_t response_author; /* AMOOZ_AUTHOR_* */
  int32_t reserved;
  double score;        /* 0..1; NaN if it was never scored */
  amooz_str meta_json; /* "" or a JSON object */
} amooz_example;

/* A directory of files that a trainer wrote and a runtime reads. Paths are absolute. */
typedef struct amooz_artifact {
  size_t struct_size;
  amooz_str dir;
  amooz_str base_dir; /* "" unless the artifact is an adapter */
} amooz_artifact;

/* One training. */
typedef struct amooz_job {
  size_t struct_size;
  const amooz_artifact* base; /* weights to start from; null = from nothing */
  amooz_str output_dir;       /* new and empty; becomes the artifact. Write no timestamps into it */
  amooz_str checkpoint_dir;   /* survives a crash; write aside, fsync, rename. Ignore one of another
                                 job_digest */
  amooz_str job_digest;       /* hex; of dataset, base, config and seed */
  uint64_t seed;
  int32_t cpu_threads; /* at least 1 */
  int32_t reserved;
  double max_seconds;    /* safety net; 0 = none. When hit: finish with what there is, annotate
                            stop_reason=max_minutes */
  uint64_t memory_bytes; /* 0 = no limit told */
} amooz_job;

/* An upper bound of what something needs. 0 = unknown. The plugin sets struct_size before it passes
 * one in. */
typedef struct amooz_resources {
  size_t struct_size;
  uint64_t memory_bytes;
  uint64_t device_bytes;
  uint64_t disk_bytes;
  double seconds;
} amooz_resources;

/* Bits of amooz_generate_request::set_mask: which optional fields the caller set. What is not set
 * comes from the artifact's generation_config.json. */
#define AMOOZ_SET_MAX_TOKENS (UINT64_C(1) << 0)
#define AMOOZ_SET_MIN_TOKENS (UINT64_C(1) << 1)
#define AMOOZ_SET_TEMPERATURE (UINT64_C(1) << 2)
#define AMOOZ_SET_TOP_P (UINT64_C(1) << 3)
#define AMOOZ_SET_TOP_K (UINT64_C(1) << 4)
#define AMOOZ_SET_REPETITION_PENALTY (UINT64_C(1) << 5)
#define AMOOZ_SET_NO_REPEAT_NGRAM_SIZE (UINT64_C(1) << 6)
#define AMOOZ_SET_SEED (UINT64_C(1) << 7)

typedef struct amooz_generate_request {
  size_t struct_size;
  const amooz_turn* const* context; /* n_context earlier turns, oldest first; null if 0 */
  size_t n_context;
  amooz_str instruction;
  int32_t max_tokens;           /* 1..; new tokens, the end token not counted */
  int32_t min_tokens;           /* 0..max_tokens */
  double temperature;           /* 0 = greedy (penalties still apply) */
  double top_p;                 /* (0, 1] */
  int32_t top_k;                /* 0 = off */
  int32_t no_repeat_ngram_size; /* 0 = off */
  double repetition_penalty;    /* > 0; 1 = off */
  uint64_t seed;
  const amooz_str* stop; /* n_stop strings that end the reply; they are not part of it */
  size_t n_stop;
  uint64_t set_mask;      /* AMOOZ_SET_* */
  amooz_str options_json; /* "" or an object that only this runtime knows */
} amooz_generate_request;

typedef struct amooz_generate_result {
  size_t struct_size;
  int32_t finish_reason; /* AMOOZ_FINISH_* */
  int32_t reserved;
  uint64_t prompt_tokens;
  uint64_t reply_tokens; /* without the end token */
} amooz_generate_result;

/* ---- What the host offers -------------------------------------------------------------------- */

/* All functions: [any], never throw, copy what they are given before they return. */
typedef struct amooz_host {
  size_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;

  /* The message for the non-zero code that the plugin's function is about to return. The last one
   * counts. */
  void (*fail)(amooz_ctx* ctx, int32_t code, amooz_str message);
  /* Item `index` of this call's batch failed; its result must stay NaN. The call itself may still
   * return OK. */
  void (*fail_item)(amooz_ctx* ctx, int64_t index, int32_t code, amooz_str message);
  /* Scorers: bars item `index` whatever its score. `reason` is a word such as too_short. */
  void (*veto)(amooz_ctx* ctx, int64_t index, amooz_str reason);
  /* 1 if the call is to end: return AMOOZ_CANCELLED within stop_grace_ms. An atomic load; call it
   * freely. */
  int32_t (*should_stop)(amooz_ctx* ctx);
  /* CLOCK_MONOTONIC nanoseconds by which the call should be done; 0 = none. */
  int64_t (*deadline_ns)(amooz_ctx* ctx);
  /* Work done of a total, in the plugin's own unit. total 0 = unknown. */
  void (*progress)(amooz_ctx* ctx, uint64_t done, uint64_t total);
  /* A number over time. Reserved names: loss, validation_loss (nats a token), learning_rate,
   * tokens_per_second, eta_seconds. A non-finite loss makes the host stop the call. */
  void (*metric)(amooz_ctx* ctx, amooz_str name, double value, int64_t step);
  void (*log)(amooz_ctx* ctx, int32_t level, amooz_str message);
  /* A fact about item `index`, or about the call (AMOOZ_CALL). Reserved: points, of, issues (comma
   * list) on items; started_from (base | cold), stop_reason on a training. */
  void (*annotate)(amooz_ctx* ctx, int64_t index, amooz_str key, amooz_str value);

  /* Config by JSON pointer ("/length/min"), defaults filled in. NOT_FOUND if absent,
   * INVALID_ARGUMENT if of another type. OWNERSHIP: a returned string lives as long as cfg. */
  amooz_str (*config_json)(const amooz_config* cfg);
  int32_t (*config_f64)(const amooz_config* cfg, amooz_str pointer, double* out /* out */);
  int32_t (*config_i64)(const amooz_config* cfg, amooz_str pointer, int64_t* out /* out */);
  int32_t (*config_bool)(const amooz_config* cfg, amooz_str pointer,
                         int32_t* out /* out: 0 or 1 */);
  int32_t (*config_str)(const amooz_config* cfg, amooz_str pointer, amooz_str* out /* out */);
  int32_t (*config_size)(const amooz_config* cfg, amooz_str pointer,
                         size_t* out /* out: array length */);

  /* How many examples `split` has. */
  uint64_t (*example_count)(amooz_ctx* ctx, int32_t split);
  /* 1 and *out set; 0 at the end; -1 to stop. One thread at a time for a split.
   * OWNERSHIP: *out and all it points to are borrowed until the next pull or rewind of the same
   * split. */
  int32_t (*next_example)(amooz_ctx* ctx, int32_t split, const amooz_example** out /* out */);
  /* Starts `split` from its beginning again. 0, or -1 to stop. */
  int32_t (*rewind_examples)(amooz_ctx* ctx, int32_t split);

  /* Variation generators. 0 kept; 1 exists already (does not count); 2 stop. source_index: position
   * in pull order since the last rewind of the example that it varies; -1 none. meta_json: "" or an
   * object. */
  int32_t (*emit_variation)(amooz_ctx* ctx, amooz_str instruction, amooz_str response,
                            int64_t source_index, amooz_str meta_json);
  /* Runtimes. Complete UTF-8 sequences and the tokens they came from; logprobs may be null. Blocks
   * while the reader is slow. 0, or -1 to stop. */
  int32_t (*emit_chunk)(amooz_ctx* ctx, amooz_str utf8, const int32_t* token_ids,
                        const float* logprobs, size_t n);

  /* An empty directory for this call, deleted after it. "" if the host has none. */
  amooz_str (*scratch_dir)(amooz_ctx* ctx);
  /* "cpu" or "cuda:0". */
  amooz_str (*device)(amooz_ctx* ctx);
  /* A further table, by id, or null. Draft ids ("amooz.x/draft-2") only if the operator allows
   * them. */
  const void* (*get_extension)(amooz_str id);
} amooz_host;

/* ---- What a plugin offers -------------------------------------------------------------------- */

/* OWNERSHIP (all create functions): `host` lives as long as the process. *out is the plugin's until
 * destroy, which is called exactly once after a create that returned OK; *out must then not be
 * null. After an error *out is ignored. */

/* AMOOZ_KIND_SCORER */
typedef struct amooz_scorer_vtable {
  size_t struct_size;
  /* [load-thread] */
  int32_t (*create)(const amooz_host* host, amooz_ctx* ctx, const amooz_config* cfg,
                    amooz_instance** out /* out */);
  /* [load-thread] */
  void (*destroy)(amooz_instance* instance);
  /* [worker] Scores n items into scores[0..n), which arrive filled with NaN. 0..1, higher is
   * better, NaN abstains. OWNERSHIP: items and scores are the host's. */
  int32_t (*score)(amooz_instance* instance, amooz_ctx* ctx, const amooz_example* const* items,
                   size_t n, double* scores /* out */);
} amooz_scorer_vtable;

/* AMOOZ_KIND_VARIATION */
typedef struct amooz_variation_vtable {
  size_t struct_size;
  int32_t (*create)(const amooz_host* host, amooz_ctx* ctx, const amooz_config* cfg,
                    amooz_instance** out /* out */);
  void (*destroy)(amooz_instance* instance);
  /* [worker] Reads the train split and emits at most `count` pairs that were kept; fewer is fine. */
  int32_t (*generate)(amooz_instance* instance, amooz_ctx* ctx, uint64_t count, uint64_t seed);
} amooz_variation_vtable;

/* AMOOZ_KIND_TRAINER */
typedef struct amooz_trainer_vtable {
  size_t struct_size;
  int32_t (*create)(const amooz_host* host, amooz_ctx* ctx, const amooz_config* cfg,
                    amooz_instance** out /* out */);
  void (*destroy)(amooz_instance* instance);
  /* [worker] An upper bound of what train(job) will need. May read the examples. Optional: null. */
  int32_t (*plan)(amooz_instance* instance, amooz_ctx* ctx, const amooz_job* job,
                  amooz_resources* out /* out */);
  /* [worker] Trains and fills job->output_dir. The host hashes, names and publishes it. */
  int32_t (*train)(amooz_instance* instance, amooz_ctx* ctx, const amooz_job* job);
  const char* artifact_format; /* static; what a runtime's reads_formats names */
} amooz_trainer_vtable;

/* AMOOZ_KIND_RUNTIME */
typedef struct amooz_runtime_vtable {
  size_t struct_size;
  int32_t (*create)(const amooz_host* host, amooz_ctx* ctx, const amooz_config* cfg,
                    amooz_instance** out /* out */);
  void (*destroy)(amooz_instance* instance);
  /* [worker] An upper bound of what the loaded artifact will need; never grows for the same
   * artifact. Optional. */
  int32_t (*estimate)(amooz_instance* instance, amooz_ctx* ctx, const amooz_artifact* artifact,
                      amooz_resources* out /* out */);
  /* [load-thread] OWNERSHIP: *out is the plugin's until unload, called exactly once. */
  int32_t (*load)(amooz_instance* instance, amooz_ctx* ctx, const amooz_artifact* artifact,
                  amooz_str device, int32_t cpu_threads, amooz_model** out /* out */);
  /* [load-thread] No call on the model is under way. */
  void (*unload)(amooz_instance* instance, amooz_model* model);
  /* [worker] Streams the reply through host->emit_chunk. */
  int32_t (*generate)(amooz_instance* instance, amooz_ctx* ctx, amooz_model* model,
                      const amooz_generate_request* request, amooz_generate_result* out /* out */);
  /* [worker] For each of n <= 64 examples: the sum (natural log) of the negative log-likelihood of
   * the response's tokens and the end token given the prompt, and how many tokens those are. nll
   * arrives filled with NaN. An example longer than the context is read in windows that overlap by
   * half; each response token counts once; nothing is truncated. Null if the runtime has no
   * likelihood. */
  int32_t (*evaluate)(amooz_instance* instance, amooz_ctx* ctx, amooz_model* model,
                      const amooz_example* const* examples, size_t n, double* nll /* out */,
                      uint64_t* tokens /* out */);
  const char* reads_formats; /* static; comma list of artifact formats */
} amooz_runtime_vtable;

/* One plugin of a shared library. All strings are static UTF-8 and NUL-terminated. */
typedef struct amooz_plugin {
  size_t struct_size;
  uint32_t abi_minor_built;    /* informational */
  uint32_t abi_minor_required; /* the host must be at least this */
  int32_t kind;                /* AMOOZ_KIND_* */
  int32_t stop_grace_ms;       /* how soon it returns after should_stop; 0 = 2000 */
  const char* name;            /* [a-z][a-z0-9_]{0,63} */
  const char* version;         /* semver */
  const char* vendor;
  const char* license;            /* SPDX */
  const char* config_schema_json; /* JSON Schema (the subset in ABI.md) of an object */
  uint64_t caps;                  /* AMOOZ_CAP_* */
  int32_t max_concurrency;        /* with AMOOZ_CAP_CONCURRENT; else 1 */
  int32_t reserved;
  const void* vtable; /* amooz_<kind>_vtable */
} amooz_plugin;

typedef struct amooz_plugin_set {
  size_t struct_size;
  size_t count;
  const amooz_plugin* const* plugins;
} amooz_plugin_set;

/* [load-thread] The one exported symbol. Returns static data only; must not allocate, start threads
 * or touch devices. Null if the plugin cannot work with this host. */
#define AMOOZ_ENTRY_SYMBOL "amooz_plugin_v1"
typedef const amooz_plugin_set* (*amooz_entry_fn)(const amooz_probe* probe);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* ---- The layout, pinned slot by slot (LP64). A change here is a new major version. ----------- */
#ifdef __cplusplus
#define AMOOZ_PIN_(type, field, at) \
  static_assert(offsetof(type, field) == (at), #type "." #field " moved")
#define AMOOZ_SIZE_(type, n) static_assert(sizeof(type) == (n), #type " changed its size")
#else
#define AMOOZ_PIN_(type, field, at) \
  _Static_assert(offsetof(type, field) == (at), #type "." #field " moved")
#define AMOOZ_SIZE_(type, n) _Static_assert(sizeof(type) == (n), #type " changed its size")
#endif
AMOOZ_PIN_(amooz_str, data, 0);
AMOOZ_PIN_(amooz_str, size, 8);
AMOOZ_SIZE_(amooz_str, 16);
AMOOZ_PIN_(amooz_probe, struct_size, 0);
AMOOZ_PIN_(amooz_probe, abi_major, 8);
AMOOZ_PIN_(amooz_probe, abi_minor, 12);
AMOOZ_SIZE_(amooz_probe, 16);
AMOOZ_PIN_(amooz_turn, struct_size, 0);
AMOOZ_PIN_(amooz_turn, role, 8);
AMOOZ_PIN_(amooz_turn, reserved, 12);
AMOOZ_PIN_(amooz_turn, text, 16);
AMOOZ_SIZE_(amooz_turn, 32);
AMOOZ_PIN_(amooz_example, struct_size, 0);
AMOOZ_PIN_(amooz_example, instruction, 8);
AMOOZ_PIN_(amooz_example, response, 24);
AMOOZ_PIN_(amooz_example, context, 40);
AMOOZ_PIN_(amooz_example, n_context, 48);
AMOOZ_PIN_(amooz_example, split, 56);
AMOOZ_PIN_(amooz_example, origin, 60);
AMOOZ_PIN_(amooz_example, response_author, 64);
AMOOZ_PIN_(amooz_example, reserved, 68);
AMOOZ_PIN_(amooz_example, score, 72);
AMOOZ_PIN_(amooz_example, meta_json, 80);
AMOOZ_SIZE_(amooz_example, 96);
AMOOZ_PIN_(amooz_artifact, struct_size, 0);
AMOOZ_PIN_(amooz_artifact, dir, 8);
AMOOZ_PIN_(amooz_artifact, base_dir, 24);
AMOOZ_SIZE_(amooz_artifact, 40);
AMOOZ_PIN_(amooz_job, struct_size, 0);
AMOOZ_PIN_(amooz_job, base, 8);
AMOOZ_PIN_(amooz_job, output_dir, 16);
AMOOZ_PIN_(amooz_job, checkpoint_dir, 32);
AMOOZ_PIN_(amooz_job, job_digest, 48);
AMOOZ_PIN_(amooz_job, seed, 64);
AMOOZ_PIN_(amooz_job, cpu_threads, 72);
AMOOZ_PIN_(amooz_job, reserved, 76);
AMOOZ_PIN_(amooz_job, max_seconds, 80);
AMOOZ_PIN_(amooz_job, memory_bytes, 88);
AMOOZ_SIZE_(amooz_job, 96);
AMOOZ_PIN_(amooz_resources, struct_size, 0);
AMOOZ_PIN_(amooz_resources, memory_bytes, 8);
AMOOZ_PIN_(amooz_resources, device_bytes, 16);
AMOOZ_PIN_(amooz_resources, disk_bytes, 24);
AMOOZ_PIN_(amooz_resources, seconds, 32);
AMOOZ_SIZE_(amooz_resources, 40);
AMOOZ_PIN_(amooz_generate_request, struct_size, 0);
AMOOZ_PIN_(amooz_generate_request, context, 8);
AMOOZ_PIN_(amooz_generate_request, n_context, 16);
AMOOZ_PIN_(amooz_generate_request, instruction, 24);
AMOOZ_PIN_(amooz_generate_request, max_tokens, 40);
AMOOZ_PIN_(amooz_generate_request, min_tokens, 44);
AMOOZ_PIN_(amooz_generate_request, temperature, 48);
AMOOZ_PIN_(amooz_generate_request, top_p, 56);
AMOOZ_PIN_(amooz_generate_request, top_k, 64);
AMOOZ_PIN_(amooz_generate_request, no_repeat_ngram_size, 68);
AMOOZ_PIN_(amooz_generate_request, repetition_penalty, 72);
AMOOZ_PIN_(amooz_generate_request, seed, 80);
AMOOZ_PIN_(amooz_generate_request, stop, 88);
AMOOZ_PIN_(amooz_generate_request, n_stop, 96);
AMOOZ_PIN_(amooz_generate_request, set_mask, 104);
AMOOZ_PIN_(amooz_generate_request, options_json, 112);
AMOOZ_SIZE_(amooz_generate_request, 128);
AMOOZ_PIN_(amooz_generate_result, struct_size, 0);
AMOOZ_PIN_(amooz_generate_result, finish_reason, 8);
AMOOZ_PIN_(amooz_generate_result, reserved, 12);
AMOOZ_PIN_(amooz_generate_result, prompt_tokens, 16);
AMOOZ_PIN_(amooz_generate_result, reply_tokens, 24);
AMOOZ_SIZE_(amooz_generate_result, 32);
AMOOZ_PIN_(amooz_host, struct_size, 0);
AMOOZ_PIN_(amooz_host, abi_major, 8);
AMOOZ_PIN_(amooz_host, abi_minor, 12);
AMOOZ_PIN_(amooz_host, fail, 16);
AMOOZ_PIN_(amooz_host, fail_item, 24);
AMOOZ_PIN_(amooz_host, veto, 32);
AMOOZ_PIN_(amooz_host, should_stop, 40);
AMOOZ_PIN_(amooz_host, deadline_ns, 48);
AMOOZ_PIN_(amooz_host, progress, 56);
AMOOZ_PIN_(amooz_host, metric, 64);
AMOOZ_PIN_(amooz_host, log, 72);
AMOOZ_PIN_(amooz_host, annotate, 80);
AMOOZ_PIN_(amooz_host, config_json, 88);
AMOOZ_PIN_(amooz_host, config_f64, 96);
AMOOZ_PIN_(amooz_host, config_i64, 104);
AMOOZ_PIN_(amooz_host, config_bool, 112);
AMOOZ_PIN_(amooz_host, config_str, 120);
AMOOZ_PIN_(amooz_host, config_size, 128);
AMOOZ_PIN_(amooz_host, example_count, 136);
AMOOZ_PIN_(amooz_host, next_example, 144);
AMOOZ_PIN_(amooz_host, rewind_examples, 152);
AMOOZ_PIN_(amooz_host, emit_variation, 160);
AMOOZ_PIN_(amooz_host, emit_chunk, 168);
AMOOZ_PIN_(amooz_host, scratch_dir, 176);
AMOOZ_PIN_(amooz_host, device, 184);
AMOOZ_PIN_(amooz_host, get_extension, 192);
AMOOZ_SIZE_(amooz_host, 200);
AMOOZ_PIN_(amooz_scorer_vtable, struct_size, 0);
AMOOZ_PIN_(amooz_scorer_vtable, create, 8);
AMOOZ_PIN_(amooz_scorer_vtable, destroy, 16);
AMOOZ_PIN_(amooz_scorer_vtable, score, 24);
AMOOZ_SIZE_(amooz_scorer_vtable, 32);
AMOOZ_PIN_(amooz_variation_vtable, struct_size, 0);
AMOOZ_PIN_(amooz_variation_vtable, create, 8);
AMOOZ_PIN_(amooz_variation_vtable, destroy, 16);
AMOOZ_PIN_(amooz_variation_vtable, generate, 24);
AMOOZ_SIZE_(amooz_variation_vtable, 32);
AMOOZ_PIN_(amooz_trainer_vtable, struct_size, 0);
AMOOZ_PIN_(amooz_trainer_vtable, create, 8);
AMOOZ_PIN_(amooz_trainer_vtable, destroy, 16);
AMOOZ_PIN_(amooz_trainer_vtable, plan, 24);
AMOOZ_PIN_(amooz_trainer_vtable, train, 32);
AMOOZ_PIN_(amooz_trainer_vtable, artifact_format, 40);
AMOOZ_SIZE_(amooz_trainer_vtable, 48);
AMOOZ_PIN_(amooz_runtime_vtable, struct_size, 0);
AMOOZ_PIN_(amooz_runtime_vtable, create, 8);
AMOOZ_PIN_(amooz_runtime_vtable, destroy, 16);
AMOOZ_PIN_(amooz_runtime_vtable, estimate, 24);
AMOOZ_PIN_(amooz_runtime_vtable, load, 32);
AMOOZ_PIN_(amooz_runtime_vtable, unload, 40);
AMOOZ_PIN_(amooz_runtime_vtable, generate, 48);
AMOOZ_PIN_(amooz_runtime_vtable, evaluate, 56);
AMOOZ_PIN_(amooz_runtime_vtable, reads_formats, 64);
AMOOZ_SIZE_(amooz_runtime_vtable, 72);
AMOOZ_PIN_(amooz_plugin, struct_size, 0);
AMOOZ_PIN_(amooz_plugin, abi_minor_built, 8);
AMOOZ_PIN_(amooz_plugin, abi_minor_required, 12);
AMOOZ_PIN_(amooz_plugin, kind, 16);
AMOOZ_PIN_(amooz_plugin, stop_grace_ms, 20);
AMOOZ_PIN_(amooz_plugin, name, 24);
AMOOZ_PIN_(amooz_plugin, version, 32);
AMOOZ_PIN_(amooz_plugin, vendor, 40);
AMOOZ_PIN_(amooz_plugin, license, 48);
AMOOZ_PIN_(amooz_plugin, config_schema_json, 56);
AMOOZ_PIN_(amooz_plugin, caps, 64);
AMOOZ_PIN_(amooz_plugin, max_concurrency, 72);
AMOOZ_PIN_(amooz_plugin, reserved, 76);
AMOOZ_PIN_(amooz_plugin, vtable, 80);
AMOOZ_SIZE_(amooz_plugin, 88);
AMOOZ_PIN_(amooz_plugin_set, struct_size, 0);
AMOOZ_PIN_(amooz_plugin_set, count, 8);
AMOOZ_PIN_(amooz_plugin_set, plugins, 16);
AMOOZ_SIZE_(amooz_plugin_set, 24);
#undef AMOOZ_PIN_
#undef AMOOZ_SIZE_

#endif /* AMOOZ_SDK_ABI_H_ */
