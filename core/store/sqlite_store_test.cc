// Opening, locking, migrating, damage and a full disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "core/store/schema.h"
#include "core/store/sqlite.h"
#include "core/store/store_testing.h"

namespace amooz::store {
namespace {

using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

class OpenStore : public StoreTest {
 protected:
  std::string DatabasePath() { return JoinPath(folder_.path, "amooz.db"); }
  absl::Status TryOpen(const std::string& data_dir) {
    return OpenSqliteStore({.data_dir = data_dir}).status();
  }
};

TEST_F(OpenStore, RefusesAFolderThatIsInUse) {
  const absl::Status second = TryOpen(folder_.path);
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(second), HasSubstr("data folder in use by another amoozd"));
}

TEST_F(OpenStore, RefusesTheFolderOfAnAmoozChatAndMakesNothingThere) {
  const ScratchFolder folder;
  ASSERT_TRUE(
      WriteFileAtomically(Env::Default(), JoinPath(folder.path, "amooz-chat.lock"), "").ok());
  const absl::Status refused = TryOpen(folder.path);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(refused), HasSubstr(folder.path));
  EXPECT_THAT(Message(refused), HasSubstr("--data-dir"));
  EXPECT_EQ(Env::Default()->ListDir(folder.path)->size(), 1U);
}

TEST_F(OpenStore, KeepsMetaScheduleAndSplitKey) {
  EXPECT_EQ(store_->GetMeta("cycle.tokenizer").value(), std::nullopt);
  ASSERT_TRUE(store_->SetMeta("cycle.tokenizer", "abc").ok());
  ASSERT_TRUE(
      store_->SetSchedule({.paused = true, .last_look_us = 5, .interval_us = std::nullopt}).ok());
  const std::string key = store_->split_key();
  EXPECT_EQ(key.size(), 32U);
  Reopen();
  EXPECT_EQ(store_->GetMeta("cycle.tokenizer").value(), "abc");
  EXPECT_EQ(store_->split_key(), key);
  const Schedule schedule = store_->GetSchedule().value();
  EXPECT_TRUE(schedule.paused);
  EXPECT_EQ(schedule.last_look_us, 5);
  EXPECT_EQ(schedule.interval_us, std::nullopt);
}

