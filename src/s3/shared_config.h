// The AWS shared config and credentials files: the INI dialect that the AWS tools and Velero read.
//
//   # comment                       ; comment
//   [default]                       in ~/.aws/config and ~/.aws/credentials
//   [profile backup]                in config; [backup] in credentials
//   region = eu-central-1 # comment an option; ':' works as well; names in any case
//   s3 =                            a nested block: the indented lines below
//     addressing_style = path
//
// Lines are read as botocore reads them: an indented line continues the option above it, white space around names and
// values does not count. Where the AWS SDKs for Go are kinder, so are we: a comment may follow a value after white
// space, quotation marks around a value are not part of it, a section or option that comes again adds to or replaces
// the first, options above the first section are ignored, [ default ] is [default]. A line that is none of these is an
// error that names its number. Sources: botocore/configloader.py with Python's configparser; aws-sdk-go-v2
// internal/ini and config/shared_config.go.
//
// Every value is kept as a Secret, because some are and no error may show one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/proxy.h"
#include "os/secret.h"

namespace salvor::s3 {

// The whole of a small file. Errors: not_found, denied, invalid (too large, not a file).
using ReadFile = std::function<Result<os::Secret>(const std::string& path)>;
// The real files, up to 1 MiB; symbolic links are followed, as Kubernetes mounts need it.
ReadFile local_files();

// Options by their names in lower case. A nested block begins with a line feed.
using Settings = std::map<std::string, os::Secret, std::less<>>;
using Sections = std::map<std::string, Settings, std::less<>>;

// One file's sections by their names. `invalid` with the line's number.
Result<Sections> parse_config_sections(std::string_view text);

// The text of an option, "" when it is absent. Only for options that are no secrets.
std::string setting(const Settings& settings, std::string_view name);
// An option within a nested block: nested_setting(settings, "sts", "endpoint_url").
std::string nested_setting(const Settings& settings, std::string_view block, std::string_view name);

struct Profile {
  Settings settings;
  std::string file;       // that names it, the credentials file if both do
  std::string keys_file;  // that holds its access key, "" when none does
};

struct SharedConfig {
  std::map<std::string, Profile, std::less<>> profiles;
  Sections services;                // [services NAME] by NAME
  std::vector<std::string> looked;  // for people: `/root/.aws/config (does not exist)`
};

// The profile's settings, none when there is no such profile.
const Settings& settings_of(const SharedConfig& config, std::string_view profile);

struct SharedConfigPaths {
  std::string config;       // "" is no such file
  std::string credentials;  // as above
  // The credentials file is read as a config file too and must exist: Velero's credentialsFile, which may be either.
  bool only_credentials = false;
};

// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config and ~/.aws/credentials. A leading ~ is HOME.
// With `credentials_file` that one only.
SharedConfigPaths shared_config_paths(const std::string& credentials_file, const net::Environment& environment);

// Both files merged: the credentials file wins option by option, but the access key, its secret and its token come from
// one file together. A file that is not there or may not be read is an empty one and `looked` says so. `invalid` when
// one is malformed.
Result<SharedConfig> load_shared_config(const SharedConfigPaths& paths, const ReadFile& files);

}  // namespace salvor::s3
