#include "client/cli/installation.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "client/cli/store_checks.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"
#include "sdk/base/json.h"

namespace amooz::client {
namespace {

constexpr int kProgramTimeoutMs = 10'000;
constexpr int kPluginTimeoutMs = 60'000;  // the first load of LibTorch from a slow disk
constexpr double kLowDiskPercent = 10;
constexpr const char* kPluginHost = "libexec/amooz-plugin-host";
constexpr const char* kReinstall =
    "Build and install again: cmake --build build/release && cmake --install build/release.";

// The last line that is not empty, without its program's name in front.
std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const auto start = text.rfind('\n');
  if (start != std::string::npos) text.erase(0, start + 1);
  for (const std::string_view name : {"amooz-plugin: ", "amoozd: "}) {
    if (text.starts_with(name)) text.erase(0, name.size());
  }
  return text;
}

std::string UserName(uid_t user) {
  std::array<char, 4096> buffer = {};
  passwd entry = {};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? StrCat("user ", user) : std::string(found->pw_name);
}

// "heuristic_scorer 1.0.0 (scorer)" for each plugin of `amooz-plugin describe --json`.
std::string DescribedPlugins(const std::string& out) {
  const auto json = nlohmann::json::parse(out, nullptr, false);
  std::string text;
  if (!json.is_array()) return text;
  for (const auto& plugin : json) {
    if (!plugin.is_object()) continue;
    StrAppend(&text, text.empty() ? "" : ", ", plugin.value("name", ""), " ",
              plugin.value("version", ""), " (", plugin.value("kind", ""), ")");
  }
  return text;
}

// In what amooz-plugin says of one that loads too slowly (sdk/host/open.cc).
constexpr std::string_view kDidNotEnd = "loading it did not end within";

std::string PluginRemedy(const std::string& error) {
  if (error.find("libtorch") != std::string::npos || error.find("libc10") != std::string::npos) {
    return "LibTorch is not where this plugin was built with it. Install it again with "
           "deploy/setup.sh, or build with AMOOZ_TORCH_DIR naming its folder.";
  }
  if (error.find("cannot open shared object") != std::string::npos) {
    return "A library that it needs is missing: install it, or build the plugin again.";
  }
  return "Build the plugin again for this Amooz, or take the file away.";
}

}  // namespace

bool Installation::HasServer() const {
  return env_->Exists(Path("bin/amoozd")) || env_->Exists(Path("bin/amooz-chat"));
}

Findings Installation::CheckPrograms(std::string_view version) const {
  if (!HasServer()) {
    return {Good("programs", "this client alone; no server is installed beside it")};
  }
  Findings findings;
  for (const char* program : {"bin/amoozd", "bin/amooz-chat", "bin/amooz-plugin", kPluginHost}) {
    if (::access(Path(program).c_str(), X_OK) != 0) {
      findings.push_back(
          Wrong("programs", StrCat(Path(program), ": ", std::strerror(errno)), kReinstall));
    }
  }
  for (const std::string program : {"amoozd", "amooz-chat"}) {
    const auto said = RunToEnd(spawner_, {Path("bin/" + program), "--version"}, kProgramTimeoutMs);
    if (!said.ok()) continue;  // told above
    const std::string found = LastLine(said->out);
    if (found == StrCat(program, " ", version)) continue;
    findings.push_back(Wrong(
        "programs", StrCat(Path("bin/" + program), " is \"", found, "\", this client is ", version),
        kReinstall));
  }
  if (findings.empty()) {
    findings.push_back(Good("programs", StrCat("all there and of version ", version)));
  }
  return findings;
}