TEST_F(OpenStore, TheLongWalEndsForAReaderWhereItsFramesEnd) {
  namespace fs = std::filesystem;
  if (fs::space(folder_.path).available < (std::uintmax_t{2} << 30)) {
    GTEST_SKIP() << "the temporary folder's disk has less than 2 GiB free, so the WAL stays short";
  }
  const ProducerId producer = ProducerOf("p");
  AppendAll(Chats(producer, 1, 3));
  const std::string wal = DatabasePath() + "-wal";
  const auto is_long = [&] { return fs::file_size(wal) >= (std::uintmax_t{16} << 20); };
  for (int i = 0; i < 1000 && !is_long(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_TRUE(is_long());
  AppendAll(Chats(producer, 4, 3));
  // What a killed server leaves.
  const ScratchFolder left;
  fs::copy(DatabasePath(), JoinPath(left.path, "amooz.db"));
  fs::copy(wal, JoinPath(left.path, "amooz.db-wal"));
  const auto recovered = OpenSqliteStore({.data_dir = left.path});
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  const auto producers = (*recovered)->ListProducers();
  ASSERT_TRUE(producers.ok()) << producers.status();
  ASSERT_EQ(producers->size(), 1U);
  EXPECT_EQ(producers->front().unread, 6);
}

TEST_F(OpenStore, SplitKeyIsEqualWhereDerivedAndRandomWhereNot) {
  const auto key_of = [](const std::string& derive_from) {
    const ScratchFolder folder;
    return OpenSqliteStore({.data_dir = folder.path, .split_key = derive_from})
        .value()
        ->split_key();
  };
  EXPECT_EQ(key_of("one"), key_of("one"));
  EXPECT_NE(key_of("one"), key_of("two"));
  EXPECT_NE(key_of(""), key_of(""));
  EXPECT_EQ(store_->SetMeta("split_key", "x").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OpenStore, RefusesANewerSchemaAndNamesBoth) {
  store_.reset();
  {
    auto connection = Connection::Open(DatabasePath(), Connection::Mode::kReadWriteCreate).value();
    ASSERT_TRUE(connection->Execute("PRAGMA user_version = 99").ok());
  }
  const absl::Status status = TryOpen(folder_.path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status), HasSubstr("newer amoozd (schema version 99"));
}

TEST_F(OpenStore, RefusesAnotherProgramsDatabase) {
  const ScratchFolder folder;
  {
    auto connection =
        Connection::Open(JoinPath(folder.path, "amooz.db"), Connection::Mode::kReadWriteCreate)
            .value();
    ASSERT_TRUE(connection->Execute("CREATE TABLE theirs (a)").ok());
  }
  EXPECT_THAT(Message(TryOpen(folder.path)), HasSubstr("another program's database"));
}

TEST_F(OpenStore, SaysWhatToDoAboutADamagedFile) {
  store_.reset();
  ASSERT_TRUE(WriteFileAtomically(Env::Default(), DatabasePath(), std::string(8192, 'x')).ok());
  const absl::Status status = TryOpen(folder_.path);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(status), HasSubstr("put back a backup"));
}

TEST_F(OpenStore, FindsADamagedPageWhenItReadsIt) {
  AppendAll(Chats(ProducerOf("p"), 1, 500));
  store_.reset();
  std::string bytes = Env::Default()->ReadFile(DatabasePath()).value();
  for (std::size_t i = 4096 * 2; i < bytes.size(); ++i) bytes[i] = '\xff';
  ASSERT_TRUE(WriteFileAtomically(Env::Default(), DatabasePath(), bytes).ok());
  absl::StatusOr<std::unique_ptr<Store>> opened = OpenSqliteStore({.data_dir = folder_.path});
  const absl::Status status = opened.ok() ? (*opened)->CountChats().status() : opened.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(OpenStore, AFullDiskFailsTheWriteAndTheStoreGoesOn) {
  const ProducerId producer = ProducerOf("p");
  AppendAll(Chats(producer, 1, 10));
  max_pages_ = 64;
  Reopen();
  std::vector<NewChat> large = Chats(producer, 11, 400);
  for (NewChat& chat : large) chat.content.response.assign(2000, 'a');
  const absl::Status status = store_->AppendChats(large).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(Message(status), HasSubstr("disk of the data folder is full"));
  EXPECT_EQ(store_->CountChats()->total, 10);
  AppendAll(Chats(producer, 11, 3));  // small enough
  EXPECT_EQ(store_->CountChats()->total, 13);
  max_pages_ = 0;
  Reopen();
  EXPECT_EQ(store_->CountChats()->total, 13);
  for (NewChat& chat : large) chat.seq += 100;
  AppendAll(large);
}

// Run under ThreadSanitizer.
TEST_F(OpenStore, ReadersAndWritersOverlap) {
  const ProducerId producer = ProducerOf("p");
  std::atomic<bool> is_done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!is_done.load()) {
        const ChatCounts counts = store_->CountChats().value();
        EXPECT_EQ(counts.total % 16, 0);  // never a part of a batch
        EXPECT_TRUE(store_->ListChats({}, 0, 5).ok());
      }
    });
  }
  std::thread second_writer([&] {
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(store_->SetMeta("n", std::to_string(i)).ok());
  });
  for (int batch = 0; batch < 30; ++batch) AppendAll(Chats(producer, 1 + batch * 16, 16));
  second_writer.join();
  is_done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(store_->CountChats()->total, 480);
}

}  // namespace
}  // namespace amooz::store
