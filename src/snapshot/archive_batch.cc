#include "snapshot/archive_batch.h"

#include <algorithm>

#include "repo/object_reader.h"
#include "repo/pack_reader.h"
#include "snapshot/restore_work.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kLongestLink = 4096;             // PATH_MAX
constexpr std::uint64_t kBatchRequestBytes = 2 << 20;  // of a pack at once

// Of a small item: its object, when that is more than one content.
Result<Bytes> read_apart(repo::Repository& repository, const DirEntry& entry, std::stop_token stop) {
  Bytes bytes;
  const auto keep = [&](ByteView piece) -> Result<> {
    if (bytes.size() + piece.size() > ArchiveBatch::kMostSmall) {
      return Error(Code::corrupt, "it is longer than its directory says");
    }
    append(bytes, piece);
    return {};
  };
  TRY(repo::read_object(repository, TRY(repo::ObjectId::parse(entry.object)), keep, std::move(stop), 1));
  return bytes;
}

// As its entry says, or why it is not.
Result<Bytes> checked(const DirEntry& entry, Result<Bytes> bytes) {
  if (!bytes.ok()) return bytes;
  if (entry.type == EntryType::symlink) {
    if (bytes->size() > kLongestLink) return Error(Code::corrupt, "the link's target is too long");
    if (bytes->empty() || std::ranges::find(*bytes, std::byte{0}) != bytes->end()) {
      return Error(Code::corrupt, "it is a link to nothing");
    }
  } else if (bytes->size() != entry.size) {
    return Error(Code::corrupt, "it has " + std::to_string(bytes->size()) + " bytes in the repository, and " +
                                    std::to_string(entry.size) + " by its directory");
  }
  return bytes;
}

struct Wanted {
  repo::MergedIndex::Position content;
  ArchiveItem* item;
};

}  // namespace

void ArchiveBatch::add(std::string path, DirEntry entry) {
  const bool has_bytes = entry.type == EntryType::file || entry.type == EntryType::symlink;
  const bool is_large = entry.type == EntryType::file && entry.size > kMostSmall;
  if (has_bytes && !is_large) bytes_ += entry.size;
  items.push_back({std::move(path), std::move(entry), is_large});
}

Result<> ArchiveBatch::read(repo::Repository& repository, std::stop_token stop) {
  const auto view = repository.indexes();
  repo::ReadPlan plan(view);
  std::vector<Wanted> wanted;
  for (ArchiveItem& item : items) {
    if (item.is_large || (item.entry.type != EntryType::file && item.entry.type != EntryType::symlink)) continue;
    const Result<repo::ObjectId> object = repo::ObjectId::parse(item.entry.object);
    std::optional<repo::MergedIndex::Located> located;
    if (object.ok() && object->indirection == 0 && !object->compressed) {
      located = TRY(view->contents().locate(object->content));
    }
    if (located && !located->entry.deleted) {
      wanted.push_back({located->position, &item});
      continue;
    }
    item.bytes = checked(item.entry, read_apart(repository, item.entry, stop));
    if (!item.bytes->ok() && ends_restore(item.bytes->error().code())) return item.bytes->error().clone();
  }
  std::ranges::stable_sort(wanted, {}, &Wanted::content);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i == 0 || wanted[i].content != wanted[i - 1].content) TRY(plan.add(wanted[i].content));
  }
  const auto take = [&](repo::MergedIndex::Position content, const repo::ContentEntry&, Result<Bytes> bytes) {
    for (const Wanted& one : std::ranges::equal_range(wanted, content, {}, &Wanted::content)) {
      one.item->bytes = checked(one.item->entry, bytes.ok() ? Result<Bytes>(*bytes) : bytes.error().clone());
    }
    return Result<>();
  };
  return repo::read_contents(repository, std::move(plan), {.threads = 1, .request_bytes = kBatchRequestBytes}, take,
                             std::move(stop));
}

void ArchiveBatch::set_ready() {
  {
    std::lock_guard hold(mutex_);
    is_ready_ = true;
  }
  changed_.notify_all();
}

bool ArchiveBatch::wait_until_ready(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  return changed_.wait(hold, std::move(stop), [this] { return is_ready_; });
}

}  // namespace salvor::snapshot
