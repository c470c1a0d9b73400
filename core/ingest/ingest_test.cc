#include "core/ingest/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "core/store/store_testing.h"
#include "sdk/base/env_wrapper.h"

namespace amooz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// With as much free disk as the test says.
class DiskEnv : public EnvWrapper {
 public:
  Result<DiskSpace> GetDiskSpace(const std::string& /*path*/) override {
    return DiskSpace{.free_bytes = free_percent.load(), .total_bytes = 100};
  }
  std::atomic<std::uint64_t> free_percent{50};
};

// What a session's callbacks said, to be waited for.
class Listener {
 public:
  SessionCallbacks Callbacks() {
    return {.on_ack = [this](const IngestAck& ack) { Note([&] { acks_.push_back(ack); }); },
            .on_room = [this] { Note([&] { ++rooms_; }); },
            .on_end = [this](const absl::Status& why) { Note([&] { ends_.push_back(why); }); }};
  }
  void WaitForUpto(std::uint64_t seq) {
    MutexLock lock(&mutex_);
    while (acks_.empty() || acks_.back().upto_seq < seq) changed_.Wait(&mutex_);
  }
  void WaitForRoom(int n) {
    MutexLock lock(&mutex_);
    while (rooms_ < n) changed_.Wait(&mutex_);
  }
  absl::Status WaitForEnd() {
    MutexLock lock(&mutex_);
    while (ends_.empty()) changed_.Wait(&mutex_);
    EXPECT_EQ(ends_.size(), 1U);
    return ends_[0];
  }
  std::vector<IngestAck> acks() {
    MutexLock lock(&mutex_);
    return acks_;
  }
  std::vector<RejectedChat> rejected() {
    std::vector<RejectedChat> all;
    for (const IngestAck& ack : acks()) {
      all.insert(all.end(), ack.rejected.begin(), ack.rejected.end());
    }
    return all;
  }
  std::int64_t stored() {
    std::int64_t sum = 0;
    for (const IngestAck& ack : acks()) sum += ack.stored;
    return sum;
  }

 private:
  template <typename F>
  void Note(F change) {
    MutexLock lock(&mutex_);
    change();
    changed_.SignalAll();
  }
  Mutex mutex_;
  CondVar changed_;
  std::vector<IngestAck> acks_;
  std::vector<absl::Status> ends_;
  int rooms_ = 0;
};

IncomingChat Incoming(std::uint64_t seq, const std::string& response = "answer") {
  IncomingChat chat{.seq = seq};
  chat.content.instruction = "question";
  chat.content.response = response;
  return chat;
}
std::vector<IncomingChat> ChatRun(std::uint64_t first, std::uint64_t n) {
  std::vector<IncomingChat> chats;
  for (std::uint64_t seq = first; seq < first + n; ++seq) chats.push_back(Incoming(seq));
  return chats;
}

class IngestTest : public store::StoreTest {
 protected:
  std::unique_ptr<Ingest> Make(std::int64_t max_queued_chats = 4096) {
    return std::make_unique<Ingest>(IngestOptions{.store = store_.get(),
                                                  .env = &disk_,
                                                  .data_dir = folder_.path,
                                                  .max_chat_bytes = 4096,
                                                  .max_queued_chats = max_queued_chats,
                                                  .min_free_disk_percent = 5,
                                                  .log = [this](std::int32_t, std::string_view l) {
                                                    MutexLock lock(&log_mutex_);
                                                    log_.emplace_back(l);
                                                  }});
  }
  std::vector<std::string> log() {
    MutexLock lock(&log_mutex_);
    return log_;
  }
  static absl::StatusOr<IngestAck> AppendAndWait(Ingest* ingest, std::string_view producer,
                                                 std::vector<IncomingChat> chats) {
    Mutex mutex;
    CondVar changed;
    std::vector<absl::StatusOr<IngestAck>> results;
    ingest->Append(producer, std::move(chats), [&](const absl::StatusOr<IngestAck>& result) {
      MutexLock lock(&mutex);
      results.push_back(result);
      changed.SignalAll();
    });
    MutexLock lock(&mutex);
    while (results.empty()) changed.Wait(&mutex);
    return results[0];
  }
  IngestOffer Offer(IngestSession* session, std::vector<IncomingChat> chats) {
    IngestBatch batch = session->Prepare(std::move(chats));
    return session->Offer(&batch);
  }
  DiskEnv disk_;
  Mutex log_mutex_;
  std::vector<std::string> log_ AMOOZ_GUARDED_BY(log_mutex_);
};

