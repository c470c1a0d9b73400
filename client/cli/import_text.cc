#include "client/cli/import_text.h"

#include "amooz/v1/server.grpc.pb.h"
#include "client/cli/input_output.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

std::string CountedBad(const FileFacts& facts) {
  return Counted(static_cast<std::int64_t>(facts.bad.size()), "bad record");
}

}  // namespace

absl::StatusOr<v1::Config> ServerConfig(const Cli& cli) {
  v1::GetConfigResponse reply;
  AMOOZ_RETURN_IF_ERROR(cli.Call<v1::ServerService>(&v1::ServerService::Stub::GetConfig,
                                                    v1::GetConfigRequest(), &reply));
  return reply.config();
}

absl::Status RefuseBadRecords(const std::string& path, const FileFacts& facts) {
  return absl::DataLossError(
      StrCat(BaseName(path), " has ", CountedBad(facts),
             ", so nothing was imported. Mend the file, or leave them out with --skip-bad.\n",
             DescribeBadRecords(facts)));
}

std::string SkippedText(const FileFacts& facts) {
  if (facts.bad.empty()) return "";
  return StrCat(CountedBad(facts), " skipped:\n", DescribeBadRecords(facts), "\n");
}

}  // namespace amooz::client
