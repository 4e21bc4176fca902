// salvor location add, list and remove: the locations in the configuration file.
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/nearest.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "config/edit.h"
#include "os/file.h"

namespace salvor::cli {

namespace {

using config::LocationSettings;
using config::SecretReference;

// "add /mnt/nas nas" is an easy slip.
Result<> check_order(const std::string& name, const std::string& place) {
  const bool path_first = name.find('/') != std::string::npos && store::is_location_name(place);
  if (!path_first) return config::check_location_name(name);
  return Error(Code::invalid, "\"" + name + "\" is a place and not a name")
      .hint("The name comes first: salvor location add " + place + " " + name);
}

// What is written down must mean the same wherever the command is run.
Result<std::string> absolute_url(const std::string& place) {
  const store::Location location =
      TRY(store::parse_location(place, {.configured = {}, .is_directory = os::is_directory}));
  const auto* directory = std::get_if<store::DirectoryLocation>(&location);
  if (!directory) return place;
  if (directory->path.starts_with("~")) {
    return Error(Code::invalid, "the shell did not expand " + directory->path).hint("Write ~ without quotes.");
  }
  std::error_code error;
  const auto absolute = std::filesystem::absolute(directory->path, error).lexically_normal();
  if (error) return Error(Code::invalid, directory->path + " cannot be made an absolute path: " + error.message());
  std::string path = absolute.string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// A reference that a flag gives. The consent to keep a secret in the file is a flag of its own.
Result<std::optional<SecretReference>> reference(const Invocation& invocation, const char* flag) {
  const std::string& text = invocation.arguments.text(flag);
  if (text.empty()) return std::optional<SecretReference>();
  const auto refused = [&](Error error) {
    const std::string hint = error.hint();
    return Error(error.code(), "--" + std::string(flag) + ": " + error.message()).hint(hint);
  };
  Result<SecretReference> parsed = SecretReference::parse(text);
  if (!parsed.ok()) return refused(std::move(parsed).error());
  if (parsed->kind() == SecretReference::Kind::literal) {
    return refused(Error(Code::invalid, "a secret on the command line is seen by everybody on this machine")
                       .hint("Give file:, env: or command:, or --inline-secret and the secret on standard input."));
  }
  return std::optional(*std::move(parsed));
}

Result<SecretReference> inline_secret(const Invocation& invocation) {
  if (invocation.console.in_is_terminal()) {
    return Error(Code::invalid, "--inline-secret reads the secret from standard input, and that is a terminal")
        .hint("Type nothing that is shown: pipe it, for example from a password store, or redirect a file.");
  }
  std::string line;
  std::getline(std::cin, line);
  Result<SecretReference> literal = SecretReference::parse("inline:" + line);
  os::wipe(line);
  if (literal.ok()) return literal;
  return Error(Code::invalid, "standard input holds no secret").hint("Give the secret access key on one line.");
}

Result<std::uint64_t> limit(const Invocation& invocation, const char* flag) {
  const std::string& text = invocation.arguments.text(flag);
  if (text.empty()) return std::uint64_t{0};
  Result<std::uint64_t> rate = config::parse_rate(text);
  if (rate.ok()) return rate;
  return std::move(rate).error().context("--" + std::string(flag));
}

Result<LocationSettings> settings_of(const Invocation& invocation, const std::string& place) {
  const Arguments& arguments = invocation.arguments;
  LocationSettings settings{.url = TRY(absolute_url(place)), .encrypt = arguments.list("encrypt")};
  settings.passphrase = TRY(reference(invocation, "passphrase"));
  if (const std::string& file = arguments.text("identity-file"); !file.empty()) {
    settings.identity_file =
        file.starts_with("~/") ? file : TRY(absolute_url(file.find('/') == file.npos ? "./" + file : file));
  }
  settings.price_class = arguments.text("price-class");
  settings.s3.options = arguments.map("s3-option");
  settings.s3.access_key_id = TRY(reference(invocation, "access-key-id"));
  settings.s3.secret_access_key = TRY(reference(invocation, "secret-access-key"));
  settings.s3.session_token = TRY(reference(invocation, "session-token"));
  settings.s3.customer_key = TRY(reference(invocation, "customer-key"));
  if (arguments.flag("inline-secret")) settings.s3.secret_access_key = TRY(inline_secret(invocation));
  settings.limits = {TRY(limit(invocation, "upload-limit")), TRY(limit(invocation, "download-limit")),
                     TRY(limit(invocation, "request-limit"))};
  return settings;
}

// What will not work as things are now. It may work later: a disk is mounted, a variable is set by the service.
std::vector<std::string> doubts(Wire& wire, const ChosenLocation& chosen, std::stop_token stop) {
  std::vector<std::string> found;
  const auto doubt = [&](const std::string& what, const Error& error) {
    found.push_back(what + ": " + error.message() + (error.hint().empty() ? "" : " (" + error.hint() + ")"));
  };
  const auto storage = wire.open_location(chosen, Wire::Purpose::read);
  if (!storage.ok()) doubt("the location cannot be reached now", storage.error());
  if (storage.ok()) {
    const Result<bool> seen = store::exists(**storage, "backups/velero-backup.json", stop);
    if (!seen.ok()) doubt("the location does not answer as it should", seen.error());
  }
  const LocationSettings& settings = chosen.settings;
  for (const auto* secret : {&settings.passphrase, &settings.s3.access_key_id, &settings.s3.secret_access_key,
                             &settings.s3.session_token, &settings.s3.customer_key}) {
    if (!secret->has_value()) continue;
    const auto resolved = config::resolve(**secret, wire.secret_sources(), stop);
    if (!resolved.ok()) doubt("a secret cannot be read now", resolved.error());
  }
  if (!settings.identity_file.empty()) {
    const auto path = config::expand_home(settings.identity_file, wire.secret_sources().environment);
    const auto file = path.ok() ? os::open_file(*path, 0) : path.error().clone();
    if (!file.ok()) doubt("the identity cannot be read now", file.error());
  } else if (!settings.encrypt.empty()) {
    found.push_back("without --identity-file, backups there can be made but not verified or restored from here");
  }
  return found;
}

std::string shown_url(const config::Config& config, const std::string& name) { return config.locations.at(name).url; }

Result<std::string> added(std::string_view text, const config::Config& now, const std::string& name,
                          const LocationSettings& settings, bool replace) {
  const auto there = now.locations.find(name);
  if (there != now.locations.end() && there->second == settings) return std::string(text);
  if (there != now.locations.end() && !replace) {
    return Error(Code::already_exists, "there is a location " + name + " already: " + shown_url(now, name))
        .hint("Choose another name, or add --replace to replace it with all its settings.");
  }
  return config::with_location(text, name, config::to_json(settings, config::Secrets::written));
}

Error unknown_location(const config::Config& config, const std::string& name, const std::string& file) {
  std::vector<std::string_view> names;
  for (const auto& [known, settings] : config.locations) names.push_back(known);
  const auto near = nearest(name, names);
  return Error(Code::not_found, "there is no location " + name + " in " + (file.empty() ? "the configuration" : file))
      .hint(near ? "Did you mean " + std::string(*near) + "?" : "`salvor location list` shows them all.");
}

}  // namespace

Result<Outcome> run_location_add(const Invocation& invocation) {
  Wire wire(invocation);
  const std::string& name = invocation.arguments.positionals()[0];
  TRY(check_order(name, invocation.arguments.positionals()[1]));
  const LocationSettings settings = TRY(settings_of(invocation, invocation.arguments.positionals()[1]));
  TRY(config::check_location(name, settings));
  const config::ConfigPath file = wire.config_path();
  std::vector<std::string> warnings;
  bool same = false;
  const auto edit = [&](std::string_view text, const config::Config& now) -> Result<std::string> {
    for (const auto& [other, its] : now.locations) {
      if (other != name && its.url == settings.url) warnings.push_back("location " + other + " is the same place");
    }
    std::string edited = TRY(added(text, now, name, settings, invocation.arguments.flag("replace")));
    same = edited == text;
    return edited;
  };
  TRY(config::update_config(file, edit, wire.clock(), invocation.stop));
  const store::Location location = TRY(store::parse_location(settings.url, {}));
  for (std::string& doubt : doubts(wire, {location, name, settings}, invocation.stop))
    warnings.push_back(std::move(doubt));
  for (const std::string& warning : warnings) report_warning(invocation.console, warning);
  invocation.console.out("Location \"" + name + "\" is " + escape_controls(settings.url) +
                         (same ? ", as it was in " : ", written to ") + escape_controls(file.path) + ".\n");
  return Outcome::done;
}

Result<Outcome> run_location_list(const Invocation& invocation) {
  Wire wire(invocation);
  const config::ConfigPath file = wire.config_path();
  const config::Config config = TRY(config::load_config(file));
  const StringList& wanted = invocation.arguments.positionals();
  for (const std::string& name : wanted) {
    if (!config.locations.contains(name)) return unknown_location(config, name, file.path);
  }
  Table table{{{"NAME"}, {"LOCATION"}, {"ENCRYPTION"}, {"PRICE CLASS"}}, {}};
  std::vector<Json> records;
  for (const auto& [name, settings] : config.locations) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    Json record = config::to_json(settings, config::Secrets::shown);
    record["location"] = name;
    records.push_back(std::move(record));
    const std::string encryption = settings.passphrase        ? "passphrase"
                                   : settings.encrypt.empty() ? "none"
                                                              : std::to_string(settings.encrypt.size()) + " recipient" +
                                                                    (settings.encrypt.size() > 1 ? "s" : "");
    table.rows.push_back({name, settings.url, encryption, settings.price_class});
  }
  return print(invocation, "location", table, records);
}

Result<Outcome> run_location_remove(const Invocation& invocation) {
  Wire wire(invocation);
  const std::string name(invocation.arguments.name());
  const config::ConfigPath file = wire.config_path();
  std::string url;
  const auto edit = [&](std::string_view text, const config::Config& now) -> Result<std::string> {
    if (!now.locations.contains(name)) return unknown_location(now, name, file.path);
    url = shown_url(now, name);
    return config::without_location(text, name);
  };
  TRY(config::update_config(file, edit, wire.clock(), invocation.stop));
  invocation.console.out("Location \"" + escape_controls(name) + "\" removed. What lies in " + escape_controls(url) +
                         " stays there.\n");
  return Outcome::done;
}

}  // namespace salvor::cli
