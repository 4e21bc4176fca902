#include "snapshot/maintained_testing.h"

#include <gtest/gtest.h>

#include "repo/manifest_writer.h"
#include "repo/object_reader.h"
#include "repo/object_writer.h"
#include "snapshot/directory.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

constexpr std::string_view kTestPassword = "correct horse";
constexpr Time kTestStart{std::chrono::sys_days{std::chrono::year(2026) / 1 / 1}};

std::string save_object(repo::ContentWriter& contents, char prefix, std::string_view text) {
  auto object = repo::ObjectWriter::create(contents, "DYNAMIC-128K-BUZHASH", {.prefix = prefix});
  EXPECT_TRUE(object.ok());
  EXPECT_TRUE(object->write(as_bytes(text), {}).ok());
  return object->finish({}).value_or("");
}

DirEntry save_directory(repo::ContentWriter& contents, const std::string& name,
                        const MaintainedRepository::Files& files, std::vector<DirEntry> entries) {
  for (const auto& [file, text] : files) {
    entries.push_back({.name = file,
                       .type = EntryType::file,
                       .mode = 0644,
                       .size = text.size(),
                       .object = save_object(contents, 0, text)});
  }
  std::string json;
  DirectoryWriter writer([&](std::string_view piece) { return json += piece, Result<>(); });
  for (const DirEntry& entry : entries) EXPECT_TRUE(writer.add(entry).ok());
  EXPECT_TRUE(writer.finish({}).ok());
  return {.name = name, .type = EntryType::directory, .mode = 0755, .object = save_object(contents, 'k', json)};
}

}  // namespace

Result<std::unique_ptr<store::WriteStream>> WatchedStorage::create(const std::string& key, store::Exists exists,
                                                                   std::stop_token stop) {
  TRY(watch(key));
  return inner().create(key, exists, std::move(stop));
}

// A copy, because what is called may put something else in its place.
Result<> WatchedStorage::watch(const std::string& key) const {
  const auto call = on_change;
  return call ? call(key) : Result<>();
}

Result<> WatchedStorage::remove(const std::string& key, std::stop_token stop) {
  TRY(watch(key));
  return inner().remove(key, std::move(stop));
}

MaintainedRepository::MaintainedRepository() : clock(kTestStart), store_clock(kTestStart) {
  auto created = repo::create_repository(storage, repo::BlobLayout::flat, {.splitter = "DYNAMIC-128K-BUZHASH"},
                                         os::Secret(kTestPassword), {"user", "host"}, clock, rng, {});
  EXPECT_TRUE(created.ok()) << to_string(created.error());
  key_.emplace((*created)->format().key.copy());
}

std::unique_ptr<repo::Repository> MaintainedRepository::open() {
  const Bytes repository = *store::get(storage, "kopia.repository", 1 << 20, {});
  const Bytes blobcfg = *store::get(storage, "kopia.blobcfg", 1 << 20, {});
  auto opened = repo::Repository::open(repo::BlobStore::flat(storage, ""),
                                       *repo::open_format(repository, ByteView(blobcfg), *key_), clock, {});
  EXPECT_TRUE(opened.ok()) << to_string(opened.error());
  return *std::move(opened);
}

std::string MaintainedRepository::save(const Files& files) {
  const auto repository = open();
  const auto contents = *repo::ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
  const DirEntry sub = save_directory(*contents, "sub", files, {});
  Manifest manifest;
  manifest.source = {.host = "host", .user = "user", .path = "/tree"};
  manifest.start = manifest.end = clock.now();
  manifest.root = save_directory(*contents, "tree", files, {sub});
  const std::string id = *repo::put_manifest(*contents, *labels_of(manifest), encode(manifest), clock, rng, {});
  EXPECT_TRUE(contents->flush({}).ok());
  return id;
}

std::string MaintainedRepository::manifest_data(const std::string& id) {
  const auto repository = open();
  const repo::ManifestSet manifests = *repository->manifests({});
  return manifests.get(id) ? manifests.get(id)->data : "";
}

