#include "client/cli/cycle_id.h"

#include <charconv>

#include "amooz/v1/cycle.grpc.pb.h"
#include "client/cli/display_width.h"
#include "client/lib/str_cat.h"

namespace amooz::client {

absl::StatusOr<std::uint32_t> ResolveCycleId(const Cli& cli, const std::string& name) {
  if (name == "last") {
    v1::ListCyclesRequest request;
    request.set_page_size(1);
    v1::ListCyclesResponse reply;
    AMOOZ_RETURN_IF_ERROR(
        cli.Call<v1::CycleService>(&v1::CycleService::Stub::ListCycles, request, &reply));
    if (reply.cycles_size() > 0) return reply.cycles(0).id();
    return absl::NotFoundError("there is no cycle yet; `amooz cycle start` starts one");
  }
  std::uint32_t id = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, id);
  if (error == std::errc() && stop == end && id > 0) return id;
  return absl::InvalidArgumentError(
      StrCat("\"", PrintableLine(name), "\" is no cycle: give its number, or last"));
}

}  // namespace amooz::client
