#include "s3/shared_config.h"

#include <array>
#include <optional>

#include "os/file.h"
#include "s3/words.h"

namespace salvor::s3 {

namespace {

constexpr std::uint64_t kMaxFile = 1 << 20;
constexpr std::array<std::string_view, 4> kKeyGroup = {"aws_access_key_id", "aws_secret_access_key",
                                                       "aws_session_token", "aws_security_token"};

bool is_of_key_group(std::string_view name) {
  for (const std::string_view member : kKeyGroup) {
    if (member == name) return true;
  }
  return false;
}

bool has_keys(const Settings& settings) { return settings.contains(kKeyGroup[0]) || settings.contains(kKeyGroup[1]); }

// "profile x" gives "x" for the kind "profile"; nothing for another kind.
std::string name_of_kind(std::string_view section, std::string_view kind) {
  if (!section.starts_with(kind)) return {};
  const std::string_view rest = section.substr(kind.size());
  if (!rest.starts_with(' ') && !rest.starts_with('\t')) return {};
  const auto words = split_words(rest);
  if (words.ok() && words->size() == 1) return words->front();
  const std::size_t first = rest.find_first_not_of(" \t");
  return first == rest.npos ? "" : std::string(rest.substr(first));
}

void merge(Profile& into, Settings from, const std::string& file) {
  into.file = file;
  if (has_keys(from)) {
    for (const std::string_view name : kKeyGroup) {
      if (const auto old = into.settings.find(name); old != into.settings.end()) into.settings.erase(old);
    }
    into.keys_file = file;
  }
  const bool takes_keys = into.keys_file.empty() || into.keys_file == file;
  for (auto& [name, value] : from) {
    if (takes_keys || !is_of_key_group(name)) into.settings.insert_or_assign(name, std::move(value));
  }
}

// [default] gives way to [profile default] of the same file.
void add_config_file(SharedConfig& config, Sections sections, const std::string& file) {
  if (sections.contains("profile default")) sections.erase("default");
  for (auto& [section, settings] : sections) {
    if (section == "default") {
      merge(config.profiles[section], std::move(settings), file);
    } else if (const std::string profile = name_of_kind(section, "profile"); !profile.empty()) {
      merge(config.profiles[profile], std::move(settings), file);
    } else if (const std::string services = name_of_kind(section, "services"); !services.empty()) {
      config.services[services] = std::move(settings);
    }
  }
}

void add_credentials_file(SharedConfig& config, Sections sections, const std::string& file) {
  for (auto& [section, settings] : sections) {
    if (name_of_kind(section, "profile").empty()) merge(config.profiles[section], std::move(settings), file);
  }
}

// Nothing when there is no such file, or when we may not read it.
Result<std::optional<os::Secret>> read_text(const std::string& path, const ReadFile& files, SharedConfig& config) {
  if (path.empty()) return std::optional<os::Secret>();
  Result<os::Secret> text = files(path);
  if (text.ok()) {
    config.looked.push_back(path);
    return std::optional<os::Secret>(std::move(*text));
  }
  const Code code = text.error().code();
  if (code != Code::not_found && code != Code::denied) return std::move(text).error();
  config.looked.push_back(path + (code == Code::denied ? " (may not be read)" : " (does not exist)"));
  return std::optional<os::Secret>();
}

Result<Sections> sections_of(const os::Secret& text, const std::string& path) {
  Result<Sections> sections = parse_config_sections(text.reveal());
  if (sections.ok()) return sections;
  return std::move(sections).error().context(path).hint(
      "Correct that line; the file consists of [sections], NAME = VALUE lines and # comments.");
}

std::string path_of(const net::Environment& environment, std::string_view variable, std::string_view usual) {
  std::string path = environment(variable);
  if (path.empty()) path = usual;
  if (path != "~" && !path.starts_with("~/")) return path;
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + path.substr(1);
}

}  // namespace

ReadFile local_files() {
  return [](const std::string& path) -> Result<os::Secret> {
    return os::Secret::take(TRY(os::read_file(path, kMaxFile)));
  };
}

const Settings& settings_of(const SharedConfig& config, std::string_view profile) {
  static const Settings kNone;
  const auto found = config.profiles.find(profile);
  return found == config.profiles.end() ? kNone : found->second.settings;
}

SharedConfigPaths shared_config_paths(const std::string& credentials_file, const net::Environment& environment) {
  if (!credentials_file.empty()) return {"", credentials_file, true};
  return {path_of(environment, "AWS_CONFIG_FILE", "~/.aws/config"),
          path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), false};
}

Result<SharedConfig> load_shared_config(const SharedConfigPaths& paths, const ReadFile& files) {
  SharedConfig config;
  if (const auto text = TRY(read_text(paths.config, files, config))) {
    add_config_file(config, TRY(sections_of(*text, paths.config)), paths.config);
  }
  if (const auto text = TRY(read_text(paths.credentials, files, config))) {
    if (paths.only_credentials) {
      add_config_file(config, TRY(sections_of(*text, paths.credentials)), paths.credentials);
    }
    add_credentials_file(config, TRY(sections_of(*text, paths.credentials)), paths.credentials);
  } else if (paths.only_credentials) {
    return Error(Code::unauthenticated, "credentials file " + config.looked.back())
        .hint("Check the location's credentialsFile.");
  }
  return config;
}

}  // namespace salvor::s3
