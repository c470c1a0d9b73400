// The domain's words as plain types. No behaviour beyond comparison and names;
// no Protobuf, no SQL. Enum values are stored on disk and, where sdk/include/amooz/sdk/abi.h or the
// protocol has the same word, equal theirs: append, never renumber.
//
// Times are microseconds since 1970-01-01T00:00:00Z (`_us`; sdk/base/time_text.h reads and prints
// them). Digests are lower-case hex SHA-256, 64 digits, in fields named `_digest`.
#ifndef AMOOZ_CORE_BASE_DOMAIN_H_
#define AMOOZ_CORE_BASE_DOMAIN_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace amooz {

using ProducerId = std::int64_t;  // > 0; of one store
using ChatId = std::int64_t;      // > 0; of one store; rises in ingest order
using ExampleId = std::int64_t;   // > 0; of one store; rises in insertion order, never used twice
using VersionId = std::int64_t;   // 1, 2, 3, ...; 0 = no version yet (the empty dataset)
using CycleId = std::int64_t;     // 1, 2, 3, ...: the cycle's number; 0 = none

// ---- Chats ----

enum class Role : std::int32_t { kUser = 1, kAssistant = 2, kSystem = 3 };

struct Turn {
  Role role = Role::kUser;
  std::string text{};
  bool operator==(const Turn&) const = default;
};

// Who wrote a chat's response. Unknown counts as human (rule 16).
enum class Author : std::int32_t { kUnknown = 0, kHuman = 1, kModel = 2 };

// What a producer sends: the content of a chat, without its place in the store.
struct ChatContent {
  std::string instruction{};
  std::string response{};
  std::vector<Turn> context{};            // earlier turns, oldest first
  std::optional<std::int64_t> time_us{};  // nullopt: the store takes the time of arrival
  std::string subject{};
  std::string source{};
  Author author = Author::kUnknown;
  std::string model_digest{};  // of the model that wrote the response; "" if none of ours did
  std::string client_id{};     // the producer's own name for it ("id" in a file); "" if it has none
  bool operator==(const ChatContent&) const = default;
};

// A chat's name, the same in every store. Printed as "producer/seq".
struct ChatKey {
  std::string producer{};
  std::int64_t seq = 0;  // >= 1
  auto operator<=>(const ChatKey&) const = default;
};
std::string ToString(const ChatKey& key);
// nullopt unless `text` is "producer/seq" with a seq of 1 or more.
std::optional<ChatKey> ParseChatKey(std::string_view text);

// A chat as the store gives it to a cycle.
struct Chat {
  ChatId id = 0;
  ProducerId producer_id = 0;
  std::int64_t seq = 0;
  ChatContent content{};  // time_us is set
};

struct Producer {
  ProducerId id = 0;
  std::string name{};
  std::int64_t cursor = 0;  // highest seq that a cycle has read
  std::int64_t high = 0;    // highest seq stored
  std::int64_t unread = 0;  // chats above the cursor
};

// The chats of one producer with from_exclusive < seq <= to_inclusive.
struct ProducerRange {
  ProducerId producer_id = 0;
  std::int64_t from_exclusive = 0;
  std::int64_t to_inclusive = 0;
  bool operator==(const ProducerRange&) const = default;
};

// ---- Decisions ----

// What became of a chat; exactly one each (rule 8).
enum class Outcome : std::int32_t {
  kUnread = 1,  // no decision yet; never stored
  kAccepted = 2,
  kVetoed = 3,
  kLowQuality = 4,
  kDuplicateOfChat = 5,     // of an earlier chat of the same cycle
  kDuplicateOfExample = 6,  // of an example of the dataset
};
std::string_view OutcomeName(Outcome outcome);  // "accepted", "duplicate_of_chat", ...

struct Decision {
  ChatId chat_id = 0;
  CycleId cycle_id = 0;  // filled in by the store
  Outcome outcome = Outcome::kAccepted;
  std::string reason{};           // the veto's word (too_short), or no_score; else ""
  std::optional<double> score{};  // 0..1; nullopt: every scorer abstained
  double points = 0;              // as people see it: score * of
  double of = 0;
  double needed = 0;
  std::string issues{};  // comma list: "too_long,repetitive"
  std::optional<ChatId> duplicate_of_chat{};
  std::optional<ExampleId> duplicate_of_example{};
  std::optional<ExampleId> example_id{};  // what an accepted chat became
  std::optional<VersionId> evicted_in{};  // accepted, but left out by the cap of this version
};

// ---- Examples and dataset versions ----

enum class Origin : std::int32_t { kImport = 1, kChat = 2, kVariation = 3 };
std::string_view OriginName(Origin origin);  // "import", "chat", "variation"

enum class Split : std::int32_t { kTrain = 1, kValidation = 2, kHeldOut = 3, kExcluded = 4 };
std::string_view SplitName(Split split);  // "train", "validation", "held_out", "excluded"

// Why a row is kExcluded (rules 14, 16).
enum class Exclusion : std::int32_t {
  kNone = 0,
  kEqualsHeldOut = 1,
  kContextHoldsHeldOut = 2,
  kModelShare = 3,
};
std::string_view ExclusionName(Exclusion exclusion);  // "", "equals_held_out", ...

// Hashes of an example's texts, kept beside them so that a cycle need not normalise the whole
// dataset again. core/dataset/keys.h makes them, keyed with the store's split key.
struct ExampleKeys {
  std::uint64_t dataset = 0;      // of the dataset's duplicate key (rule 9)
  std::uint64_t instruction = 0;  // of the normalised instruction (rule 15)
  std::uint64_t response = 0;     // of the normalised response: also what rule 13 splits by
  bool operator==(const ExampleKeys&) const = default;
};

