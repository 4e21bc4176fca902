// salvor key check and rotate: the keys of an encrypted location.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "backup/keys.h"
#include "base/guarded.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "cli/wire_encryption.h"
#include "config/edit.h"
#include "crypto/age_key_files.h"

namespace salvor::cli {

namespace {

namespace age = crypto::age;
using config::LocationSettings;

Result<ChosenLocation> encrypted_location(Wire& wire, const std::string& name) {
  ChosenLocation chosen = TRY(wire.choose_location(name));
  if (chosen.settings.encrypted() || !chosen.settings.identity_file.empty()) return chosen;
  return Error(Code::invalid, name + " is no location that the configuration says is encrypted")
      .hint("salvor location add NAME LOC --encrypt AGE-RECIPIENT --identity-file FILE");
}

std::string verdict(const backup::BackupReaders& found) {
  if (found.files == 0) return "has no files";
  if (found.plain == found.files) return "not encrypted";
  if (!found.problems.empty()) return "does not open";
  return found.plain > 0 ? "opens, partly not encrypted" : "opens";
}

// Who can read is a question of the identities: those that the configuration names, and those that come with the call.
Result<age::Keyring> keyring_of(const store::Encryption& encryption, const std::string& more_identities,
                                const Invocation& invocation) {
  age::Keyring ring;
  for (const age::Identity& identity : encryption.keyring.identities) ring.identities.push_back(identity.copy());
  if (more_identities.empty()) return ring;
  const os::Secret text = TRY(read_identity_file(more_identities, invocation));
  for (age::Identity& identity : TRY(age::parse_identities(text.reveal()).context(more_identities))) {
    ring.identities.push_back(std::move(identity));
  }
  return ring;
}

// Before anything is encrypted for new readers alone, one of them must be shown to be able to read.
Result<> require_reader(const LocationSettings& settings, const age::Keyring& ring) {
  for (const age::Identity& identity : ring.identities) {
    if (std::ranges::find(settings.encrypt, identity.recipient().text()) != settings.encrypt.end()) return {};
  }
  return Error(Code::denied, "none of the identities at hand belongs to the recipients that would be able to read")
      .hint("A mistake would make every backup unreadable. Give the new key's file: --identity-file FILE.");
}

Result<std::string> absolute_file(const std::string& file) {
  if (file.empty()) return file;
  std::error_code error;
  const auto absolute = std::filesystem::absolute(file, error).lexically_normal();
  if (error) return Error(Code::invalid, file + " cannot be made an absolute path: " + error.message());
  return absolute.string();
}

Result<> write_settings(Wire& wire, const std::string& name, const LocationSettings& settings, std::stop_token stop) {
  return config::update_config(
      wire.config_path(),
      [&](std::string_view text, const config::Config&) {
        return config::with_location(text, name, config::to_json(settings, config::Secrets::written));
      },
      wire.clock(), std::move(stop));
}

Result<backup::Rewrapped> rewrap(Wire& wire, const Invocation& invocation, store::EncryptedStorage& storage) {
  Guarded<ProgressState> shown(ProgressState{.what = "rotate"});
  const ProgressView view(invocation, wire.clock(),
                          [&] { return shown.with([](const auto& state) { return state; }); });
  const auto at = [&](const std::string& key, std::uint64_t before, std::uint64_t all) {
    shown.with([&](ProgressState& state) {
      state.items = before;
      state.items_total = all;
      state.current = key;
    });
    wire.log().info("giving readers", {{"object", key}});
  };
  return backup::rewrap_location(storage, at, invocation.stop);
}

}  // namespace

Result<Outcome> run_key_check(const Invocation& invocation) {
  Wire wire(invocation);
  const ChosenLocation chosen = TRY(encrypted_location(wire, std::string(invocation.arguments.name())));
  const auto storage = TRY(wire.open_encrypted(chosen, Wire::Purpose::read));
  std::vector<std::string> names = TRY(backup::backups_newest_first(*storage, invocation.stop));
  if (names.empty()) {
    return Error(Code::not_found, "there is no backup in " + chosen.settings.url + " to open")
        .hint("Make one, and check again.");
  }
  if (!invocation.arguments.flag("all")) names.resize(1);
  Table table{{{"BACKUP"}, {"STARTED"}, {"FILES"}, {"OPENED"}, {"NOT ENCRYPTED"}, {"VERDICT"}, {"READERS"}}, {}};
  std::vector<Json> records;
  std::vector<std::string> problems;
  bool proven = true;
  for (const std::string& name : names) {
    const auto found = TRY(backup::readers_of(*storage, name, invocation.stop));
    proven = proven && found.is_proven() && found.plain < found.files;
    table.rows.push_back({name, found.start, std::to_string(found.files), std::to_string(found.opened),
                          std::to_string(found.plain), verdict(found),
                          joined({found.readers.begin(), found.readers.end()}, "; ")});
    records.push_back({{"backup", name},
                       {"started", found.start},
                       {"files", found.files},
                       {"opened", found.opened},
                       {"notEncrypted", found.plain},
                       {"readers", found.readers},
                       {"problems", found.problems}});
    for (const std::string& problem : found.problems) problems.push_back(name + ": " + problem);
  }
  TRY(print(invocation, "backup", table, records));
  for (const std::string& problem : problems) report_warning(invocation.console, problem);
  return proven ? Outcome::done : Outcome::verification_failed;
}

Result<Outcome> run_key_rotate(const Invocation& invocation) {
  Wire wire(invocation);
  const Arguments& arguments = invocation.arguments;
  ChosenLocation chosen = TRY(encrypted_location(wire, std::string(arguments.name())));
  LocationSettings& settings = chosen.settings;
  if (settings.encrypt.empty()) {
    return Error(Code::unsupported, "location " + chosen.name + " has no recipients that could be exchanged")
        .hint("A passphrase is not rotated: copy the backups to a location with another one.");
  }
  const std::string new_identities = TRY(absolute_file(arguments.text("identity-file")));
  const StringList wanted = arguments.list("encrypt");
  const bool changes = !wanted.empty() && wanted != settings.encrypt;
  if (!wanted.empty()) settings.encrypt = wanted;
  TRY(config::check_location(chosen.name, settings));
  store::Encryption encryption = TRY(encryption_of(settings, wire.secret_sources(), invocation));
  encryption.keyring = TRY(keyring_of(encryption, new_identities, invocation));
  TRY(require_reader(settings, encryption.keyring));
  // New backups first: while old ones are given their readers, none may be made for the old ones alone.
  if (changes) TRY(write_settings(wire, chosen.name, settings, invocation.stop));
  store::EncryptedStorage storage(TRY(wire.open_stored(chosen, Wire::Purpose::write)), std::move(encryption),
                                  wire.rng());
  const auto done = TRY(rewrap(wire, invocation, storage));
  for (const std::string& problem : done.problems) report_warning(invocation.console, problem);
  if (done.plain > 0) {
    report_warning(
        invocation.console,
        std::to_string(done.plain) + " files are not encrypted at all; they were written before the location was");
  }
  invocation.console.out(std::to_string(done.rewrapped) + " files have new readers, " + std::to_string(done.kept) +
                         " had them, " + std::to_string(done.problems.size()) + " could not be changed.\n");
  if (!done.problems.empty()) return Outcome::some_items_failed;
  if (new_identities.empty()) return Outcome::done;
  // Now every file opens with the new keys, so the old ones are no longer needed here.
  settings.identity_file = new_identities;
  TRY(require_reader(settings, TRY(keyring_of({}, new_identities, invocation))));
  TRY(write_settings(wire, chosen.name, settings, invocation.stop));
  invocation.console.out("Location \"" + escape_controls(chosen.name) + "\" is read with " +
                         escape_controls(new_identities) + " from now on.\n");
  return Outcome::done;
}

}  // namespace salvor::cli
