#include "config/file.h"

#include <sys/stat.h>

#include <filesystem>

#include "config/reader.h"
#include "os/file.h"
#include "os/file_lock.h"

namespace salvor::config {

namespace {

constexpr Duration kPatience = std::chrono::seconds(10);

std::string variable(const os::Environment& environment, const std::string& name) {
  return environment ? environment(name).value_or("") : "";
}

// Where a chain of symbolic links ends; `path` itself when it is none or leads nowhere.
std::string target_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

bool others_may_read(const std::string& path) {
  struct stat found;
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & 077) != 0;
}

Result<Config> parse(std::string_view text, const std::string& path) {
  Config config = TRY(parse_config(text, path));
  for (const auto& [name, settings] : config.locations) {
    if (!settings.has_inline_secret() || !others_may_read(path)) continue;
    return Error(Code::invalid,
                 path + " holds a secret of location " + name + ", and others than its owner may read it")
        .hint("chmod 600 " + path + "; if somebody may have read it, change the secret.");
  }
  return config;
}

Result<std::string> read_or_empty(const std::string& path) {
  Result<std::string> text = os::read_file(path, kMaxFileBytes);
  if (!text.ok() && text.error().code() == Code::not_found) return std::string();
  return std::move(text).context("the configuration");
}

}  // namespace

ConfigPath config_path(const os::Environment& environment) {
  if (std::string chosen = variable(environment, "SALVOR_CONFIG"); !chosen.empty()) return {std::move(chosen), true};
  const std::string xdg = variable(environment, "XDG_CONFIG_HOME");
  if (xdg.starts_with('/')) return {xdg + "/salvor/config.yaml"};
  const std::string home = variable(environment, "HOME");
  if (home.starts_with('/')) return {home + "/.config/salvor/config.yaml"};
  return {};
}

Result<Config> load_config(const ConfigPath& where) {
  if (where.path.empty()) return Config();
  Result<std::string> text = os::read_file(where.path, kMaxFileBytes);
  if (text.ok()) return parse(*text, where.path);
  if (text.error().code() != Code::not_found) return std::move(text).error().context("the configuration");
  if (!where.chosen) return Config();
  return Error(Code::invalid, "SALVOR_CONFIG names " + where.path + ", and there is no such file")
      .hint("Correct the variable, or add a location: salvor location add NAME LOC makes the file.");
}

Result<> update_config(const ConfigPath& where, const Edit& edit, Clock& clock, std::stop_token stop) {
  if (where.path.empty()) {
    return Error(Code::invalid, "there is no place for a configuration: HOME is not set")
        .hint("Set SALVOR_CONFIG to the path of a file.");
  }
  const std::string path = target_of(where.path);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const std::string directory = parent.empty() ? "." : parent;
  TRY(os::make_directories(directory).context("the configuration"));
  const os::FileLock lock = TRY(os::FileLock::take(directory + "/.salvor-config.lock", clock, kPatience, stop)
                                    .context("the configuration is being changed by somebody else, or cannot be"));
  const std::string before = TRY(read_or_empty(path));
  const Config now = TRY(parse(before, path));
  const std::string after = TRY(edit(before, now));
  if (after == before) return {};
  TRY(parse_config(after, path).context("the new configuration"));
  if (TRY(read_or_empty(path)) != before) {
    return Error(Code::conflict, path + " was changed by another program meanwhile").hint("Run the command again.");
  }
  return os::write_file_durable(path, as_bytes(after)).context("the configuration");
}

}  // namespace salvor::config
