#include "client/chat_service/service.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "client/chat_service/runtime_loader.h"
#include "client/chat_service/server_channel.h"
#include "sdk/base/data_folder.h"

namespace amooz::chat {
namespace {

constexpr std::chrono::seconds kRequestsGrace{20};
constexpr std::chrono::seconds kFlushGrace{5};
constexpr char kServiceName[] = "amooz.v1.ChatService";
constexpr char kAddressFile[] = "amooz-chat.address";

void LogVersion(const VersionEvent& event) {
  if (event.state == VersionState::kFailed) {
    spdlog::error("model {} failed: {}", event.digest, event.error);
  } else {
    spdlog::info("model {} is {}{}", event.digest, VersionStateName(event.state),
                 event.pid == 0 ? "" : ", pid " + std::to_string(event.pid));
  }
}

Status CheckAddress(const Options& options) {
  AMOOZ_ASSIGN_OR_RETURN(const bool is_loopback, IsLoopback(options.listen));
  if (!is_loopback && !options.insecure_listen) {
    return Status(Code::kFailedPrecondition,
                  options.listen.ToString() +
                      " can be reached by other machines, and this port has no TLS: listen on "
                      "127.0.0.1, or say --insecure-listen if the network is yours");
  }
  return CheckCanListen(options.listen);
}

}  // namespace

Result<std::unique_ptr<Service>> Service::Start(const Options& options) {
  AMOOZ_RETURN_IF_ERROR(CheckAddress(options));
  std::unique_ptr<Service> service(new Service());
  AMOOZ_RETURN_IF_ERROR(service->StartParts(options));
  AMOOZ_RETURN_IF_ERROR(service->StartServer(options));
  return service;
}

Service::~Service() { Stop(); }

Status Service::StartParts(const Options& options) {
  Env* const env = Env::Default();
  data_dir_ = options.data_dir;
  if (env->Exists(JoinPath(data_dir_, kServerLockName)) &&
      !env->Exists(JoinPath(data_dir_, kChatServiceLockName))) {
    return Status(Code::kFailedPrecondition,
                  data_dir_ + " is the data folder of an amoozd (it holds " + kServerLockName +
                      "): give amooz-chat a folder of its own with --data-dir");
  }
  AMOOZ_RETURN_IF_ERROR(MakePrivateDir(env, data_dir_));
  auto lock = FileLock::Acquire(JoinPath(data_dir_, kChatServiceLockName));
  if (!lock.ok()) {
    return Status(lock.status().code(), "the data folder " + data_dir_ +
                                            " is in use by another amooz-chat, or cannot be "
                                            "locked (" +
                                            lock.status().message() +
                                            "): stop that one, or choose another --data-dir");
  }
  lock_ = *std::move(lock);
  AMOOZ_ASSIGN_OR_RETURN(const std::string producer,
                         LoadOrMakeProducer(JoinPath(data_dir_, "producer"), env));
  AMOOZ_ASSIGN_OR_RETURN(spool_, Spool::Open({.dir = JoinPath(data_dir_, "spool"),
                                              .limit_bytes = options.spool_limit_bytes}));
  const Spool::Stats stats = spool_->GetStats();
  spdlog::info("producer {}: {} chats wait in the spool ({} bytes of {})", producer,
               stats.waiting_chats, stats.bytes, stats.limit_bytes);
  if (stats.torn_bytes > 0) {
    spdlog::warn("{} bytes of appends that never finished were left out", stats.torn_bytes);
  }
  AMOOZ_ASSIGN_OR_RETURN(rejected_, RejectedChats::Open(JoinPath(data_dir_, "rejected"), env));

  const auto channel = ConnectToServer(options.server);
  forwarder_ = std::make_unique<Forwarder>(ForwarderOptions{.producer = producer}, channel,
                                           spool_.get(), rejected_.get());
  const std::string models_dir = JoinPath(data_dir_, "models");
  AMOOZ_RETURN_IF_ERROR(env->MakeDirs(models_dir));
  source_ = std::make_unique<ModelSource>(
      ModelSourceOptions{.models_dir = models_dir,
                         .load =
                             [plugins_dir = options.plugins_dir, threads = options.threads](
                                 const ActiveModel& model, const std::string& artifact_dir,
                                 const std::shared_ptr<host::StopToken>& stop) {
                               return LoadIntoRuntime({.runtime = model.runtime,
                                                       .config_json = model.runtime_config_json,
                                                       .plugins_dir = plugins_dir,
                                                       .artifact_dir = artifact_dir,
                                                       .cpu_threads = threads},
                                                      stop);
                             }},
      channel);
  VersionManagerOptions version_options;
  version_options.on_event = [this](const VersionEvent& event) {
    LogVersion(event);
    source_->OnVersionEvent(event);
  };
  versions_ = std::make_unique<VersionManager>(std::move(version_options));
  return Status::Ok();
}

Status Service::StartServer(const Options& options) {
  chat_server_ = std::make_unique<ChatServer>(ChatServerOptions{.version = AMOOZ_VERSION},
                                              ChatParts{.versions = versions_.get(),
                                                        .source = source_.get(),
                                                        .spool = spool_.get(),
                                                        .forwarder = forwarder_.get(),
                                                        .rejected = rejected_.get()});
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  // Without this a second server would share the port silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  int port = 0;
  builder.AddListeningPort(options.listen.ToString(), grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(chat_server_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    AMOOZ_RETURN_IF_ERROR(CheckCanListen(options.listen));
    return Status(Code::kFailedPrecondition,
                  "cannot listen on " + options.listen.ToString() + ": choose another --listen");
  }
  source_->Start(versions_.get());
  server_->GetHealthCheckService()->SetServingStatus(kServiceName, true);
  address_ = ListenAddress{options.listen.host, static_cast<std::uint16_t>(port)}.ToString();
  AMOOZ_RETURN_IF_ERROR(
      WriteFileAtomically(Env::Default(), JoinPath(data_dir_, kAddressFile), address_ + "\n"));
  spdlog::info("amooz-chat {} serves on {}, for amoozd at {}", AMOOZ_VERSION, address_,
               options.server);
  return Status::Ok();
}

void Service::Stop() {
  if (server_ != nullptr) {
    server_->GetHealthCheckService()->SetServingStatus(false);
    server_->Shutdown(std::chrono::system_clock::now() + kRequestsGrace);
    server_->Wait();
    if (!address_.empty()) {
      static_cast<void>(Env::Default()->RemoveFile(JoinPath(data_dir_, kAddressFile)));
    }
  }
  if (source_ != nullptr) source_->Stop();
  if (forwarder_ != nullptr && server_ != nullptr) {
    if (!forwarder_->Flush(kFlushGrace)) {
      spdlog::info("{} chats stay in the spool until the next start",
                   spool_->GetStats().waiting_chats);
    }
  }
  chat_server_.reset();
  if (versions_ != nullptr) versions_->Stop();
  if (forwarder_ != nullptr) forwarder_->Stop();
  server_.reset();
  lock_.reset();
}

}  // namespace amooz::chat
