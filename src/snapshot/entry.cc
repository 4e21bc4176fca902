#include "snapshot/entry.h"

#include <utility>

#include "codec/json_text.h"
#include "snapshot/fields.h"

namespace salvor::snapshot {
namespace {

// chmod(2)'s bit and Go's.
constexpr std::pair<std::uint32_t, std::uint32_t> kSpecialBits[] = {
    {04000, 1u << 23}, {02000, 1u << 22}, {01000, 1u << 20}};
constexpr std::uint32_t kPermissionBits = 0777;

std::string encode_mode(std::uint32_t mode) {
  std::uint32_t bits = mode & kPermissionBits;
  for (const auto& [posix, go] : kSpecialBits) bits |= (mode & posix) != 0 ? go : 0;
  std::string text;
  for (; bits != 0; bits >>= 3) text.insert(text.begin(), static_cast<char>('0' + bits % 8));
  return "0" + text;
}

// The octal digits that stock writes, of a number of 31 bits; bits that it never writes mean nothing.
Result<> take_mode(const Element& value, std::uint32_t& mode) {
  std::string text;
  TRY(take("mode", value, text));
  std::uint64_t bits = 0;
  bool good = text.starts_with('0');
  for (const char digit : text) {
    good = good && digit >= '0' && digit <= '7' && bits <= (INT32_MAX >> 3);
    bits = bits * 8 + static_cast<std::uint64_t>(digit - '0') % 8;
  }
  if (!good) return Error(Code::corrupt, "\"mode\" is not an octal number");
  mode = static_cast<std::uint32_t>(bits) & kPermissionBits;
  for (const auto& [posix, go] : kSpecialBits) mode |= (bits & go) != 0 ? posix : 0;
  return {};
}

char letter_of(EntryType type) {
  switch (type) {
    case EntryType::file: return 'f';
    case EntryType::directory: return 'd';
    case EntryType::symlink: return 's';
    case EntryType::unknown: break;
  }
  return '\0';
}

EntryType type_of(std::string_view text) {
  for (const EntryType type : {EntryType::file, EntryType::directory, EntryType::symlink}) {
    if (text.size() == 1 && text[0] == letter_of(type)) return type;
  }
  return EntryType::unknown;
}

void append_number(std::string& json, std::string_view key, std::uint64_t number) {
  json.append(key) += std::to_string(number);
}

Result<> take_errors(const Element& value, std::vector<FailedEntry>& errors) {
  return each_item("errors", value, [&](const Element& item) {
    FailedEntry& failed = errors.emplace_back();
    return each_field(item, [&](std::string_view key, const Element& field) -> Result<> {
      if (key == "path") return take(key, field, failed.path);
      if (key == "error") return take(key, field, failed.error);
      return {};
    });
  });
}

}  // namespace

bool precedes(const DirEntry& a, const DirEntry& b) {
  const bool a_leads = a.type == EntryType::directory, b_leads = b.type == EntryType::directory;
  return a_leads != b_leads ? a_leads : a.name < b.name;
}

void append_json(std::string& json, const DirectorySummary& summary) {
  append_number(json, "{\"size\":", summary.total_size);
  append_number(json, ",\"files\":", summary.files);
  append_number(json, ",\"symlinks\":", summary.symlinks);
  append_number(json, ",\"dirs\":", summary.directories);
  json.append(",\"maxTime\":\"").append(format_rfc3339_nano(summary.max_modified)) += '"';
  if (!summary.incomplete.empty()) {
    json += ",\"incomplete\":";
    codec::append_json_text(json, summary.incomplete);
  }
  append_number(json, ",\"numFailed\":", summary.failed);
  if (summary.ignored_errors != 0) append_number(json, ",\"numIgnoredErrors\":", summary.ignored_errors);
  for (const FailedEntry& failed : summary.errors) {
    json += &failed == summary.errors.data() ? ",\"errors\":[{\"path\":" : ",{\"path\":";
    codec::append_json_text(json, failed.path);
    json += ",\"error\":";
    codec::append_json_text(json, failed.error);
    json += '}';
  }
  json += summary.errors.empty() ? "}" : "]}";
}

void append_json(std::string& json, const DirEntry& entry) {
  json += '{';
  if (!entry.name.empty()) {
    json += "\"name\":";
    codec::append_json_text(json, entry.name);
    json += ',';
  }
  if (const char letter = letter_of(entry.type)) (json.append("\"type\":\"") += letter) += "\",";
  if (entry.mode != 0) json.append("\"mode\":\"").append(encode_mode(entry.mode)) += "\",";
  if (entry.size != 0) (json.append("\"size\":") += std::to_string(entry.size)) += ',';
  if (entry.modified != Time{}) json.append("\"mtime\":\"").append(format_rfc3339_nano(entry.modified)) += "\",";
  if (entry.uid != 0) (json.append("\"uid\":") += std::to_string(entry.uid)) += ',';
  if (entry.gid != 0) (json.append("\"gid\":") += std::to_string(entry.gid)) += ',';
  json += "\"obj\":";
  codec::append_json_text(json, entry.object);
  if (entry.summary) {
    json += ",\"summ\":";
    append_json(json, *entry.summary);
  }
  json += '}';
}

Result<> take(std::string_view, const Element& value, DirectorySummary& summary) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    if (key == "size") return take(key, field, summary.total_size);
    if (key == "files") return take(key, field, summary.files);
    if (key == "symlinks") return take(key, field, summary.symlinks);
    if (key == "dirs") return take(key, field, summary.directories);
    if (key == "maxTime") return take(key, field, summary.max_modified);
    if (key == "incomplete") return take(key, field, summary.incomplete);
    if (key == "numFailed") return take(key, field, summary.failed);
    if (key == "numIgnoredErrors") return take(key, field, summary.ignored_errors);
    if (key == "errors") return take_errors(field, summary.errors);
    return {};
  });
}

Result<> take(std::string_view, const Element& value, DirEntry& entry) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    if (key == "name") return take(key, field, entry.name);
    if (key == "mode") return take_mode(field, entry.mode);
    if (key == "size") return take(key, field, entry.size);
    if (key == "mtime") return take(key, field, entry.modified);
    if (key == "uid") return take(key, field, entry.uid);
    if (key == "gid") return take(key, field, entry.gid);
    if (key == "obj") return take(key, field, entry.object);
    if (key == "summ") return take(key, field, entry.summary.emplace());
    if (key != "type") return {};
    std::string type;
    TRY(take(key, field, type));
    entry.type = type_of(type);
    return {};
  });
}

}  // namespace salvor::snapshot
