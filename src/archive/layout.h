// Layout: the names of an archive's entries, in both directions. Pure.
//
//   resources/<group resource>/{namespaces/<ns>|cluster}/<name>.json                               the plain form
//   resources/<group resource>/<version>[-preferredversion]/{namespaces/<ns>|cluster}/<name>.json  the versioned form
//
// An object of the preferred version has both forms, of any other version only the versioned one.
// Inside salvor an object of a section is known by its key: "ns/name", or "name" when it is cluster-scoped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "archive/archive.h"

namespace salvor::archive {

constexpr std::string_view kVersionEntry = "metadata/version";
constexpr std::string_view kFormatVersion = "1.1.0\n";

enum class Form { plain, versioned };

// Everything before the object's own part: "resources/secrets/v1-preferredversion/namespaces/".
std::string folder_of(const Section& section, Form form);

// What an entry's name says. The views point into the name.
struct EntryName {
  std::string_view group_resource;
  std::string_view version;  // empty in the plain form
  bool preferred = false;    // the version carries the suffix
  bool namespaced = false;
  std::string_view key;
};
// Nothing when the name is not exactly of the form above.
std::optional<EntryName> parse_entry_name(std::string_view name);

// `invalid` when a part could not be a folder's or file's name: empty, ".", "..", with '/', control characters, not
// UTF-8, or longer than 1024 bytes.
Result<> check_section(const Section& section);
Result<> check_object_name(const Section& section, std::string_view ns, std::string_view name);
bool is_key(std::string_view key, bool namespaced);

std::string key_of(std::string_view ns, std::string_view name);
// Requires: is_key(key, namespaced).
struct ObjectName {
  std::string_view ns, name;
};
ObjectName split_key(std::string_view key, bool namespaced);

// The order of sections: by "<api version>/<kind>", then group resource and version.
bool comes_before(const Section& a, const Section& b);
// "secrets (v1)", for messages.
std::string to_string(const Section& section);

}  // namespace salvor::archive
