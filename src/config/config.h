// Config: what a user has written down about the places that keep backups.
//
//   locations:
//     nas:
//       url: /mnt/nas/backups
//     offsite:
//       url: s3://home-backups/cluster1?region=eu-central-1
//       encrypt: [age1...]                      recipients; what is written there is encrypted to them
//       identityFile: ~/.config/salvor/key.txt  opens what was encrypted
//       priceClass: s3-standard-ia              for `location usage`
//       s3:
//         accessKeyId: env:BACKUP_KEY_ID        secrets by reference (secret_reference.h)
//         secretAccessKey: command:pass show backup/s3
//         storageClass: STANDARD_IA             options by the names of Velero's AWS plugin, and some more
//       limits:
//         upload: 20MiB                         bytes per second
//         requests: 50                          per second
//         schedule:                             or by the time of day
//           "08:00": {upload: 5MiB}
//           "22:00": {}
//
// docs/formats/config.md tells all keys. Reading is strict: a key that nobody knows is an error that names its line and
// the nearest one that is known, because a misspelled `encrypt` must not mean: unencrypted. The file may be hostile:
// its size, depth and number of values are bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "config/secret_reference.h"

namespace salvor::config {

struct S3Settings {
  // By the config keys of s3/bucket_config.h; values as written, numbers and booleans as their text.
  std::map<std::string, std::string> options;
  std::optional<SecretReference> access_key_id, secret_access_key, session_token, customer_key;

  bool operator==(const S3Settings&) const = default;
};

// 0: without a limit.
struct Limits {
  std::uint64_t upload = 0, download = 0;  // bytes per second
  std::uint64_t requests = 0;              // per second

  bool operator==(const Limits&) const = default;
};

struct LocationSettings {
  std::string url;                   // as store::parse_location takes it; never another name, never with credentials
  std::vector<std::string> encrypt;  // age recipients; empty with no passphrase: not encrypted
  std::optional<SecretReference> passphrase;  // instead of recipients
  std::string identity_file;                  // may begin with "~/"
  std::string price_class;
  S3Settings s3;
  Limits limits;
  // Instead of `limits`: what holds from so many minutes after midnight, by the machine's time, until the next.
  std::map<std::chrono::minutes, Limits> limit_schedule;

  bool encrypted() const { return !encrypt.empty() || passphrase.has_value(); }
  bool has_inline_secret() const;
  bool operator==(const LocationSettings&) const = default;
};

struct Config {
  std::map<std::string, LocationSettings> locations;

  bool operator==(const Config&) const = default;
};

// `invalid` with `file`, the line where it can be told, and what to write instead. No secret is repeated.
Result<Config> parse_config(std::string_view text, const std::string& file);

// What stands under the location's name. `secrets` says whether references to secrets are written out or as people may
// see them.
enum class Secrets { written, shown };
Json to_json(const LocationSettings& settings, Secrets secrets);

// Everything that is checked when a file is read, for a location that is about to be added.
Result<> check_location(const std::string& name, const LocationSettings& settings);
// A name that stands for a location: [A-Za-z0-9][A-Za-z0-9_.-]*, at most 100 characters.
Result<> check_location_name(std::string_view name);

// "20MiB", "1.5 MB", "500k", "20MiB/s": KiB, MiB and GiB are powers of 1024, kB, MB and GB of 1000; K, M and G mean
// KiB, MiB and GiB. `invalid` for anything else and for 0.
Result<std::uint64_t> parse_rate(std::string_view text);

}  // namespace salvor::config
