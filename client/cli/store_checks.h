// What `amooz doctor` sees in the data folder of an amoozd that does not answer: what will keep it
// from starting, or make it start without what was there.
#ifndef AMOOZ_CLIENT_CLI_STORE_CHECKS_H_
#define AMOOZ_CLIENT_CLI_STORE_CHECKS_H_

#include <string>

#include "client/cli/finding.h"
#include "sdk/base/files.h"

namespace amooz::client {

// What to say where `data_dir` holds no amooz.db; nothing where it does.
Findings CheckStoreIsThere(Env* env, const std::string& data_dir);

// The header and the length of amooz.db, which is not opened: a good one may still be damaged
// further in. While a write-ahead log lies beside it, that has the truth of all but the first
// bytes, and no more is said. Nothing where there is no file.
Findings CheckStore(Env* env, const std::string& data_dir);

// Every file of every model under artifacts/. Which model is in service is not known without the
// server. Nothing where there is no model.
Findings CheckModelFiles(Env* env, const std::string& data_dir);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_STORE_CHECKS_H_