TEST_F(IngestTest, AnAckMeansOnDisk) {
  auto ingest = Make();
  Listener listener;
  auto session = ingest->OpenSession("app", listener.Callbacks()).value();
  EXPECT_EQ(session->producer(), "app");
  EXPECT_EQ(Offer(session.get(), ChatRun(1, 10)), IngestOffer::kTaken);
  EXPECT_EQ(Offer(session.get(), ChatRun(11, 10)), IngestOffer::kTaken);
  listener.WaitForUpto(20);
  EXPECT_EQ(listener.stored(), 20);
  EXPECT_EQ(store_->CountChats()->total, 20);
  EXPECT_THAT(ingest->Status().connected_producers, ElementsAre("app"));
  EXPECT_GT(ingest->CpuSeconds() + 1, 0);
  session.reset();
  EXPECT_THAT(ingest->Status().connected_producers, IsEmpty());
}

TEST_F(IngestTest, BadChatsAreNamedAndTheRestIsStored) {
  auto ingest = Make();
  Listener listener;
  auto session = ingest->OpenSession("app", listener.Callbacks()).value();
  std::vector<IncomingChat> chats = ChatRun(1, 4);
  chats[1].content.response = "  ";
  chats[2].problem = absl::InvalidArgumentError("time: is none");
  chats.push_back(Incoming(3, "other"));
  Offer(session.get(), std::move(chats));
  listener.WaitForUpto(4);
  const std::vector<RejectedChat> rejected = listener.rejected();
  ASSERT_EQ(rejected.size(), 2U);
  EXPECT_EQ(rejected[0].seq, 2U);
  EXPECT_EQ(rejected[0].code, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(rejected[0].message, HasSubstr("response: is empty"));
  EXPECT_EQ(rejected[1].message, "time: is none");
  EXPECT_EQ(listener.stored(), 3);
}

TEST_F(IngestTest, Rule25_SentAgainIsAcknowledgedOtherContentIsNamed) {
  auto ingest = Make();
  ASSERT_EQ(AppendAndWait(ingest.get(), "app", ChatRun(1, 3))->stored, 3);
  std::vector<IncomingChat> again = ChatRun(1, 3);
  again[1].content.response = "other";
  const IngestAck ack = AppendAndWait(ingest.get(), "app", std::move(again)).value();
  EXPECT_EQ(ack.upto_seq, 3U);
  EXPECT_EQ(ack.already_stored, 2);
  ASSERT_EQ(ack.rejected.size(), 1U);
  EXPECT_EQ(ack.rejected[0].code, absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(ack.rejected[0].message, HasSubstr("higher one"));
}

TEST_F(IngestTest, WhatACyclePassedIsNamed) {
  auto ingest = Make();
  ASSERT_TRUE(AppendAndWait(ingest.get(), "app", ChatRun(5, 1)).ok());
  ReadEverything();
  const IngestAck ack = AppendAndWait(ingest.get(), "app", ChatRun(4, 1)).value();
  ASSERT_EQ(ack.rejected.size(), 1U);
  EXPECT_EQ(ack.rejected[0].code, absl::StatusCode::kFailedPrecondition);
}

TEST_F(IngestTest, Rule25_ASecondSessionEndsTheFirstWithAborted) {
  auto ingest = Make();
  Listener first, second;
  auto one = ingest->OpenSession("app", first.Callbacks()).value();
  auto two = ingest->OpenSession("app", second.Callbacks()).value();
  EXPECT_EQ(first.WaitForEnd().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Offer(one.get(), ChatRun(1, 1)), IngestOffer::kEnded);
  EXPECT_EQ(Offer(two.get(), ChatRun(1, 1)), IngestOffer::kTaken);
  second.WaitForUpto(1);
  one.reset();  // must not take the second's place away
  EXPECT_THAT(ingest->Status().connected_producers, ElementsAre("app"));
  EXPECT_THAT(first.acks(), IsEmpty());
}

TEST_F(IngestTest, AFullQueueTakesNothingAndLosesNothing) {
  auto ingest = Make(/*max_queued_chats=*/8);
  Listener listener;
  auto session = ingest->OpenSession("app", listener.Callbacks()).value();
  int waits = 0;
  for (std::uint64_t first = 1; first <= 400; first += 4) {
    IngestBatch batch = session->Prepare(ChatRun(first, 4));
    IngestOffer offer;
    while ((offer = session->Offer(&batch)) == IngestOffer::kWait) {
      EXPECT_EQ(batch.size(), 4U);
      EXPECT_LE(ingest->Status().queued_chats, 8);
      listener.WaitForRoom(++waits);
    }
    EXPECT_EQ(offer, IngestOffer::kTaken);
  }
  listener.WaitForUpto(400);
  EXPECT_EQ(store_->CountChats()->total, 400);
  // Larger than the queue: taken when it is empty.
  IngestBatch large = session->Prepare(ChatRun(401, 20));
  while (session->Offer(&large) == IngestOffer::kWait) listener.WaitForRoom(++waits);
  listener.WaitForUpto(420);
}

TEST_F(IngestTest, Rule27_ALowDiskStopsReadingAndSaysSo) {
  disk_.free_percent = 4;
  auto ingest = Make();
  Listener listener;
  auto session = ingest->OpenSession("app", listener.Callbacks()).value();
  EXPECT_TRUE(ingest->Status().is_disk_low);
  EXPECT_EQ(ingest->Status().disk_free_percent, 4);
  const absl::Status refused = AppendAndWait(ingest.get(), "other", ChatRun(1, 1)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("free some space"));
  // What comes before the committing thread has looked waits; what comes after is not read.
  std::uint64_t taken = 0;
  while (Offer(session.get(), ChatRun(taken + 1, 1)) == IngestOffer::kTaken) ++taken;
  EXPECT_THAT(listener.acks(), IsEmpty());
  while (log().empty()) std::this_thread::yield();  // it has looked
  EXPECT_EQ(store_->CountChats()->total, 0);
  disk_.free_percent = 60;
  listener.WaitForRoom(1);
  EXPECT_EQ(Offer(session.get(), ChatRun(taken + 1, 1)), IngestOffer::kTaken);
  listener.WaitForUpto(taken + 1);
  EXPECT_FALSE(ingest->Status().is_disk_low);
  ASSERT_EQ(log().size(), 2u);
  EXPECT_THAT(log()[0], HasSubstr("4 % free: chats are taken again from 5 %"));
  EXPECT_THAT(log()[1], HasSubstr("60 % free"));
}

TEST_F(IngestTest, AFailedCommitEndsTheSessionAndNothingIsAcknowledged) {
  max_pages_ = 64;
  Reopen();
  auto ingest = Make();
  Listener listener;
  auto session = ingest->OpenSession("app", listener.Callbacks()).value();
  std::vector<IncomingChat> chats;
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    chats.push_back(Incoming(seq, std::string(3000, 'a')));
  }
  ASSERT_EQ(Offer(session.get(), std::move(chats)), IngestOffer::kTaken);
  EXPECT_EQ(listener.WaitForEnd().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(listener.acks(), IsEmpty());
  EXPECT_FALSE(ingest->Status().last_error.ok());
  EXPECT_EQ(Offer(session.get(), ChatRun(1, 1)), IngestOffer::kEnded);
  // The next session goes on.
  Listener next;
  auto again = ingest->OpenSession("app", next.Callbacks()).value();
  Offer(again.get(), ChatRun(1, 1));
  next.WaitForUpto(1);
  EXPECT_TRUE(ingest->Status().last_error.ok());
}

TEST_F(IngestTest, CloseCommitsWhatIsQueuedThenEndsTheSessions) {
  auto ingest = Make();
  Listener listener;
  auto session = ingest->OpenSession("app", listener.Callbacks()).value();
  for (std::uint64_t seq = 1; seq <= 50; ++seq) Offer(session.get(), ChatRun(seq, 1));
  ingest->Close();
  EXPECT_EQ(listener.WaitForEnd().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(listener.acks().back().upto_seq, 50U);
  EXPECT_EQ(store_->CountChats()->total, 50);
  EXPECT_EQ(Offer(session.get(), ChatRun(51, 1)), IngestOffer::kEnded);
  EXPECT_EQ(ingest->OpenSession("b", {}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(AppendAndWait(ingest.get(), "app", ChatRun(51, 1)).status().code(),
            absl::StatusCode::kUnavailable);
  session.reset();
}

TEST_F(IngestTest, AppendRefusesBadNamesAndTooMany) {
  auto ingest = Make();
  EXPECT_EQ(AppendAndWait(ingest.get(), "a b", ChatRun(1, 1)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AppendAndWait(ingest.get(), "a", ChatRun(1, 10'001)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AppendAndWait(ingest.get(), "a", {})->stored, 0);
  EXPECT_EQ(AppendAndWait(ingest.get(), "a", ChatRun(1, 5'000))->stored, 5'000);
}

TEST_F(IngestTest, ASessionMayBeDestroyedInItsOwnCallback) {
  auto ingest = Make();
  Mutex mutex;
  CondVar changed;
  bool is_gone = false;
  std::unique_ptr<IngestSession> session;
  {
    MutexLock lock(&mutex);
    session = ingest
                  ->OpenSession("app", {.on_ack =
                                            [&](const IngestAck&) {
                                              MutexLock inner(&mutex);
                                              session.reset();
                                              is_gone = true;
                                              changed.SignalAll();
                                            }})
                  .value();
    Offer(session.get(), ChatRun(1, 1));
    while (!is_gone) changed.Wait(&mutex);
  }
  EXPECT_THAT(ingest->Status().connected_producers, IsEmpty());
}

// What it has queued is committed (guarantee 2), but whoever destroyed it hears of nothing.
TEST_F(IngestTest, ADestroyedSessionIsNotCalledWhileItsChatsAreCommitted) {
  auto ingest = Make();
  disk_.free_percent = 4;  // the committing thread takes nothing from the queue
  auto heard = std::make_unique<Listener>();
  auto session = ingest->OpenSession("app", heard->Callbacks()).value();
  ASSERT_EQ(Offer(session.get(), ChatRun(1, 3)), IngestOffer::kTaken);
  Listener waiting;
  auto other = ingest->OpenSession("other", waiting.Callbacks()).value();
  std::uint64_t taken = 0;
  while (Offer(other.get(), ChatRun(taken + 1, 1)) == IngestOffer::kTaken) ++taken;
  session.reset();
  EXPECT_THAT(heard->acks(), IsEmpty());
  heard.reset();  // a callback from now on would touch what is gone: ASan and TSan would say so
  disk_.free_percent = 60;
  waiting.WaitForRoom(1);
  ASSERT_EQ(AppendAndWait(ingest.get(), "third", ChatRun(1, 1))->stored, 1);
  EXPECT_EQ(store_->CountChats()->total, static_cast<std::int64_t>(3 + taken + 1));
}

TEST_F(IngestTest, ASessionDestroyedWhileItIsAcknowledgedWaitsForThatCallback) {
  auto ingest = Make();
  Mutex mutex;
  CondVar changed;
  bool is_called = false, may_return = false;
  std::atomic<bool> has_returned{false};
  auto session = ingest
                     ->OpenSession("app", {.on_ack =
                                               [&](const IngestAck&) {
                                                 MutexLock lock(&mutex);
                                                 is_called = true;
                                                 changed.SignalAll();
                                                 while (!may_return) changed.Wait(&mutex);
                                                 has_returned = true;
                                               }})
                     .value();
  Offer(session.get(), ChatRun(1, 1));
  {
    MutexLock lock(&mutex);
    while (!is_called) changed.Wait(&mutex);
  }
  std::thread destroyer([&] {
    session.reset();
    EXPECT_TRUE(has_returned);
  });
  // Ended first, under the mutex; only then it waits for the callback.
  while (!ingest->Status().connected_producers.empty()) std::this_thread::yield();
  {
    MutexLock lock(&mutex);
    may_return = true;
    changed.SignalAll();
  }
  destroyer.join();
}

// `done` may call back, whoever calls it: no lock of ours is held.
TEST_F(IngestTest, Rule27_DoneMayCallIngestAgainWhileTheDiskIsLow) {
  auto ingest = Make();
  disk_.free_percent = 4;
  int refused = 0;
  ingest->Append("app", ChatRun(1, 1), [&](const absl::StatusOr<IngestAck>& first) {
    EXPECT_EQ(first.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(ingest->Status().is_disk_low);
    ingest->Append("app", ChatRun(1, 1), [&](const absl::StatusOr<IngestAck>& second) {
      EXPECT_EQ(second.status().code(), absl::StatusCode::kResourceExhausted);
      ++refused;
    });
    ++refused;
  });
  EXPECT_EQ(refused, 2);  // at once, not when there is room
}

TEST_F(IngestTest, DoneMayCallIngestAgainWhenItIsAcknowledged) {
  auto ingest = Make();
  Mutex mutex;
  CondVar changed;
  int stored = 0;
  ingest->Append("app", ChatRun(1, 1), [&](const absl::StatusOr<IngestAck>& first) {
    EXPECT_TRUE(first.ok());
    ingest->Append("app", ChatRun(2, 1), [&](const absl::StatusOr<IngestAck>& second) {
      MutexLock lock(&mutex);
      stored = second.ok() ? 2 : -1;
      changed.SignalAll();
    });
  });
  MutexLock lock(&mutex);
  while (stored == 0) changed.Wait(&mutex);
  EXPECT_EQ(stored, 2);
}

// Run under ThreadSanitizer.
TEST_F(IngestTest, ManyProducersAtOnce) {
  auto ingest = Make(/*max_queued_chats=*/64);
  constexpr int kProducers = 4;
  constexpr std::uint64_t kChats = 300;
  std::vector<std::thread> producers;
  for (int i = 0; i < kProducers; ++i) {
    producers.emplace_back([&ingest, i] {
      Listener listener;
      auto session =
          ingest->OpenSession("producer-" + std::to_string(i), listener.Callbacks()).value();
      int waits = 0;
      for (std::uint64_t first = 1; first <= kChats; first += 10) {
        IngestBatch batch = session->Prepare(ChatRun(first, 10));
        while (session->Offer(&batch) == IngestOffer::kWait) listener.WaitForRoom(++waits);
      }
      listener.WaitForUpto(kChats);
      EXPECT_EQ(listener.stored(), static_cast<std::int64_t>(kChats));
    });
  }
  std::thread appender([&ingest] {
    for (std::uint64_t first = 1; first <= 100; first += 10) {
      EXPECT_EQ(AppendAndWait(ingest.get(), "appender", ChatRun(first, 10))->stored, 10);
    }
  });
  for (std::thread& producer : producers) producer.join();
  appender.join();
  EXPECT_EQ(store_->CountChats()->total, static_cast<std::int64_t>(kProducers * kChats + 100));
}

std::int64_t StoredOf(Store* store, const std::string& producer) {
  const auto producers = store->ListProducers().value();
  for (const Producer& candidate : producers) {
    if (candidate.name == producer) return candidate.unread;
  }
  return 0;
}

// However a producer cuts, repeats and breaks off its stream, each chat is stored once, and
// everything up to the last acknowledgement is there.
void CheckResending(Store* store, const std::string& producer) {
  Ingest ingest({.store = store, .data_dir = ".", .max_queued_chats = 16});
  const auto total = static_cast<std::uint64_t>(*rc::gen::inRange(1, 120));
  std::uint64_t acknowledged = 0;
  int rounds = 0;
  while (acknowledged < total) {
    Listener listener;
    auto session = ingest.OpenSession(producer, listener.Callbacks()).value();
    // The last round sends all that is left; others break off somewhere without waiting.
    const bool is_last = ++rounds > 4;
    const std::uint64_t stop =
        is_last ? total
                : acknowledged + *rc::gen::inRange<std::uint64_t>(0, total - acknowledged + 1);
    int waits = 0;
    for (std::uint64_t next = acknowledged + 1; next <= stop;) {
      const auto n = std::min(*rc::gen::inRange<std::uint64_t>(1, 12), stop - next + 1);
      IngestBatch batch = session->Prepare(ChatRun(next, n));
      while (session->Offer(&batch) == IngestOffer::kWait) listener.WaitForRoom(++waits);
      next += n;
    }
    if (is_last) listener.WaitForUpto(total);
    const auto acks = listener.acks();
    if (!acks.empty()) acknowledged = acks.back().upto_seq;
    RC_ASSERT(StoredOf(store, producer) >= static_cast<std::int64_t>(acknowledged));
  }
  ingest.Close();
  RC_ASSERT(StoredOf(store, producer) == static_cast<std::int64_t>(total));
}

TEST_F(IngestTest, ResendingFromTheLastAckStoresEachChatOnce) {
  int run = 0;
  EXPECT_TRUE(rc::check([&] { CheckResending(store_.get(), "p" + std::to_string(++run)); }));
}

}  // namespace
}  // namespace amooz
