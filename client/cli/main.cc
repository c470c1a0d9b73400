#include <string>
#include <vector>

#include "client/cli/cli.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return amooz::client::Cli(amooz::client::Terminal::Standard()).Run(arguments);
}
