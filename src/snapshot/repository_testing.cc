#include "snapshot/repository_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "repo/create.h"
#include "repo/manifest_writer.h"
#include "repo/object_id.h"
#include "repo/object_writer.h"
#include "snapshot/directory.h"
#include "snapshot/summary.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

constexpr std::string_view kSplitter = "FIXED-128K";
constexpr std::uint64_t kMostBlobBytes = std::uint64_t{1} << 30;

// A directory that is to be written.
struct Drawn {
  std::map<std::string, Drawn> directories;
  std::map<std::string, std::string> files;
};

Drawn drawn(const std::map<std::string, std::string>& files) {
  Drawn root;
  for (const auto& [path, text] : files) {
    Drawn* in = &root;
    std::string_view rest = path;
    for (std::size_t slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
      in = &in->directories[std::string(rest.substr(0, slash))];
      rest.remove_prefix(slash + 1);
    }
    if (!rest.empty()) in->files[std::string(rest)] = text;
  }
  return root;
}

DirEntry written(repo::ContentWriter& contents, const std::string& name, const Drawn& drawn, Time time) {
  std::vector<DirEntry> entries;
  for (const auto& [below, directory] : drawn.directories) entries.push_back(written(contents, below, directory, time));
  for (const auto& [file, text] : drawn.files) {
    auto object = *repo::ObjectWriter::create(contents, kSplitter, {});
    EXPECT_TRUE(object.write(as_bytes(text), {}).ok());
    entries.push_back({.name = file,
                       .type = EntryType::file,
                       .mode = 0644,
                       .size = text.size(),
                       .modified = time,
                       .object = *object.finish({})});
  }
  std::ranges::sort(entries, precedes);
  auto object = *repo::ObjectWriter::create(contents, "FIXED-8M", {.prefix = repo::kDirectoryPrefix});
  DirectoryWriter writer([&](std::string_view text) { return object.write(as_bytes(text), {}); });
  SummaryBuilder summary;
  for (const DirEntry& entry : entries) {
    EXPECT_TRUE(writer.add(entry).ok());
    summary.add(entry);
  }
  DirEntry self{.name = name, .type = EntryType::directory, .mode = 0755, .modified = time};
  self.summary = summary.build(time, "");
  EXPECT_TRUE(writer.finish(*self.summary).ok());
  self.object = *object.finish({});
  return self;
}

}  // namespace

TestRepository::TestRepository() {
  auto created = repo::create_repository(storage, repo::BlobLayout::flat, {.splitter = std::string(kSplitter)},
                                         os::Secret("correct horse"), {"user", "host"}, clock, rng, {});
  EXPECT_TRUE(created.ok()) << to_string(created.error());
  key_.emplace((*created)->format().key.copy());
}

std::unique_ptr<repo::Repository> TestRepository::open(repo::OnDamage on_damage) {
  const Bytes repository = blob("kopia.repository"), blobcfg = blob("kopia.blobcfg");
  auto opened = repo::Repository::open(repo::BlobStore::flat(storage, ""),
                                       *repo::open_format(repository, ByteView(blobcfg), *key_), clock, {}, on_damage);
  EXPECT_TRUE(opened.ok()) << to_string(opened.error());
  return *std::move(opened);
}

Manifest TestRepository::save(const std::map<std::string, std::string>& files) {
  clock.advance(std::chrono::minutes(1));
  const auto repository = open();
  const auto contents = *repo::ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
  Manifest manifest{.source = {.host = "host", .user = "user", .path = "/tree"}, .start = clock.now()};
  manifest.root = written(*contents, "tree", drawn(files), Time(std::chrono::seconds(1'600'000'000)));
  EXPECT_TRUE(contents->flush({}).ok());
  manifest.end = clock.now();
  manifest.id = *repo::put_manifest(*contents, *labels_of(manifest), encode(manifest), clock, rng, {});
  EXPECT_TRUE(contents->flush({}).ok());
  return manifest;
}

std::string TestRepository::random_text(std::size_t size) {
  std::string text(size, '\0');
  rng.fill(std::as_writable_bytes(std::span(text)));
  return text;
}

Bytes TestRepository::blob(const std::string& id) { return *store::get(storage, id, kMostBlobBytes, {}); }

void TestRepository::put(const std::string& id, ByteView bytes) {
  EXPECT_TRUE(store::put(storage, id, bytes, store::Exists::replace, {}).ok());
}

void TestRepository::remove(const std::string& id) { EXPECT_TRUE(storage.remove(id, {}).ok()); }

repo::ContentEntry TestRepository::content_of(const Manifest& snapshot, const std::string& path) {
  const auto repository = open();
  const DirEntry entry = *entry_at(*repository, *snapshot.root, path, {});
  repo::ContentEntry found = **repository->indexes()->contents().find(repo::ObjectId::parse(entry.object)->content);
  // The name of its pack, which lies in the indexes, must outlive them.
  static std::map<std::string, std::string, std::less<> > names;
  found.pack_blob_id = names.emplace(found.pack_blob_id, found.pack_blob_id).first->second;
  return found;
}

void TestRepository::damage(const repo::ContentEntry& content) {
  const std::string pack(content.pack_blob_id);
  Bytes bytes = blob(pack);
  bytes[content.pack_offset + content.packed_length / 2] ^= std::byte{1};
  put(pack, bytes);
}

}  // namespace salvor::snapshot