// A training pair. Its texts never change.
struct Example {
  ExampleId id = 0;
  std::string instruction{};
  std::string response{};
  std::vector<Turn> context{};
  Origin origin = Origin::kImport;
  Split split = Split::kTrain;
  Exclusion exclusion = Exclusion::kNone;
  Author author = Author::kUnknown;  // of a variation: its source's
  std::optional<double> score{};     // 0..1; of a variation: its source's
  std::string source{};              // where it came from: the chat's, or the import's
  std::optional<ChatId> chat_id{};   // kChat: the chat it was
  std::optional<ExampleId> varied_from{};
  ExampleKeys keys{};
  VersionId created_in = 0;               // the version that it entered in
  std::optional<VersionId> evicted_in{};  // the first version that it is no longer part of
};

struct SplitCounts {
  std::int64_t train = 0, validation = 0, held_out = 0, excluded = 0;
  std::int64_t total() const { return train + validation + held_out + excluded; }
  bool operator==(const SplitCounts&) const = default;
};

struct DatasetVersion {
  VersionId id = 0;
  std::string digest{};  // of the canonical rows (rule 4)
  std::int64_t created_us = 0;
  std::optional<CycleId> cycle_id{};  // nullopt: an import
  std::string import_name{};          // an import's file name
  std::string import_digest{};        // an import's file
  SplitCounts rows{};
  std::int64_t added = 0, removed = 0;  // against the version before
};

// ---- Cycles ----

enum class Stage : std::int32_t {
  kCollect = 1,
  kScore = 2,
  kSelect = 3,
  kVary = 4,
  kMerge = 5,
  kSnapshot = 6,
  kTrain = 7,
  kEvaluate = 8,
  kPromote = 9,
  kReport = 10,
};
std::string_view StageName(Stage stage);  // "collect", ...

enum class CycleState : std::int32_t { kRunning = 1, kFinished = 2, kFailed = 3, kCancelled = 4 };
std::string_view CycleStateName(CycleState state);

enum class CycleTrigger : std::int32_t { kManual = 1, kSchedule = 2 };

struct Cycle {
  CycleId id = 0;
  CycleState state = CycleState::kRunning;
  CycleTrigger trigger = CycleTrigger::kManual;
  bool skip_training = false;
  Stage stage = Stage::kCollect;       // the last one whose result is stored
  std::uint64_t seed = 0;              // frozen
  std::string config_json{};           // frozen
  std::string plugins_json{};          // frozen: names, paths and digests
  VersionId base_version = 0;          // the dataset before
  std::optional<VersionId> version{};  // the dataset after; set by snapshot
  std::string dataset_digest{};        // of `version`
  std::string candidate_digest{};      // the model that train made; "" if none
  std::int64_t started_us = 0;
  std::optional<std::int64_t> ended_us{};
  std::string error{};         // why it failed or was cancelled
  std::string summary_json{};  // set when it finished
};

// One stage of a cycle whose result is on disk.
struct JournalEntry {
  Stage stage = Stage::kCollect;
  std::int64_t time_us = 0;
  std::string result{};  // the stage's own bytes; "" once the cycle is over
};

struct CycleEvent {
  std::int64_t number = 0;  // 1, 2, 3, ... within the cycle, without gaps
  std::int64_t time_us = 0;
  Stage stage = Stage::kCollect;
  std::string kind{};     // "stage_started", "metric", ...
  std::string payload{};  // JSON text
};

// ---- Models ----

enum class ModelState : std::int32_t {
  kCandidate = 1,  // trained, not yet decided about
  kActive = 2,
  kRetired = 3,   // was active
  kRejected = 4,  // the gate refused it, or its cycle ended before the gate
  kDeleted = 5,   // its files were deleted by retention
};
std::string_view ModelStateName(ModelState state);

struct Model {
  std::int64_t number = 0;  // rises with each model
  std::string digest{};     // of its artifact's manifest
  ModelState state = ModelState::kCandidate;
  CycleId cycle_id = 0;
  VersionId dataset_version = 0;
  std::string base_digest{};  // whose weights it started from; "" = from nothing
  std::string trainer{};
  std::string artifact_format{};
  std::int64_t size_bytes = 0;
  std::string training_json{};  // what the trainer told: facts, figures
  std::string gate_json{};      // "" until evaluated
  std::string failure{};        // why it cannot be loaded or used, if that was seen
  std::int64_t created_us = 0;
};

enum class PromotionKind : std::int32_t { kGate = 1, kByHand = 2, kRollback = 3 };
std::string_view PromotionKindName(PromotionKind kind);  // "gate", "by hand", "rollback"

// One change of the active model.
struct Promotion {
  std::int64_t generation = 0;  // 1, 2, 3, ...; the highest is in force
  std::string digest{};
  std::string previous_digest{};  // "" if there was none
  PromotionKind kind = PromotionKind::kGate;
  std::string reason{};
  std::optional<CycleId> cycle_id{};
  std::int64_t time_us = 0;
};

// What serves now. Generation 0 and "" while there is no active model.
struct ActiveModel {
  std::int64_t generation = 0;
  std::string digest{};
};

// ---- Schedule ----

struct Schedule {
  bool paused = false;
  std::optional<std::int64_t> last_look_us{};  // nullopt: it never looked
  std::optional<std::int64_t> interval_us{};   // nullopt: the config's
};

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_DOMAIN_H_
