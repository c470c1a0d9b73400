#include "sdk/host/library.h"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <boost/dll/shared_library_load_mode.hpp>
#include <map>
#include <memory>

#include "sdk/base/files.h"
#include "sdk/base/mutex.h"
#include "sdk/base/sha256.h"
#include "sdk/host/descriptor.h"
#include "sdk/host/elf.h"
#include "sdk/host/naming.h"

namespace amooz::host {
namespace {

namespace dll = boost::dll;

struct Loaded {
  dll::shared_library handle;
  Library library;
};

// Never destroyed: boost::dll::shared_library unloads in its destructor, and nothing of ours is
// ever unloaded.
struct Registry {
  Mutex mutex;
  std::map<std::string, std::unique_ptr<Loaded>> by_sha256 AMOOZ_GUARDED_BY(mutex);
  // Libraries that turned out to be no plugins: they may have started threads.
  std::vector<std::unique_ptr<Loaded>> refused AMOOZ_GUARDED_BY(mutex);
};

Registry& TheRegistry() {
  static Registry* const registry = new Registry;
  return *registry;
}

Status Refuse(const std::string& path, const std::string& why) {
  return Status(Code::kFailedPrecondition, path + " " + why);
}

// What dlopen said, without Boost's words around it (which end in whatever errno was at the time).
std::string LoaderMessage(const std::string& what) {
  constexpr std::string_view kBefore = "(dlerror system message: ";
  const std::size_t begin = what.find(kBefore);
  const std::size_t end = what.rfind("): ");
  if (begin == std::string::npos || end == std::string::npos || end <= begin) return what;
  return what.substr(begin + kBefore.size(), end - begin - kBefore.size());
}

Result<std::unique_ptr<Loaded>> Map(const std::string& path) {
  auto loaded = std::make_unique<Loaded>();
  try {
    loaded->handle.load(std::filesystem::path(path),
                        dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  } catch (const std::exception& error) {
    return Refuse(path, "cannot be loaded: " + LoaderMessage(error.what()));
  }
  return loaded;
}

// Calls the entry function and checks what it gave.
Status ReadTables(const std::string& path, Loaded* loaded) {
  if (!loaded->handle.has(AMOOZ_ENTRY_SYMBOL)) {
    return Refuse(path, "is not an Amooz plugin of ABI 1 (no symbol " AMOOZ_ENTRY_SYMBOL ")");
  }
  const auto entry =
      loaded->handle.get<const amooz_plugin_set*(const amooz_probe*)>(AMOOZ_ENTRY_SYMBOL);
  const amooz_probe probe{sizeof(amooz_probe), AMOOZ_ABI_MAJOR, AMOOZ_ABI_MINOR};
  loaded->library.set = entry(&probe);
  Result<std::vector<Descriptor>> descriptors = ReadDescriptors(loaded->library.set);
  if (!descriptors.ok()) return AtPath(path, descriptors.status());
  loaded->library.descriptors = *std::move(descriptors);
  return Status::Ok();
}

}  // namespace

Result<const Library*> LoadLibrary(const std::string& path, const std::string& expected_sha256) {
  if (path.empty() || path[0] != '/') {
    return Status(Code::kInvalidArgument, "plugin path '" + path + "' is not absolute");
  }
  Registry& registry = TheRegistry();
  const MutexLock lock(&registry.mutex);
  AMOOZ_ASSIGN_OR_RETURN(const std::string image, Env::Default()->ReadFile(path));
  const std::string sha256 = ToHex(Sha256Of(image));
  if (!expected_sha256.empty() && sha256 != expected_sha256) {
    return Refuse(path, "has SHA-256 " + sha256 + ", expected " + expected_sha256 +
                            "; the file was changed since it was chosen");
  }
  if (const auto found = registry.by_sha256.find(sha256); found != registry.by_sha256.end()) {
    return &found->second->library;
  }
  Result<std::vector<std::string>> needed = ElfNeeded(image);
  if (!needed.ok()) return Refuse(path, needed.status().message());
  AMOOZ_ASSIGN_OR_RETURN(std::unique_ptr<Loaded> loaded, Map(path));
  if (const Status status = ReadTables(path, loaded.get()); !status.ok()) {
    registry.refused.push_back(std::move(loaded));
    return status;
  }
  for (Descriptor& descriptor : loaded->library.descriptors) {
    descriptor.path = path;
    descriptor.sha256 = sha256;
    descriptor.needed = *needed;
  }
  return &registry.by_sha256.emplace(sha256, std::move(loaded)).first->second->library;
}

}  // namespace amooz::host
