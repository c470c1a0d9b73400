// A plugin in this process that calls exit() would end the process as if all were well.
#ifndef AMOOZ_SDK_HOST_EXIT_GUARD_H_
#define AMOOZ_SDK_HOST_EXIT_GUARD_H_

#include <string>

namespace amooz::host {

// While one lives, exit() and quick_exit() in its thread end the process with exit code 1 and a
// message that names the plugin. _exit(), and exit() in a thread of the plugin's own, cannot be
// caught.
class InsidePlugin {
 public:
  // `plugin`: its name or path; must outlive this.
  explicit InsidePlugin(const std::string& plugin);
  ~InsidePlugin();
  InsidePlugin(const InsidePlugin&) = delete;
  InsidePlugin& operator=(const InsidePlugin&) = delete;

 private:
  const char* const outer_;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_EXIT_GUARD_H_
