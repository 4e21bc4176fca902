#include "cli/wire.h"

#include <ctime>
#include <thread>

#include "backup/encryption_mark.h"
#include "base/nearest.h"
#include "cli/environment.h"
#include "cli/report.h"
#include "cli/wire_encryption.h"
#include "os/file.h"
#include "store/throttled.h"

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

os::Environment environment_of(const Environment& variables) {
  return [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

store::Limits limits_of(const config::Limits& limits) {
  const auto some = [](std::uint64_t limit) { return limit > 0 ? std::optional(limit) : std::nullopt; };
  return {.up = some(limits.upload), .down = some(limits.download), .requests = some(limits.requests)};
}

// What the machine's time zone adds to UTC then.
std::chrono::minutes local_offset(Time at) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(at));
  std::tm local{};
  return localtime_r(&seconds, &local) ? std::chrono::minutes(local.tm_gmtoff / 60) : std::chrono::minutes(0);
}

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

config::ConfigPath Wire::config_path() const { return config::config_path(environment_of(invocation_.environment)); }

config::SecretSources Wire::secret_sources() const {
  config::SecretSources sources{.environment = environment_of(invocation_.environment)};
  for (const auto& [name, value] : invocation_.environment) sources.command_environment.push_back(name + "=" + value);
  return sources;
}

Result<ChosenLocation> Wire::choose_location(const std::string& text) {
  config::Config config;
  if (store::is_location_name(text)) config = TRY(config::load_config(config_path()));
  const auto configured = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = config.locations.find(name);
    return found == config.locations.end() ? std::nullopt : std::optional(found->second.url);
  };
  Result<store::Location> location = store::parse_location(text, {configured, os::is_directory});
  if (!location.ok()) {
    std::vector<std::string_view> names;
    for (const auto& [name, settings] : config.locations) names.push_back(name);
    const auto near = nearest(text, names);
    if (location.error().code() != Code::not_found || !near) return std::move(location).error();
    return Error(Code::not_found, location.error().message()).hint("Did you mean " + std::string(*near) + "?");
  }
  ChosenLocation chosen{*std::move(location), "", {.url = text}};
  if (const auto found = config.locations.find(text); found != config.locations.end()) {
    chosen.name = text;
    chosen.settings = found->second;
  }
  return chosen;
}

Result<std::unique_ptr<store::Storage>> Wire::open_location(Purpose purpose) {
  return open_location(invocation_.arguments.text("location"), purpose);
}

Result<std::unique_ptr<store::Storage>> Wire::open_location(const std::string& text, Purpose purpose) {
  return open_location(TRY(choose_location(text)), purpose);
}

Result<std::unique_ptr<store::Storage>> Wire::open_location(const ChosenLocation& chosen, Purpose purpose) {
  const config::LocationSettings& settings = chosen.settings;
  if (!settings.encrypted() && settings.identity_file.empty()) return open_stored(chosen, purpose);
  return std::make_unique<backup::MarkingStorage>(TRY(open_encrypted(chosen, purpose)));
}

Result<std::unique_ptr<store::EncryptedStorage>> Wire::open_encrypted(const ChosenLocation& chosen, Purpose purpose) {
  store::Encryption encryption = TRY(encryption_of(chosen.settings, secret_sources(), invocation_));
  return std::make_unique<store::EncryptedStorage>(TRY(open_stored(chosen, purpose)), std::move(encryption), rng_);
}

Result<std::unique_ptr<store::Storage>> Wire::open_stored(const ChosenLocation& chosen, Purpose purpose) {
  auto storage = std::holds_alternative<store::S3Location>(chosen.location) ? open_bucket(chosen)
                                                                            : open_directory(chosen, purpose);
  if (!storage.ok()) return as_failure(std::move(storage).error());
  return limited(*std::move(storage), chosen.settings);
}

Result<std::unique_ptr<store::Storage>> Wire::open_directory(const ChosenLocation& chosen, Purpose purpose) {
  const auto missing = purpose == Purpose::write ? store::Missing::create : store::Missing::refuse;
  const std::string& name = chosen.name.empty() ? chosen.settings.url : chosen.name;
  silence_tellers_.push_back(std::make_unique<SilenceTeller>(name, invocation_.console, clock_));
  return store::open_location(chosen.location, missing, rng_, nullptr, &silence_tellers_.back()->watch());
}

Result<std::unique_ptr<store::Storage>> Wire::open_bucket(const ChosenLocation& chosen) {
  bucket_doors_.push_back(TRY(BucketDoor::make(variables(), clock_, rng_)));
  return bucket_doors_.back()->open(std::get<store::S3Location>(chosen.location), chosen.settings, secret_sources(),
                                    invocation_.stop);
}

Result<std::unique_ptr<store::Storage>> Wire::limited(std::unique_ptr<store::Storage> storage,
                                                      const config::LocationSettings& settings) {
  if (settings.limits == config::Limits{} && settings.limit_schedule.empty()) return storage;
  throttles_.push_back(std::make_unique<store::Throttle>(clock_, limits_of(settings.limits)));
  if (!settings.limit_schedule.empty()) {
    std::vector<store::Throttle::Period> periods;
    for (const auto& [at, limits] : settings.limit_schedule) periods.push_back({at, limits_of(limits)});
    TRY(throttles_.back()->set_schedule(std::move(periods), local_offset));
  }
  return std::make_unique<store::ThrottledStorage>(std::move(storage), *throttles_.back());
}

net::Environment Wire::variables() const {
  return [this](std::string_view name) { return std::string(variable(invocation_.environment, name)); };
}

Result<ClusterDoor> Wire::open_cluster() {
  const Arguments& arguments = invocation_.arguments;
  ClusterDoor door;
  const kube::ConnectOptions options{.kubeconfig = arguments.text("kubeconfig"),
                                     .context = arguments.text("context"),
                                     .as = arguments.text("as"),
                                     .as_groups = arguments.list("as-group"),
                                     .user_agent = "salvor/" SALVOR_VERSION};
  auto connection = kube::connect(options, {variables(), kube::LocalFiles(), clock_});
  if (!connection.ok()) return as_failure(std::move(connection).error());
  door.connection = std::move(*connection);
  door.client = std::make_unique<kube::Client>(
      kube::Client::Options{
          .server = door.connection.server, .user_agent = options.user_agent, .headers = door.connection.impersonation},
      *door.connection.http, *door.connection.authenticator, clock_, log_);
  return door;
}

}  // namespace salvor::cli
