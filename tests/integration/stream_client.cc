// Streams the chats of a JSONL file to a server as one producer and writes down what was
// acknowledged, as it arrives:
//
//   stream_client ADDRESS PRODUCER FILE [BATCH] [FIRST_SEQ]
//
// Prints "upto N" for each acknowledgement and "rejected SEQ CODE" for each rejection, flushed at
// once, so that a test that kills the server knows what it had promised. Ends with 0 when all is
// acknowledged, 1 when the stream broke.
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "amooz/v1/chat_log.grpc.pb.h"

namespace {

using amooz::v1::SequencedChat;
using amooz::v1::StreamChatsRequest;
using amooz::v1::StreamChatsResponse;

std::vector<SequencedChat> ReadChats(const std::string& path, std::uint64_t first_seq) {
  std::vector<SequencedChat> chats;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    SequencedChat& chat = chats.emplace_back();
    chat.set_seq(first_seq + chats.size() - 1);
    chat.mutable_chat()->set_instruction(row.at("instruction").get<std::string>());
    chat.mutable_chat()->set_response(row.at("response").get<std::string>());
    chat.mutable_chat()->set_id(row.value("id", std::string()));
    // A time of its own, so that the same chat sent again is the same content.
    chat.mutable_chat()->mutable_time()->set_seconds(
        static_cast<std::int64_t>(1'700'000'000 + chat.seq()));
  }
  return chats;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: stream_client ADDRESS PRODUCER FILE [BATCH] [FIRST_SEQ]\n";
    return 2;
  }
  const std::size_t batch = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 16;
  const std::uint64_t first_seq = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 1;
  const std::vector<SequencedChat> chats = ReadChats(argv[3], first_seq);

  const auto stub = amooz::v1::ChatLogService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->StreamChats(&context);
  std::uint64_t upto = 0;
  std::thread reader([&] {
    for (StreamChatsResponse response; stream->Read(&response);) {
      upto = response.upto_seq();
      for (const auto& rejected : response.rejected()) {
        std::cout << "rejected " << rejected.seq() << ' ' << rejected.code() << '\n';
      }
      std::cout << "upto " << upto << std::endl;
    }
  });
  for (std::size_t i = 0; i < chats.size(); i += batch) {
    StreamChatsRequest request;
    request.set_producer(argv[2]);
    for (std::size_t j = i; j < std::min(i + batch, chats.size()); ++j)
      *request.add_chats() = chats[j];
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) {
    std::cerr << "stream ended: " << status.error_code() << ' ' << status.error_message() << '\n';
    return 1;
  }
  return upto == first_seq + chats.size() - 1 ? 0 : 1;
}
