#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr int kUsualColumns = 80;

int TerminalColumns() {
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    if (const int n = std::atoi(columns); n > 0) return n;
  }
  winsize size = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kUsualColumns;
}

// https://no-color.org: any value but the empty one.
bool WantsColour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  return (no_colour == nullptr || *no_colour == '\0') &&
         (kind == nullptr || std::string_view(kind) != "dumb");
}

}  // namespace

Terminal Terminal::Standard() {
  Terminal terminal;
  terminal.in = &std::cin;
  terminal.out = &std::cout;
  terminal.err = &std::cerr;
  terminal.out_fd = STDOUT_FILENO;
  terminal.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  terminal.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  terminal.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  if (terminal.out_is_terminal || terminal.err_is_terminal) terminal.columns = TerminalColumns();
  terminal.has_colour = WantsColour();
  return terminal;
}

std::string Style::Wrap(std::string_view code, std::string_view text) const {
  if (!has_colour_) return std::string(text);
  return StrCat("\x1B[", code, "m", text, "\x1B[0m");
}

}  // namespace amooz::client
