// `amooz dataset show`: one version, and some of its rows.
#ifndef AMOOZ_CLIENT_CLI_DATASET_SHOW_H_
#define AMOOZ_CLIENT_CLI_DATASET_SHOW_H_

#include <CLI/CLI.hpp>

namespace amooz::client {

class Cli;

void AddDatasetShow(CLI::App* dataset, Cli* cli);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_DATASET_SHOW_H_
