// gRPC and Protobuf write to standard error by themselves; here their lines join our log.
#ifndef AMOOZ_CORE_SERVER_LIBRARY_LOGS_H_
#define AMOOZ_CORE_SERVER_LIBRARY_LOGS_H_

namespace amooz::server {

// Call once, before the first use of either.
void SendLibraryLogsToOurs();

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_LIBRARY_LOGS_H_
