// Chats and examples out of a file, to the letter of docs/rules.md rule 26. Texts are kept byte
// for byte; nothing is trimmed, nothing normalised.
//
// A record is one of
//   {"instruction": "...", "response": "..."}
//   {"messages": [{"role": "user", "content": "..."}, ...]}                     (OpenAI's)
// and may have "context" (turns of {"role", "text"}; not beside "messages") and "source". A chat
// may also have "id", "timestamp" (RFC 3339, or Python's isoformat(); no zone = UTC), "subject" and
// "response_author" (human, model or unknown). Other keys are ignored.
#ifndef AMOOZ_CLIENT_LIB_IMPORT_FILE_H_
#define AMOOZ_CLIENT_LIB_IMPORT_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "amooz/v1/chat_log.pb.h"
#include "amooz/v1/dataset.pb.h"

namespace amooz::client {

struct BadRecord {
  std::uint64_t number = 0;
  std::string reason;
};

struct FileFacts {
  std::string digest;  // hex SHA-256 of the bytes
  bool is_array = false;
  std::vector<BadRecord> bad;
};

struct ChatFile {
  FileFacts facts;
  // The producer's name: "file:" and the digest.
  std::string producer;
  struct Entry {
    v1::SequencedChat chat;  // seq is the record's number
    // No timestamp in the record or before it: it got the import's start.
    bool has_import_time = false;
  };
  std::vector<Entry> chats;  // in the file's order
};

struct ExampleFile {
  FileFacts facts;
  std::vector<v1::ImportedExample> examples;  // in the file's order; line = the record's number
};

// Fail only if the file as a whole cannot be read (an array that is not closed, gzip, UTF-16); bad
// records are listed. A chat without a timestamp takes that of the good chat before it, the first
// ones `start_us`. `max_bytes`: of a record's texts together, as the server counts them; 0: no
// limit.
absl::StatusOr<ChatFile> ReadChats(std::string_view bytes, std::int64_t start_us,
                                   std::uint64_t max_bytes = 0);
absl::StatusOr<ExampleFile> ReadExamples(std::string_view bytes, std::uint64_t max_bytes = 0);

// "line 3: is not JSON ..." a line each, the first 20, then the numbers of the others. No newline
// at the end.
std::string DescribeBadRecords(const FileFacts& facts);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_IMPORT_FILE_H_
