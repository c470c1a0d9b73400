// Any sequence of appends, failed appends, acknowledgements and crashes keeps every chat that is
// not acknowledged exactly once and in order.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <fstream>
#include <string>
#include <utility>

#include "client/chat_service/spool.h"
#include "client/chat_service/testing/faulty_env.h"
#include "client/chat_service/testing/temp_dir.h"

namespace amooz::chat {
namespace {

enum class Step { kAppend, kAppendOnFullDisk, kAcknowledge, kReadSome, kCrash, kCrashInAppend };

std::unique_ptr<Spool> Reopen(const std::string& dir, Env* env) {
  auto spool = Spool::Open({.dir = dir, .limit_bytes = 20'000, .segment_bytes = 700, .env = env});
  RC_ASSERT(spool.ok());
  return std::move(*spool);
}

void TearTail(const std::string& dir, const std::string& garbage) {
  const auto names = Env::Default()->ListDir(dir);
  RC_ASSERT(names.ok());
  std::string last;
  for (const std::string& name : *names) {
    if (name.ends_with(".seg")) last = name;
  }
  if (!last.empty())
    std::ofstream(JoinPath(dir, last), std::ios::app | std::ios::binary) << garbage;
}

TEST(SpoolPropertyTest, EveryUnacknowledgedChatIsReadOnceInOrder) {
  const bool holds = rc::check([] {
    TempDir dir;
    FaultyEnv env;
    auto spool = Reopen(dir.path(), &env);
    std::deque<std::pair<std::uint64_t, std::string>> model;
    std::uint64_t last_seq = 0;
    const auto steps = *rc::gen::container<std::vector<Step>>(
        rc::gen::weightedElement<Step>({{8, Step::kAppend},
                                        {1, Step::kAppendOnFullDisk},
                                        {3, Step::kAcknowledge},
                                        {2, Step::kReadSome},
                                        {1, Step::kCrash},
                                        {1, Step::kCrashInAppend}}));
    for (const Step step : steps) {
      switch (step) {
        case Step::kAppend: {
          const std::string bytes(*rc::gen::inRange<std::size_t>(0, 900), 'b');
          const auto seq = spool->Append(bytes);
          if (!seq.ok()) {
            RC_ASSERT(seq.status().code() == Code::kResourceExhausted);
            break;
          }
          RC_ASSERT(*seq > last_seq);
          last_seq = *seq;
          model.emplace_back(*seq, bytes);
          break;
        }
        case Step::kAppendOnFullDisk:
          env.FailAppendsAfterBytes(*rc::gen::inRange(0, 120));
          RC_ASSERT(!spool->Append(std::string(200, 'f')).ok());
          env.Heal();
          break;
        case Step::kAcknowledge: {
          if (model.empty()) break;
          const auto n = *rc::gen::inRange<std::size_t>(1, model.size() + 1);
          RC_ASSERT(spool->Acknowledge(model[n - 1].first).ok());
          model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(n));
          break;
        }
        case Step::kReadSome:
          RC_ASSERT(spool->Read(*rc::gen::inRange<std::uint64_t>(0, last_seq + 2), 3, 1000).ok());
          break;
        case Step::kCrashInAppend:
          spool.reset();
          TearTail(dir.path(), *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
          spool = Reopen(dir.path(), &env);
          break;
        case Step::kCrash:
          spool.reset();
          spool = Reopen(dir.path(), &env);
          break;
      }
      const auto chats = spool->Read(0, 1'000'000, 1u << 30);
      RC_ASSERT(chats.ok());
      RC_ASSERT(chats->size() == model.size());
      for (std::size_t i = 0; i < model.size(); ++i) {
        RC_ASSERT((*chats)[i].seq == model[i].first);
        RC_ASSERT((*chats)[i].bytes == model[i].second);
      }
      RC_ASSERT(spool->GetStats().waiting_chats == model.size());
      RC_ASSERT(spool->GetStats().bytes <= 20'000u);
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace amooz::chat