Findings Installation::CheckPlugins() const {
  const std::string dir = Path("lib/amooz/plugins");
  const std::string tool = Path("bin/amooz-plugin");
  if (!HasServer() || !env_->Exists(tool)) return {};
  if (::access(Path(kPluginHost).c_str(), X_OK) != 0) {
    return {Note("plugin files", StrCat("cannot be loaded without ", Path(kPluginHost)), "")};
  }
  const auto names = env_->ListDir(dir);
  if (!names.ok()) {
    return {Wrong("plugin files", names.status().message(), kReinstall)};
  }
  Findings findings;
  std::string loaded;
  for (const std::string& name : *names) {
    if (!name.ends_with(".so")) continue;
    const auto said =
        RunToEnd(spawner_, {tool, "describe", JoinPath(dir, name), "--json"}, kPluginTimeoutMs);
    const bool is_loaded = said.ok() && said->exit.exit_code == 0;
    if (is_loaded) {
      StrAppend(&loaded, loaded.empty() ? "" : "\n", name, ": ", DescribedPlugins(said->out));
      continue;
    }
    const std::string error = said.ok() ? LastLine(said->err) : said.status().message();
    if (error.find(kDidNotEnd) != std::string::npos) {
      findings.push_back(Note("plugin file", StrCat(name, ": ", error),
                              "If the machine was busy, look again; else take the file away."));
      continue;
    }
    findings.push_back(Wrong("plugin file", StrCat(name, ": ", error), PluginRemedy(error)));
  }
  if (!loaded.empty()) findings.insert(findings.begin(), Good("plugin files", loaded));
  if (findings.empty()) {
    findings.push_back(Wrong("plugin files", StrCat("there is none in ", dir), kReinstall));
  }
  return findings;
}

Finding Installation::CheckConfig(const std::string& file, const std::string& data_dir) const {
  const std::string subject = "configuration";
  std::vector<std::string> command = {Path("bin/amoozd"), "--check-config"};
  if (!file.empty()) command.insert(command.end(), {"--config", file});
  if (!data_dir.empty()) command.insert(command.end(), {"--data-dir", data_dir});
  const auto said = RunToEnd(spawner_, command, kPluginTimeoutMs);
  if (!said.ok()) {
    return Note(subject, StrCat("could not be checked: ", said.status().message()), "");
  }
  if (said->exit.exit_code == 0) return Good(subject, file.empty() ? "defaults" : file);
  return Wrong(subject, StrCat(file.empty() ? "" : file + ": ", LastLine(said->err)),
               "Mend it; `amoozd --config FILE --check-config` says whether it is right.");
}

Findings Installation::CheckDataFolder(const std::string& dir, double min_free_percent) const {
  struct stat facts = {};
  if (::stat(dir.c_str(), &facts) != 0) {
    return {Wrong("data folder", StrCat(dir, ": ", std::strerror(errno)),
                  "Name the folder that amoozd was started with: --data-dir DIR.")};
  }
  if (!S_ISDIR(facts.st_mode)) {
    return {Wrong("data folder", StrCat(dir, " is not a folder"),
                  "Name the folder that amoozd was started with: --data-dir DIR.")};
  }
  if (Findings missing = CheckStoreIsThere(env_, dir); !missing.empty()) return missing;
  Findings findings;
  const uid_t user = ::geteuid();
  const bool is_ours = user == 0 || user == facts.st_uid;
  if (is_ours && ::access(dir.c_str(), R_OK | W_OK | X_OK) != 0) {
    const std::string why = std::strerror(errno);
    findings.push_back(Wrong("data folder", StrCat(dir, " cannot be written: ", why),
                             StrCat("Give ", UserName(facts.st_uid),
                                    " the right to read and write it, and mount it writable.")));
  }
  if ((facts.st_mode & (S_IWOTH | S_IWGRP)) != 0) {
    findings.push_back(Wrong("data folder", StrCat(dir, " can be changed by other users"),
                             StrCat("chmod go-w ", dir)));
  } else if ((facts.st_mode & (S_IROTH | S_IXOTH)) != 0) {
    findings.push_back(Note("data folder",
                            StrCat("every user of this machine can read the chats in ", dir),
                            StrCat("chmod go-rwx ", dir)));
  }
  const auto space = env_->GetDiskSpace(dir);
  if (!space.ok() || space->total_bytes == 0) {
    findings.push_back(Note("disk", "its room is not known", ""));
    return findings;
  }
  const double percent =
      100.0 * static_cast<double>(space->free_bytes) / static_cast<double>(space->total_bytes);
  const std::string room =
      StrCat(Bytes(space->free_bytes), " free (", Fixed(percent, 0), " %) for ", dir);
  const std::string remedy =
      StrCat("Make room: below ", Fixed(min_free_percent, 0),
             " % chats are no longer read (chat_log.min_free_disk_percent).");
  findings.push_back(percent < min_free_percent  ? Wrong("disk", room, remedy)
                     : percent < kLowDiskPercent ? Note("disk", room, remedy)
                                                 : Good("disk", room));
  return findings;
}

}  // namespace amooz::client
