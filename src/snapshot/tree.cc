#include "snapshot/tree.h"

#include <algorithm>

#include "repo/object_reader.h"
#include "snapshot/directory.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kShortestBeginning = 4;  // of an id

std::string in_quotes(std::string_view text) { return "\"" + std::string(text.substr(0, 300)) + "\""; }

// An object that is there although no snapshot has it as its root: what it is shows only in its id.
Result<std::optional<DirEntry>> object_entry(const repo::Repository& repository, std::string_view id) {
  const Result<repo::ObjectId> parsed = repo::ObjectId::parse(id);
  if (!parsed.ok()) return std::optional<DirEntry>();
  const repo::ObjectId& object = *parsed;
  const auto indexes = repository.indexes();
  const auto content = TRY(indexes->contents().find(object.content));
  if (!content || content->deleted) return std::optional<DirEntry>();
  const bool is_directory = object.content.prefix() == 'k';
  return std::optional(DirEntry{.name = std::string(id),
                                .type = is_directory ? EntryType::directory : EntryType::file,
                                .mode = is_directory ? 0755U : 0644U,
                                .object = std::string(id)});
}

}  // namespace

Snapshots snapshots_among(const repo::ManifestSet& manifests, const Source& source) {
  Snapshots found;
  for (const repo::ManifestEntry* entry : manifests.find(labels_of(source))) {
    Result<Manifest> manifest = parse_manifest(entry->data);
    if (manifest.ok()) {
      manifest->id = entry->id;
      found.all.push_back(*std::move(manifest));
    } else {
      found.damaged.push_back({entry->id, std::move(manifest).error()});
    }
  }
  std::ranges::stable_sort(found.all, {}, &Manifest::start);
  return found;
}

Result<Snapshots> list_snapshots(repo::Repository& repository, const Source& source, std::stop_token stop) {
  return snapshots_among(TRY(repository.manifests(std::move(stop))), source);
}

Result<Snapshots> list_readable_snapshots(repo::Repository& repository, const Source& source, std::stop_token stop) {
  repo::Repository::Readable readable = TRY(repository.readable_manifests(std::move(stop)));
  Snapshots found = snapshots_among(readable.manifests, source);
  found.lost = std::move(readable.lost);
  return found;
}

Result<const Manifest*> find_snapshot(const Snapshots& snapshots, std::string_view id) {
  const Manifest* found = nullptr;
  for (const Manifest& manifest : snapshots.all) {
    if (manifest.id == id) return &manifest;
    if (id.size() < kShortestBeginning || !manifest.id.starts_with(id)) continue;
    if (found) return Error(Code::invalid, "several snapshots have an id that begins with " + in_quotes(id));
    found = &manifest;
  }
  return found;
}

Result<DirEntry> find_root(repo::Repository& repository, std::string_view id, std::stop_token stop) {
  const Snapshots snapshots = TRY(list_readable_snapshots(repository, {}, std::move(stop)));
  const Manifest* const found = TRY(find_snapshot(snapshots, id));
  if (found && found->root) return *found->root;
  if (found) return Error(Code::corrupt, "snapshot " + found->id + " has no root");
  for (const DamagedManifest& damaged : snapshots.damaged) {
    if (damaged.id == id) return damaged.error.clone().context("snapshot " + damaged.id);
  }
  for (const Manifest& manifest : snapshots.all) {
    if (manifest.root && manifest.root->object == id) return *manifest.root;
  }
  if (auto object = TRY(object_entry(repository, id))) return *std::move(object);
  if (!snapshots.lost.empty()) {
    return snapshots.lost.front().clone().context("there is no snapshot " + in_quotes(id) +
                                                  " among those that can be read");
  }
  return Error(Code::not_found, "there is no snapshot " + in_quotes(id) + " in " + repository.blobs().describe())
      .hint("`salvor snapshot list` shows those that are there.");
}

Result<> visit_directory(repo::Repository& repository, const DirEntry& directory,
                         const std::function<Result<>(DirEntry&&)>& visit, std::stop_token stop) {
  if (directory.type != EntryType::directory)
    return Error(Code::invalid, in_quotes(directory.name) + " is not a directory");
  const repo::ObjectId object =
      TRY(repo::ObjectId::parse(directory.object).context("directory " + in_quotes(directory.name)));
  DirectoryReader reader(visit);
  TRY(repo::read_object(repository, object, [&](ByteView piece) { return reader.feed(as_text(piece)); }, stop));
  TRY(reader.finish());
  return {};
}

Result<DirEntry> entry_at(repo::Repository& repository, DirEntry root, std::string_view path, std::stop_token stop) {
  DirEntry at = std::move(root);
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (name.empty() || name == ".") continue;
    std::optional<DirEntry> found;
    TRY(visit_directory(
        repository, at,
        [&](DirEntry&& entry) -> Result<> {
          if (entry.name == name) found = std::move(entry);
          return {};
        },
        stop));
    if (!found) return Error(Code::not_found, "there is no " + in_quotes(name) + " in " + in_quotes(at.name));
    at = *std::move(found);
  }
  return at;
}

}  // namespace salvor::snapshot
