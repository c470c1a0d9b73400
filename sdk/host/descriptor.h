// Descriptors: read from a plugin's static tables with suspicion, and to and from JSON.
#ifndef AMOOZ_SDK_HOST_DESCRIPTOR_H_
#define AMOOZ_SDK_HOST_DESCRIPTOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "amooz/sdk/abi.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// Checks struct sizes, kind, name, versions, the schema and the kind's required slots, then copies
// what the plugin says of itself. path, sha256 and needed are left empty. FAILED_PRECONDITION says
// what is wrong and where.
Result<Descriptor> ReadDescriptor(const amooz_plugin* plugin);
// All plugins of a set; two of one kind and name are refused.
Result<std::vector<Descriptor>> ReadDescriptors(const amooz_plugin_set* set);

// What DescriptorsToJson wrote.
Result<std::vector<Descriptor>> DescriptorsFromJson(std::string_view text);

// The plugin of `kind` and `name` ("" = the only one of that kind). NOT_FOUND names what there is.
Result<std::size_t> FindDescriptor(const std::vector<Descriptor>& descriptors, Kind kind,
                                   const std::string& name);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_DESCRIPTOR_H_
