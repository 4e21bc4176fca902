#include "repo/blob_store.h"

#include <algorithm>
#include <vector>

#include "repo/blob_id.h"

namespace salvor::repo {
namespace {

constexpr std::uint64_t kMaxShardsBytes = 1 << 20;

// Of repositories from before there was .shards.
Shards old_layout() { return {.sizes = {3, 3}}; }

bool is_blob_id(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7f && c != '/'; });
}

bool is_retained(std::string_view id) {
  return std::ranges::any_of(kRetainedPrefixes, [&](std::string_view prefix) { return id.starts_with(prefix); });
}

Error lost_shards(const store::Storage& storage, std::string_view directory) {
  std::string usual = encode(Shards{});
  usual.pop_back();  // the line feed
  return Error(Code::corrupt, "the repository in " + storage.describe() + " lost its file .shards, and its folder \"" +
                                  std::string(directory) + "\" is not of the layout that Kopia would take it for")
      .hint(
          "Nothing was written. Put .shards back before anything, stock kopia included, writes here; for most "
          "repositories it is: " +
          usual);
}

// Stock takes a directory without .shards for one of the time before there was that file.
Result<Shards> shards_without_file(store::Storage& storage, const std::string& prefix, std::stop_token stop) {
  const bool is_repository = TRY(store::exists(storage, prefix + old_layout().path_of(kRepositoryBlob), stop));
  if (!is_repository) {
    return Error(Code::not_found,
                 "there is no Kopia repository in " + storage.describe() + (prefix.empty() ? "" : " below " + prefix))
        .hint("Is the path the one that it was made with?");
  }
  TRY(storage.list_directories(
      prefix,
      [&](std::string_view name) -> Result<> {
        if (name.size() >= old_layout().sizes.front()) return {};  // it may be anybody's
        return lost_shards(storage, name);
      },
      stop));
  return old_layout();
}

}  // namespace

BlobStore BlobStore::flat(store::Storage& storage, std::string prefix) {
  return BlobStore(storage, std::move(prefix), std::nullopt);
}

Result<BlobStore> BlobStore::open_sharded(store::Storage& storage, std::string prefix, std::stop_token stop) {
  const auto file = store::get(storage, prefix + std::string(kShardsFile), kMaxShardsBytes, stop);
  if (!file.ok() && file.error().code() != Code::not_found) return file.error().clone();
  auto shards =
      file.ok() ? parse_shards(as_text(*file)).context(storage.describe()) : shards_without_file(storage, prefix, stop);
  if (!shards.ok()) return std::move(shards).error();
  return BlobStore(storage, std::move(prefix), *std::move(shards));
}

Result<BlobStore> BlobStore::create_sharded(store::Storage& storage, std::string prefix, const Shards& shards,
                                            std::stop_token stop) {
  const std::string text = encode(shards);
  TRY(store::put(storage, prefix + std::string(kShardsFile), as_bytes(text), store::Exists::refuse, std::move(stop)));
  return BlobStore(storage, std::move(prefix), shards);
}

std::string BlobStore::describe() const { return storage_->describe(); }

Result<std::string> BlobStore::key_of(std::string_view id) const {
  if (!is_blob_id(id)) return Error(Code::invalid, "a blob's id is visible ASCII without '/', and not empty");
  return prefix_ + (shards_ ? shards_->path_of(id) : std::string(id));
}

// The blob whose key it is, nothing for what is no blob.
Result<std::optional<BlobMetadata>> BlobStore::blob_at(const store::Entry& entry) const {
  std::string_view name(entry.key);
  name.remove_prefix(prefix_.size());
  std::string id(name);
  if (shards_) {
    if (!name.ends_with(kBlobSuffix)) return std::optional<BlobMetadata>();
    id.resize(name.size() - kBlobSuffix.size());
    std::erase(id, '/');
  }
  if (!is_blob_id(id)) return std::optional<BlobMetadata>();
  if (TRY(key_of(id)) == entry.key) return std::optional(BlobMetadata{id, entry.size, entry.modified});
  if (!parse_blob_id(id)) return std::optional<BlobMetadata>();
  return Error(Code::corrupt,
               "blob " + id + " is in " + entry.key + " of " + describe() + ", where .shards does not put it")
      .hint(
          "Blobs were written with another .shards than there is now. Find out which of the two is right before "
          "anything writes here.");
}

