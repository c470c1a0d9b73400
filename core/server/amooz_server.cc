#include "core/server/amooz_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/cycle/cycle_manager.h"
#include "core/cycle/dataset_manager.h"
#include "core/ingest/ingest.h"
#include "core/model/artifact_store.h"
#include "core/model/model_manager.h"
#include "core/plugin/plugin_catalog.h"
#include "core/server/chat_log_service.h"
#include "core/server/cycle_service.h"
#include "core/server/dataset_service.h"
#include "core/server/grpc_server.h"
#include "core/server/model_service.h"
#include "core/server/open_streams.h"
#include "core/server/plugin_service.h"
#include "core/server/server_service.h"
#include "core/server/version.h"
#include "core/store/store.h"
#include "sdk/base/clock.h"
#include "sdk/base/data_folder.h"
#include "sdk/base/executor.h"
#include "sdk/base/files.h"
#include "sdk/base/listen_address.h"

namespace amooz::server {
namespace {

// Blocking calls at once; more wait. They wait for the disk and for children, not for the CPU.
constexpr std::size_t kWorkers = 8;
constexpr std::size_t kMaxWaitingCalls = 1024;
// What calls under way get to end in a shutdown.
constexpr std::chrono::milliseconds kGrace = std::chrono::seconds(2);
// A request may hold one chat of the largest size and its envelope, and a batch of usual ones.
constexpr int kMinRequestBytes = 16 << 20;
constexpr int kEnvelopeBytes = 1 << 20;

void Log(std::int32_t level, std::string_view line) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn, spdlog::level::err};
  spdlog::log(kLevels[std::clamp(level, 0, 3)], "{}", line);
}

void LogFault(const Status& error) {
  spdlog::error("a task of the server failed: {}", error.ToString());
}

std::string PluginDirectory(const v1::Config& config) {
  const std::string& directory = config.plugins().directory();
  return directory.rfind('/', 0) == 0 ? directory : JoinPath(ExecutableDir(), directory);
}

IngestFacts FactsOf(const IngestStatus& status) {
  return {.connected_producers = status.connected_producers,
          .queued_chats = static_cast<std::uint32_t>(status.queued_chats),
          .disk_free_percent = status.disk_free_percent,
          .is_disk_low = status.is_disk_low,
          .last_error = std::string(status.last_error.message())};
}

// A new store where an older one must have been: nobody should find that out by himself.
void WarnOfMissingStore(const std::string& data_dir) {
  Env* const env = Env::Default();
  const std::string path = JoinPath(data_dir, kStoreName);
  const bool is_missing = !env->Exists(path);
  const auto size_bytes = env->FileSize(path);
  const bool is_empty = size_bytes.ok() && *size_bytes == 0;
  if (!is_missing && !is_empty) return;
  const auto models = ArtifactStore(data_dir, env).List();
  if (!models.ok() || models->empty()) return;
  spdlog::warn(
      "{} is {} in {}, where artifacts/ holds the files of {} model(s): a new store begins, without "
      "chats, dataset and active model. If that is not meant, stop amoozd and put {} back from a "
      "backup",
      kStoreName, is_missing ? "missing" : "empty", data_dir, models->size(), kStoreName);
}

}  // namespace

// Members are in the order in which they depend on each other: they go in the reverse one.
class AmoozServer::Impl {
 public:
  explicit Impl(AmoozServerOptions options)
      : options_(std::move(options)), plugins_(PluginDirectory(config()), config()) {}
  ~Impl() { Stop(); }

  absl::Status Start();
  void Stop();
  const std::string& address() const { return grpc_->address(); }

 private:
  const v1::Config& config() const { return options_.config; }
  std::string AddressFile() const { return JoinPath(config().data_dir(), "amoozd.address"); }
  absl::Status OpenData();
  absl::Status StartServing(const ListenAddress& address);

  const AmoozServerOptions options_;
  PluginCatalog plugins_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ArtifactStore> artifacts_;
  std::unique_ptr<ModelManager> models_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<DatasetManager> datasets_;
  std::unique_ptr<CycleManager> cycles_;

  std::unique_ptr<OpenStreams> streams_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<ChatLogService> chat_log_service_;
  std::unique_ptr<CycleService> cycle_service_;
  std::unique_ptr<DatasetService> dataset_service_;
  std::unique_ptr<ModelService> model_service_;
  std::unique_ptr<PluginService> plugin_service_;
  std::unique_ptr<ServerService> server_service_;
  std::unique_ptr<GrpcServer> grpc_;
  bool is_serving_ = false;
};

absl::Status AmoozServer::Impl::Start() {
  // Whether others may reach it was settled when the configuration was read.
  ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(config().listen()));
  RETURN_IF_ERROR(CheckCanListen(address));
  RETURN_IF_ERROR(plugins_.ResolveAll(config()).status());
  RETURN_IF_ERROR(OpenData());
  return StartServing(address);
}

