// `amooz dataset show`: one version, and some of its rows.
#ifndef AMOOZ_CLIENT_CLI_DATASET_SHOW_H_
#define AMOOZ_CLIENT_CLI_DATASET_SHOW_H_

#include <CLI/CLI.hpp>
#include <limits>

namespace amooz::client {

// Versions are numbered from 1.
inline constexpr unsigned kLastVersion = std::numeric_limits<unsigned>::max();

class Cli;

void AddDatasetShow(CLI::App* dataset, Cli* cli);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_DATASET_SHOW_H_