Result<> BlobStore::list_flat(std::string_view prefix, const Visit& visit, std::stop_token stop) {
  return storage_->list(
      prefix_ + std::string(prefix),
      [&](const store::Entry& entry) -> Result<> {
        const auto blob = TRY(blob_at(entry));
        return blob ? visit(*blob) : Result<>();
      },
      std::move(stop));
}

struct BlobStore::Walk {
  std::string_view prefix;
  std::vector<BlobMetadata>& found;
  std::stop_token stop;
};

// What is below `directory` and begins with `rest`, which is what of the prefix the directory's own name leaves: the
// names that begin with all of it, and the directories that are a beginning of it. So stock walks too, which finds
// blobs wherever they are.
Result<> BlobStore::walk(const std::string& directory, std::string_view rest, const Walk& at) {
  TRY(storage_->list(
      directory + std::string(rest),
      [&](const store::Entry& entry) -> Result<> {
        auto blob = TRY(blob_at(entry));
        // "kopia." is a beginning of the file's name "kopia.f", but not of the id.
        if (blob && blob->id.starts_with(at.prefix)) at.found.push_back(*std::move(blob));
        return {};
      },
      at.stop));
  if (rest.size() < 2) return {};
  std::vector<std::string> names;
  TRY(storage_->list_directories(
      directory,
      [&](std::string_view name) -> Result<> {
        if (name.size() < rest.size() && rest.starts_with(name)) names.emplace_back(name);
        return {};
      },
      at.stop));
  for (const std::string& name : names) TRY(walk(directory + name + "/", rest.substr(name.size()), at));
  return {};
}

Result<> BlobStore::list(std::string_view prefix, const Visit& visit, std::stop_token stop) {
  if (!shards_) return list_flat(prefix, visit, std::move(stop));
  std::vector<BlobMetadata> found;
  TRY(walk(prefix_, prefix, Walk{prefix, found, std::move(stop)}));
  std::ranges::sort(found, {}, &BlobMetadata::id);
  for (const BlobMetadata& blob : found) TRY(visit(blob));
  return {};
}

Result<Bytes> BlobStore::get(std::string_view id, std::uint64_t limit, std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  return store::get(*storage_, key, limit, std::move(stop));
}

Result<Bytes> BlobStore::get_range(std::string_view id, std::uint64_t offset, std::uint64_t length,
                                   std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  return store::get_range(*storage_, key, offset, length, std::move(stop));
}

Result<std::unique_ptr<store::ReadStream>> BlobStore::open(std::string_view id, store::ByteRange range,
                                                           std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  return storage_->open(key, range, std::move(stop));
}

Result<BlobMetadata> BlobStore::stat(std::string_view id, std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  const store::Entry entry = TRY(storage_->stat(key, std::move(stop)));
  return BlobMetadata{std::string(id), entry.size, entry.modified};
}

Result<> BlobStore::put(std::string_view id, ByteView bytes, store::Exists exists, std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  if (unretained_ && is_retained(id)) return unretained_->clone();
  return store::put(*storage_, key, bytes, exists, std::move(stop));
}

Result<std::unique_ptr<store::WriteStream>> BlobStore::create(std::string_view id, store::Exists exists,
                                                              std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  if (unretained_ && is_retained(id)) return unretained_->clone();
  return storage_->create(key, exists, std::move(stop));
}

void BlobStore::retain_new(const store::Retention& retention) {
  std::vector<std::string> beginnings;
  for (const std::string_view prefix : kRetainedPrefixes) beginnings.push_back(prefix_ + std::string(prefix));
  const Result<> taken = storage_->retain_new(retention, std::move(beginnings));
  unretained_.reset();
  if (taken.ok()) return;
  unretained_ = std::make_shared<const Error>(
      Error(taken.error().code(),
            "the repository locks what is written to it against removal, and: " + taken.error().message())
          .hint("`kopia repository set-parameters --retention-mode=none` ends that."));
}

Result<> BlobStore::retain(std::string_view id, const store::Retention& retention, std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  return storage_->retain(key, retention, std::move(stop));
}

Result<> BlobStore::remove(std::string_view id, std::stop_token stop) {
  const std::string key = TRY(key_of(id));
  return storage_->remove(key, std::move(stop));
}

}  // namespace salvor::repo
