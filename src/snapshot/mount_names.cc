#include "snapshot/mount_names.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <set>

namespace salvor::snapshot {

namespace {

std::string replaced(std::string text, std::string_view what) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    text.replace(at, what.size(), "_");
  return text;
}

void trim_right(std::string& text, char what) {
  while (text.ends_with(what)) text.pop_back();
}

std::string safe_name(std::string name) {
  if (name == "/") return "__root";
  name = replaced(replaced(std::move(name), ":/"), ":\\");
  name.erase(0, std::min(name.size(), name.find_first_not_of('/')));
  name = replaced(replaced(std::move(name), "/"), "\\");
  trim_right(name, '_');
  trim_right(name, ':');
  return name;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// "20261201-031500", in UTC.
std::string time_name(Time time) {
  const std::string text = format_rfc3339(time);  // 2026-12-01T03:15:00Z
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" + text.substr(11, 2) + text.substr(14, 2) +
         text.substr(17, 2);
}

DirEntry fixed_directory(std::string name, Time modified, std::string object = "") {
  return {.name = std::move(name),
          .type = EntryType::directory,
          .mode = 0555,
          .modified = modified,
          .object = std::move(object)};
}

}  // namespace

std::vector<std::string> safe_mount_names(const std::vector<std::string>& names) {
  std::map<std::string, std::string> shown;
  for (const std::string& name : names) shown[name] = safe_name(name);
  // Numbers may make names equal that were not.
  for (bool is_clear = false; !is_clear;) {
    is_clear = true;
    std::map<std::string, std::vector<std::string>> same;
    for (const auto& [name, safe] : shown) same[lower(safe)].push_back(name);
    for (const auto& [safe, originals] : same) {
      for (std::size_t i = 1; i < originals.size(); ++i) {
        shown[originals[i]] += " (" + std::to_string(i + 1) + ")";
        is_clear = false;
      }
    }
  }
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(shown[name]);
  return all;
}

MountNames mount_names(const std::vector<Manifest>& snapshots) {
  std::map<std::string, std::map<std::string, std::vector<const Manifest*>>> by_user;
  MountNames names;
  for (const Manifest& one : snapshots) {
    if (!one.root) continue;
    by_user[one.source.user + "@" + one.source.host][one.source.path].push_back(&one);
    names.modified = std::max(names.modified, one.start);
  }
  std::vector<std::string> users;
  for (const auto& [user, paths] : by_user) users.push_back(user);
  for (const std::string& name : safe_mount_names(users)) names.users.push_back(fixed_directory(name, names.modified));
  for (const std::string& user : users) {
    std::vector<std::string> paths;
    for (const auto& [path, all] : by_user[user]) paths.push_back(path);
    names.paths.emplace_back();
    names.snapshots.emplace_back();
    for (const std::string& name : safe_mount_names(paths)) {
      names.paths.back().push_back(fixed_directory(name, names.modified));
    }
    for (const std::string& path : paths) {
      std::set<std::string> used;
      std::vector<DirEntry>& here = names.snapshots.back().emplace_back();
      for (const Manifest* one : by_user[user][path]) {
        const std::string reason = one->incomplete.empty() ? "" : " (" + one->incomplete + ")";
        std::string name = replaced(time_name(one->start) + reason, "/");
        const std::string first = name;
        for (int number = 2; !used.insert(name).second; ++number) name = first + " (" + std::to_string(number) + ")";
        DirEntry entry = fixed_directory(name, one->start, one->root->object);
        entry.type = one->root->type;
        entry.size = entry.type == EntryType::directory ? 0 : one->root->size;
        here.push_back(std::move(entry));
      }
    }
  }
  return names;
}

}  // namespace salvor::snapshot
