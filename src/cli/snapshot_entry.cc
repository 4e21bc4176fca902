#include "cli/snapshot_entry.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace salvor::cli {

using snapshot::DirEntry;
using snapshot::EntryType;

snapshot::Source parse_source(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::size_t slash = text.find('/');
  if (at == text.npos || slash < at) return {.path = std::string(text)};
  snapshot::Source source{.user = std::string(text.substr(0, at))};
  text.remove_prefix(at + 1);
  const std::size_t colon = text.find(':');
  source.host = std::string(text.substr(0, colon));
  if (colon != text.npos) source.path = std::string(text.substr(colon + 1));
  return source;
}

std::string_view to_string(EntryType type) {
  switch (type) {
    case EntryType::file: return "file";
    case EntryType::directory: return "directory";
    case EntryType::symlink: return "symlink";
    case EntryType::unknown: return "unknown";
  }
  return "unknown";
}

std::string mode_text(const DirEntry& entry) {
  static constexpr char kBits[] = "rwxrwxrwx";
  std::string text(1, entry.type == EntryType::directory ? 'd' : entry.type == EntryType::symlink ? 'l' : '-');
  for (int bit = 8; bit >= 0; --bit) text += entry.mode >> bit & 1 ? kBits[8 - bit] : '-';
  const auto special = [&](unsigned mask, std::size_t at, char set, char without) {
    if (entry.mode & mask) text[at] = text[at] == '-' ? without : set;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return text;
}

std::uint64_t size_of(const DirEntry& entry) { return entry.summary ? entry.summary->total_size : entry.size; }

Json entry_record(const DirEntry& entry, const std::string& path) {
  return {{"path", path},
          {"type", std::string(to_string(entry.type))},
          {"mode", entry.mode},
          {"uid", entry.uid},
          {"gid", entry.gid},
          {"size", size_of(entry)},
          {"modified", format_rfc3339(entry.modified)},
          {"object", entry.object}};
}

}  // namespace salvor::cli
