#include "archive/layout.h"

#include <algorithm>
#include <tuple>

#include "codec/utf8.h"

namespace salvor::archive {
namespace {

constexpr std::string_view kPreferredSuffix = "-preferredversion";
constexpr std::string_view kObjectSuffix = ".json";
constexpr std::size_t kMaxPart = 1024;

bool is_part(std::string_view part) {
  if (part.empty() || part.size() > kMaxPart || part == "." || part == "..") return false;
  bool is_ascii = true;
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/') return false;
    is_ascii &= byte < 0x80;
  }
  return is_ascii || codec::is_utf8(part);
}

// Cuts off and returns what stands before the next '/'.
std::optional<std::string_view> take_part(std::string_view& path) {
  const std::size_t slash = path.find('/');
  if (slash == path.npos) return std::nullopt;
  const std::string_view part = path.substr(0, slash);
  path.remove_prefix(slash + 1);
  return part;
}

// A version folder by these names would be taken for the plain form.
bool is_version(std::string_view version) {
  return is_part(version) && version != "namespaces" && version != "cluster" && !version.ends_with(kPreferredSuffix);
}

}  // namespace

std::string Section::group() const {
  const std::size_t dot = group_resource.find('.');
  return dot == group_resource.npos ? "" : group_resource.substr(dot + 1);
}

std::string Section::api_version() const {
  const std::string name = group();
  return name.empty() ? version : name + "/" + version;
}

std::string folder_of(const Section& section, Form form) {
  std::string folder = "resources/" + section.group_resource + "/";
  if (form == Form::versioned) {
    folder += section.version;
    if (section.preferred) folder += kPreferredSuffix;
    folder += '/';
  }
  return folder + (section.namespaced ? "namespaces/" : "cluster/");
}

std::optional<EntryName> parse_entry_name(std::string_view path) {
  EntryName entry;
  if (take_part(path) != "resources" || !path.ends_with(kObjectSuffix)) return std::nullopt;
  path.remove_suffix(kObjectSuffix.size());
  const auto group_resource = take_part(path);
  auto scope = take_part(path);
  if (!group_resource || !is_part(*group_resource) || !scope) return std::nullopt;
  entry.group_resource = *group_resource;
  if (scope != "namespaces" && scope != "cluster") {
    entry.version = *scope;
    entry.preferred = entry.version.ends_with(kPreferredSuffix);
    if (entry.preferred) entry.version.remove_suffix(kPreferredSuffix.size());
    if (!is_version(entry.version)) return std::nullopt;
    scope = take_part(path);
  }
  if (scope != "namespaces" && scope != "cluster") return std::nullopt;
  entry.namespaced = scope == "namespaces";
  entry.key = path;
  if (!is_key(entry.key, entry.namespaced)) return std::nullopt;
  return entry;
}

Result<> check_section(const Section& section) {
  if (is_part(section.group_resource) && is_version(section.version)) return {};
  return Error(Code::invalid, "\"" + section.group_resource + "\" in version \"" + section.version +
                                  "\" cannot be folders of an archive");
}

Result<> check_object_name(const Section& section, std::string_view ns, std::string_view name) {
  if (is_part(name) && (section.namespaced ? is_part(ns) : ns.empty())) return {};
  return Error(Code::invalid, "an object of " + to_string(section) + " has a name that cannot be a file's name")
      .hint("Names must not be empty, \".\" or \"..\", nor hold '/' or control characters.");
}

bool is_key(std::string_view key, bool namespaced) {
  if (!namespaced) return is_part(key);
  const auto ns = take_part(key);
  return ns && is_part(*ns) && is_part(key);
}

std::string key_of(std::string_view ns, std::string_view name) {
  std::string key;
  key.reserve(ns.size() + 1 + name.size());
  if (!ns.empty()) key.append(ns).append("/");
  return key.append(name);
}

ObjectName split_key(std::string_view key, bool namespaced) {
  if (!namespaced) return {{}, key};
  const std::size_t slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1)};
}

bool comes_before(const Section& a, const Section& b) {
  const auto list_key = [](const Section& s) { return s.api_version() + "/" + s.kind; };
  return std::tuple(list_key(a), std::string_view(a.group_resource), std::string_view(a.version)) <
         std::tuple(list_key(b), std::string_view(b.group_resource), std::string_view(b.version));
}

std::string to_string(const Section& section) { return section.group_resource + " (" + section.version + ")"; }

}  // namespace salvor::archive
