// For tests: a store in a folder of its own, under a clock that the test turns.
#ifndef AMOOZ_CORE_STORE_STORE_TESTING_H_
#define AMOOZ_CORE_STORE_STORE_TESTING_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/store/store.h"
#include "sdk/base/files.h"

namespace amooz::store {

class FakeClock : public Clock {
 public:
  std::int64_t NowMicros() override { return now_us.load(); }
  std::atomic<std::int64_t> now_us{1'700'000'000'000'000};
};

// A new folder under the system's temporary one, gone with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = JoinPath(::testing::TempDir(), "amooz_store_XXXXXX");
    path = mkdtemp(name.data()) == nullptr ? "" : name;
  }
  ~ScratchFolder() { (void)Env::Default()->RemoveAll(path); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string path;
};

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { Open(); }

  void Open() {
    absl::StatusOr<std::unique_ptr<Store>> opened = OpenSqliteStore(
        {.data_dir = folder_.path, .split_key = "test", .clock = &clock_, .max_pages = max_pages_});
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (opened.ok()) store_ = *std::move(opened);
  }
  void Reopen() {
    store_.reset();
    Open();
  }

  static ChatContent Content(const std::string& instruction, const std::string& response) {
    ChatContent content;
    content.instruction = instruction;
    content.response = response;
    return content;
  }
  // `n` chats from seq `first` on, a second apart.
  std::vector<NewChat> Chats(ProducerId producer, std::int64_t first, std::int64_t n) {
    std::vector<NewChat> chats;
    for (std::int64_t seq = first; seq < first + n; ++seq) {
      ChatContent content = Content("question " + std::to_string(seq), "answer");
      content.time_us = 1'600'000'000'000'000 + seq * 1'000'000;
      chats.push_back({.producer_id = producer, .seq = seq, .content = content});
    }
    return chats;
  }
  ProducerId ProducerOf(const std::string& name) { return store_->EnsureProducer(name).value(); }
  void AppendAll(const std::vector<NewChat>& chats) {
    const auto outcomes = store_->AppendChats(chats);
    ASSERT_TRUE(outcomes.ok()) << outcomes.status();
    for (const AppendOutcome outcome : *outcomes) ASSERT_EQ(outcome, AppendOutcome::kStored);
  }

  CycleProgress Begin() {
    const auto begun = store_->BeginCycle(
        {.trigger = CycleTrigger::kManual,
         .skip_training = false,
         .config_json = "{\"a\":1}",
         .plugins_json = "[]",
         .seed_of = [](CycleId id) { return static_cast<std::uint64_t>(id) * 7; }});
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.value();
  }
  static StageCommit At(CycleId id, Stage stage, std::string result = "") {
    return {.cycle_id = id, .stage = stage, .result = std::move(result), .events = {}};
  }
  // Vetoes every chat of the cycle.
  std::vector<Decision> DecideAll(const CycleProgress& progress, Outcome outcome) {
    std::vector<Decision> decisions;
    const auto rows = store_->ReadChats(progress.ranges).value();
    for (const Chat& chat : rows) {
      Decision decision;
      decision.chat_id = chat.id;
      decision.outcome = outcome;
      decisions.push_back(decision);
    }
    return decisions;
  }
  // A cycle from collect to snapshot that vetoes all it reads.
  CycleId ReadEverything() {
    const CycleProgress progress = Begin();
    const Snapshot snapshot{.decisions = DecideAll(progress, Outcome::kVetoed),
                            .change = std::nullopt};
    const CycleId id = progress.cycle.id;
    EXPECT_TRUE(store_->CommitSnapshot(At(id, Stage::kSnapshot), snapshot).ok());
    EXPECT_TRUE(store_->FinishCycle(At(id, Stage::kReport), "{}").ok());
    return id;
  }
  Example Row(ExampleId id, Split split = Split::kTrain) {
    Example example;
    example.id = id;
    example.instruction = "instruction " + std::to_string(id);
    example.response = "response " + std::to_string(id);
    example.split = split;
    example.keys = {.dataset = static_cast<std::uint64_t>(id),
                    .instruction = ~std::uint64_t{0} - static_cast<std::uint64_t>(id),
                    .response = 5};
    return example;
  }
  DatasetVersion Import(VersionChange change, const std::string& file_digest = "") {
    const auto outcome = store_->ImportExamples(
        {.file_digest = file_digest, .file_name = "f.jsonl", .change = std::move(change)});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? outcome->version : DatasetVersion{};
  }

  ScratchFolder folder_;
  FakeClock clock_;
  std::int64_t max_pages_ = 0;
  std::unique_ptr<Store> store_;
};

}  // namespace amooz::store

#endif  // AMOOZ_CORE_STORE_STORE_TESTING_H_
