// What `amooz doctor` finds on this machine, without any server.
#ifndef AMOOZ_CLIENT_CLI_INSTALLATION_H_
#define AMOOZ_CLIENT_CLI_INSTALLATION_H_

#include <string>
#include <string_view>

#include "client/cli/finding.h"
#include "sdk/base/files.h"
#include "sdk/base/process.h"

namespace amooz::client {

// The tree that this program belongs to: bin/, libexec/, lib/amooz/plugins/.
class Installation {
 public:
  Installation(std::string prefix, Env* env, Spawner* spawner)
      : prefix_(std::move(prefix)), env_(env), spawner_(spawner) {}

  // The servers beside this client, and whether they are of its `version`. A client alone is fine.
  Findings CheckPrograms(std::string_view version) const;
  // Each plugin file, loaded once in a child process: a missing library (LibTorch) shows here. A
  // missing amooz-plugin-host is CheckPrograms's to say.
  Findings CheckPlugins() const;
  // The configuration and its plugins, as amoozd reads them. `file` may be empty.
  Finding CheckConfig(const std::string& file, const std::string& data_dir) const;
  // What it is, rights and room. Reading of chats stops below min_free_percent.
  Findings CheckDataFolder(const std::string& dir, double min_free_percent) const;

 private:
  bool HasServer() const;
  std::string Path(std::string_view relative) const { return JoinPath(prefix_, relative); }

  const std::string prefix_;
  Env* const env_;
  Spawner* const spawner_;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_INSTALLATION_H_