void MaintainedRepository::remove_snapshot(const std::string& id) {
  const auto repository = open();
  const repo::ManifestSet manifests = *repository->manifests({});
  ASSERT_NE(manifests.get(id), nullptr);
  const auto contents = *repo::ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
  ASSERT_TRUE(repo::remove_manifest(*contents, id, manifests.get(id)->modified, clock, {}).ok());
  ASSERT_TRUE(contents->flush({}).ok());
}

std::string MaintainedRepository::bring_back(const std::string& data) {
  const auto repository = open();
  const auto contents = *repo::ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
  const Manifest manifest = *parse_manifest(data);
  const std::string id = *repo::put_manifest(*contents, *labels_of(manifest), data, clock, rng, {});
  EXPECT_TRUE(contents->flush({}).ok());
  return id;
}

Result<Maintained> MaintainedRepository::maintain(const MaintainRequest& request) {
  const auto repository = open();
  problems.clear();
  return snapshot::maintain(
      *repository, request, clock, rng,
      [&](const std::string& where, const Error& error) { problems.push_back(where + ": " + error.message()); }, {});
}

Result<Maintained> MaintainedRepository::full(const repo::MaintenanceSafety& safety) {
  return maintain(
      {.mode = repo::MaintenanceMode::full, .safety = safety, .garbage = {.caller = {"user", "host"}, .threads = 2}});
}

Result<Maintained> MaintainedRepository::quick() {
  return maintain({.garbage = {.caller = {"user", "host"}, .threads = 2}});
}

MaintainedRepository::Files MaintainedRepository::read(const std::string& id) {
  Files files;
  const auto repository = open();
  const std::function<void(const DirEntry&, const std::string&)> read_in = [&](const DirEntry& directory,
                                                                               const std::string& path) {
    const Result<> visited =
        visit_directory(*repository, directory,
                        [&](DirEntry&& entry) -> Result<> {
                          const std::string at = path.empty() ? entry.name : path + "/" + entry.name;
                          if (entry.type == EntryType::directory) return read_in(entry, at), Result<>();
                          std::string text;
                          const Result<> read =
                              repo::read_object(*repository, *repo::ObjectId::parse(entry.object),
                                                [&](ByteView piece) { return text += as_text(piece), Result<>(); }, {});
                          files[at] = read.ok() ? text : to_string(read.error());
                          return {};
                        },
                        {});
    if (!visited.ok()) files[path + "/"] = to_string(visited.error());
  };
  const Result<DirEntry> root = find_root(*repository, id, {});
  if (root.ok()) {
    read_in(*root, "");
  } else {
    files["/"] = to_string(root.error());
  }
  return files;
}

MaintainedRepository::Files MaintainedRepository::expected(const Files& files) {
  Files all = files;
  for (const auto& [name, text] : files) all["sub/" + name] = text;
  return all;
}

std::vector<std::string> MaintainedRepository::blobs(const std::string& prefix) {
  std::vector<std::string> keys;
  EXPECT_TRUE(
      storage.list(prefix, [&](const store::Entry& entry) { return keys.push_back(entry.key), Result<>(); }, {}).ok());
  return keys;
}

std::uint64_t MaintainedRepository::stored_bytes(const std::string& prefix) {
  std::uint64_t sum = 0;
  EXPECT_TRUE(storage.list(prefix, [&](const store::Entry& entry) { return sum += entry.size, Result<>(); }, {}).ok());
  return sum;
}

void MaintainedRepository::advance(Duration by) {
  clock.advance(by);
  store_clock.advance(by);
}

std::string MaintainedRepository::random_text(std::size_t size) {
  std::string text(size, '\0');
  rng.fill(std::as_writable_bytes(std::span(text)));
  return text;
}

std::map<std::string, Bytes> MaintainedRepository::copy_blobs() {
  std::map<std::string, Bytes> all;
  for (const std::string& key : blobs()) all[key] = *store::get(storage, key, 1 << 30, {});
  return all;
}

void MaintainedRepository::put_blobs(const std::map<std::string, Bytes>& all) {
  for (const std::string& key : blobs()) ASSERT_TRUE(storage.remove(key, {}).ok());
  for (const auto& [key, bytes] : all) ASSERT_TRUE(store::put(storage, key, bytes, store::Exists::replace, {}).ok());
}

}  // namespace salvor::snapshot
