// Where a command reads and writes, and what its terminal can do. Tests make their own.
#ifndef AMOOZ_CLIENT_CLI_TERMINAL_H_
#define AMOOZ_CLIENT_CLI_TERMINAL_H_

#include <istream>
#include <ostream>
#include <string>
#include <string_view>

namespace amooz::client {

struct Terminal {
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  int out_fd = -1;  // what `out` writes to; -1 where it is no file
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Of the terminal; 0 = no limit, because nothing here is one.
  int columns = 0;
  // A terminal that shows colours, and NO_COLOR is not set.
  bool has_colour = false;

  // The process's own. COLUMNS overrides the width.
  static Terminal Standard();
};

// Colours where the terminal has them; the text alone elsewhere.
class Style {
 public:
  explicit Style(bool has_colour) : has_colour_(has_colour) {}
  std::string Bold(std::string_view text) const { return Wrap("1", text); }
  std::string Dim(std::string_view text) const { return Wrap("2", text); }
  std::string Good(std::string_view text) const { return Wrap("32", text); }
  std::string Bad(std::string_view text) const { return Wrap("31", text); }
  std::string Note(std::string_view text) const { return Wrap("33", text); }

 private:
  std::string Wrap(std::string_view code, std::string_view text) const;
  bool has_colour_;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_TERMINAL_H_
