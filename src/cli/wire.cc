#include "cli/wire.h"

#include <thread>

#include "cli/environment.h"
#include "cli/report.h"
#include "os/file.h"
#include "store/location.h"

namespace salvor::cli {

namespace {

LogLevel level_of(const std::string& name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "error") return LogLevel::error;
  return LogLevel::warning;
}

// Status 4 says that the backup, restore or object that was named does not exist. A disk that is not mounted or a
// kubeconfig that is not there must not look like that to a script.
Error as_failure(Error error) {
  if (error.code() != Code::not_found) return error;
  return Error(Code::invalid, error.message()).hint(error.hint());
}

constexpr Duration kPatience = std::chrono::seconds(30);

}  // namespace

// Says on standard error when a location does not answer; a mount whose server is gone would be waited for in silence.
class Wire::SilenceTeller {
 public:
  SilenceTeller(const std::string& location, Console& console, Clock& clock)
      : watch_(clock, kPatience,
               [location, &console](const os::Silence& silence) {
                 const Error error = store::silence_error(location, silence);
                 report_warning(console, error.message() + ". " + error.hint());
               }),
        thread_([this, &clock](std::stop_token stop) {
          while (clock.wait(kPatience / 6, stop)) watch_.look();
        }) {}
  os::SilenceWatch& watch() { return watch_; }

 private:
  os::SilenceWatch watch_;
  std::jthread thread_;
};

Wire::~Wire() = default;

Wire::Wire(const Invocation& invocation)
    : invocation_(invocation),
      log_(clock_, stderr_sink(invocation.arguments.text("log-format") == "json" ? LogFormat::json : LogFormat::logfmt,
                               level_of(invocation.arguments.text("log-level")))) {}

std::string Wire::spool_directory() const {
  const std::string_view chosen = variable(invocation_.environment, "TMPDIR");
  return chosen.empty() ? "/tmp" : std::string(chosen);
}

Result<std::unique_ptr<store::Storage>> Wire::open_location(Purpose purpose) {
  return open_location(invocation_.arguments.text("location"), purpose);
}

Result<std::unique_ptr<store::Storage>> Wire::open_location(const std::string& text, Purpose purpose) {
  const store::LocationContext context{.configured = {}, .is_directory = os::is_directory};
  const store::Location location = TRY(store::parse_location(text, context));
  const auto missing = purpose == Purpose::write ? store::Missing::create : store::Missing::refuse;
  silence_tellers_.push_back(std::make_unique<SilenceTeller>(text, invocation_.console, clock_));
  auto storage = store::open_location(location, missing, rng_, &silence_tellers_.back()->watch());
  if (!storage.ok()) return as_failure(std::move(storage).error());
  return storage;
}

Result<ClusterDoor> Wire::open_cluster() {
  const Arguments& arguments = invocation_.arguments;
  ClusterDoor door;
  const kube::ConnectOptions options{.kubeconfig = arguments.text("kubeconfig"),
                                     .context = arguments.text("context"),
                                     .as = arguments.text("as"),
                                     .as_groups = arguments.list("as-group"),
                                     .user_agent = "salvor/" SALVOR_VERSION};
  const net::Environment variables = [this](std::string_view name) {
    return std::string(variable(invocation_.environment, name));
  };
  auto connection = kube::connect(options, {variables, kube::LocalFiles(), clock_});
  if (!connection.ok()) return as_failure(std::move(connection).error());
  door.connection = std::move(*connection);
  door.client = std::make_unique<kube::Client>(
      kube::Client::Options{
          .server = door.connection.server, .user_agent = options.user_agent, .headers = door.connection.impersonation},
      *door.connection.http, *door.connection.authenticator, clock_, log_);
  return door;
}

}  // namespace salvor::cli