absl::Status AmoozServer::Impl::OpenData() {
  WarnOfMissingStore(config().data_dir());
  ASSIGN_OR_RETURN(store_, OpenSqliteStore({.data_dir = config().data_dir(),
                                            .split_key = config().cycle().split_key()}));
  // Whoever waits for the file must not find the one of an earlier run.
  if (Env::Default()->Exists(AddressFile())) {
    RETURN_IF_ERROR(Env::Default()->RemoveFile(AddressFile()));
  }
  artifacts_ = std::make_unique<ArtifactStore>(config().data_dir(), Env::Default());
  models_ = std::make_unique<ModelManager>(store_.get(), artifacts_.get());
  const v1::ChatLogConfig& chat_log = config().chat_log();
  ingest_ = std::make_unique<Ingest>(
      IngestOptions{.store = store_.get(),
                    .data_dir = config().data_dir(),
                    .max_chat_bytes = chat_log.max_chat_bytes(),
                    .max_queued_chats = chat_log.max_queued_chats(),
                    .min_free_disk_percent = chat_log.min_free_disk_percent(),
                    .log = Log});
  datasets_ = std::make_unique<DatasetManager>(store_.get(), config());
  CycleManagerOptions cycles;
  cycles.store = store_.get();
  cycles.models = models_.get();
  cycles.artifacts = artifacts_.get();
  cycles.plugins = &plugins_;
  cycles.config = config();
  cycles.ingest_cpu_seconds = [this] { return ingest_->CpuSeconds(); };
  cycles.log = Log;
  cycles_ = std::make_unique<CycleManager>(std::move(cycles));
  return absl::OkStatus();
}

absl::Status AmoozServer::Impl::StartServing(const ListenAddress& address) {
  streams_ = std::make_unique<OpenStreams>(options_.stall_limit);
  executor_ = std::make_unique<Executor>(kWorkers, kMaxWaitingCalls, LogFault);
  const Calls calls{.executor = executor_.get(), .streams = streams_.get()};
  const ServerFacts facts{.version = kVersion,
                          .started_us = Clock::System()->NowMicros(),
                          .config = config(),
                          .config_source = options_.config_source};
  chat_log_service_ = std::make_unique<ChatLogService>(calls, ingest_.get(), store_.get());
  cycle_service_ = std::make_unique<CycleService>(calls, cycles_.get());
  dataset_service_ = std::make_unique<DatasetService>(calls, datasets_.get(), store_.get());
  model_service_ = std::make_unique<ModelService>(calls, models_.get(), config().serving());
  plugin_service_ = std::make_unique<PluginService>(calls, &plugins_);
  server_service_ = std::make_unique<ServerService>(calls, facts, cycles_.get(),
                                                    [this] { return FactsOf(ingest_->Status()); });

  GrpcServerOptions grpc{.listen = address};
  grpc.max_request_bytes = std::max(
      kMinRequestBytes, static_cast<int>(config().chat_log().max_chat_bytes()) + kEnvelopeBytes);
  ASSIGN_OR_RETURN(grpc_,
                   GrpcServer::Start(grpc, {{ChatLogService::Name(), chat_log_service_.get()},
                                            {CycleService::Name(), cycle_service_.get()},
                                            {DatasetService::Name(), dataset_service_.get()},
                                            {ModelService::Name(), model_service_.get()},
                                            {PluginService::Name(), plugin_service_.get()},
                                            {ServerService::Name(), server_service_.get()}}));
  RETURN_IF_ERROR(cycles_->Open());
  is_serving_ = true;
  grpc_->SetServing(true);
  RETURN_IF_ERROR(WriteFileAtomically(Env::Default(), AddressFile(), grpc_->address() + "\n"));
  spdlog::info("amoozd {} serves on {}, data in {}", kVersion, grpc_->address(),
               config().data_dir());
  return absl::OkStatus();
}

void AmoozServer::Impl::Stop() {
  if (std::exchange(is_serving_, false)) {
    const Status removed = Env::Default()->RemoveFile(AddressFile());
    if (!removed.ok()) spdlog::warn("{}", removed.message());
  }
  if (streams_ != nullptr) {
    streams_->EndAll(absl::UnavailableError("the server is shutting down; try again later"));
  }
  // No new calls from here on, while those under way end with what they wait for.
  std::thread closing([this] {
    if (grpc_ != nullptr) grpc_->Shutdown(kGrace);
  });
  if (ingest_ != nullptr) ingest_->Close();
  if (cycles_ != nullptr) cycles_->Close();
  closing.join();
  if (executor_ != nullptr) executor_->Stop();
}

AmoozServer::AmoozServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AmoozServer::~AmoozServer() = default;

absl::StatusOr<std::unique_ptr<AmoozServer>> AmoozServer::Start(AmoozServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<AmoozServer>(new AmoozServer(std::move(impl)));
}

absl::Status AmoozServer::CheckPlugins(const v1::Config& config) {
  return PluginCatalog(PluginDirectory(config), config).ResolveAll(config).status();
}

const std::string& AmoozServer::address() const { return impl_->address(); }
void AmoozServer::Stop() { impl_->Stop(); }

}  // namespace amooz::server
