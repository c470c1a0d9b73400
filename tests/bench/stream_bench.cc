// A producer that streams chats with a bounded number unacknowledged, and how long that takes. The
// same client measures amoozd and any other server of ChatLogService.StreamChats:
//
//   stream_bench ADDRESS CHATS.jsonl COUNT BATCH IN_FLIGHT
//
// Sends COUNT chats (the file's, again and again), BATCH a request, and waits while more than
// IN_FLIGHT chats are unacknowledged. Requests that need not wait for each other go out together
// (gRPC's buffer hint). Prints {"seconds", "cpu_seconds" (the client's), "count",
// "upto", "rejected", "latency_us"}; the last is of each request, from before its sending until the
// acknowledgement of its last chat has been read, if IN_FLIGHT is BATCH.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "tests/bench/stopwatch.h"

namespace amooz::bench {
namespace {

using v1::StreamChatsRequest;
using v1::StreamChatsResponse;
using Clock = std::chrono::steady_clock;

std::vector<StreamChatsRequest> MakeRequests(const std::string& path, std::uint64_t count,
                                             std::uint64_t batch) {
  std::vector<v1::Chat> chats;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    v1::Chat& chat = chats.emplace_back();
    chat.set_instruction(row.at("instruction").get<std::string>());
    chat.set_response(row.at("response").get<std::string>());
  }
  std::vector<StreamChatsRequest> requests;
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    if ((seq - 1) % batch == 0) requests.emplace_back().set_producer("bench");
    v1::SequencedChat* chat = requests.back().add_chats();
    chat->set_seq(seq);
    *chat->mutable_chat() = chats[seq % chats.size()];
    chat->mutable_chat()->mutable_time()->set_seconds(
        static_cast<std::int64_t>(1'700'000'000 + seq));
  }
  return requests;
}

// What the server has acknowledged so far.
class Acknowledged {
 public:
  void Set(std::uint64_t upto) {
    const std::lock_guard lock(mutex_);
    upto_ = upto;
    last_ = Clock::now();
    changed_.notify_one();
  }
  void End() {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    changed_.notify_one();
  }
  // False if the stream ended before.
  bool Await(std::uint64_t upto) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return upto_ >= upto || has_ended_; });
    return upto_ >= upto;
  }
  std::uint64_t upto() {
    const std::lock_guard lock(mutex_);
    return upto_;
  }
  Clock::time_point last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t upto_ = 0;
  Clock::time_point last_;
  bool has_ended_ = false;
};

int Run(char** argv) {
  const std::uint64_t count = std::stoull(argv[3]), batch = std::stoull(argv[4]),
                      in_flight = std::stoull(argv[5]);
  const auto requests = MakeRequests(argv[2], count, batch);
  const auto stub =
      v1::ChatLogService::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  const auto stream = stub->StreamChats(&context);
  Acknowledged acknowledged;
  std::uint64_t rejected = 0;
  std::vector<double> latency_us;

  const Stopwatch watch;
  std::thread reader([&] {
    for (StreamChatsResponse response; stream->Read(&response);) {
      rejected += static_cast<std::uint64_t>(response.rejected_size());
      acknowledged.Set(response.upto_seq());
    }
    acknowledged.End();
  });
  std::uint64_t sent = 0;
  for (const StreamChatsRequest& request : requests) {
    const std::uint64_t next = sent + static_cast<std::uint64_t>(request.chats_size());
    if (next > in_flight && !acknowledged.Await(next - in_flight)) break;
    const Clock::time_point start = Clock::now();
    grpc::WriteOptions options;
    if (next + batch <= acknowledged.upto() + in_flight) options.set_buffer_hint();
    if (!stream->Write(request, options)) break;
    sent = next;
    if (in_flight == batch) {
      if (!acknowledged.Await(sent)) break;
      latency_us.push_back(
          std::chrono::duration<double, std::micro>(acknowledged.last() - start).count());
    }
  }
  stream->WritesDone();
  const bool is_whole = acknowledged.Await(count);
  nlohmann::json report = watch.ToJson();
  reader.join();
  const grpc::Status status = stream->Finish();
  if (!is_whole || !status.ok()) {
    std::cerr << "the stream ended at " << acknowledged.upto() << " of " << count << ": "
              << status.error_message() << "\n";
    return 1;
  }
  report["count"] = sent;
  report["upto"] = acknowledged.upto();
  report["rejected"] = rejected;
  report["latency_us"] = latency_us;
  std::cout << report.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace amooz::bench

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: stream_bench ADDRESS CHATS.jsonl COUNT BATCH IN_FLIGHT\n";
    return 2;
  }
  return amooz::bench::Run(argv);
}
