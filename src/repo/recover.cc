#include "repo/recover.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "base/task_group.h"
#include "repo/blob_id.h"
#include "repo/index_publisher.h"
#include "repo/index_reader.h"
#include "repo/pack_layout.h"
#include "repo/pack_reader.h"
#include "repo/pack_table.h"
#include "repo/session.h"

namespace salvor::repo {

namespace {

using PackPlace = std::pair<std::string, std::uint64_t>;  // its id and size

// Ids of the packs that some index mentions, sorted.
Result<std::vector<std::string_view> > mentioned_packs(const MergedIndex& contents) {
  std::set<std::string_view> packs;
  for (std::uint64_t row = 0; row < contents.rows(); ++row) {
    packs.insert(TRY(contents.at(static_cast<MergedIndex::Position>(row))).pack_blob_id);
  }
  return std::vector(packs.begin(), packs.end());
}

// Ids of the sessions that have a marker.
Result<std::set<std::string, std::less<> > > sessions(BlobStore& store, std::stop_token stop) {
  std::set<std::string, std::less<> > all;
  TRY(store.list(
      kSessionPrefix,
      [&](const BlobMetadata& blob) {
        if (const auto name = parse_blob_id(blob.id); name && name->kind == BlobKind::session) all.insert(name->set);
        return Result<>();
      },
      std::move(stop)));
  return all;
}

class PackSearch {
 public:
  PackSearch(Repository& repository, std::atomic<std::uint64_t>& done)
      : repository_(repository), view_(repository.indexes()), done_(done) {}

  Result<Recovered> run(const RecoverOptions& options, std::stop_token stop) {
    TRY(choose(options, stop));
    TaskGroup group(std::move(stop));
    for (std::size_t i = 0; i < std::min<std::size_t>(options.threads, packs_.size()); ++i) {
      group.start([this](std::stop_token stopped) { return work(stopped); });
    }
    TRY(group.join());
    settle();
    return std::move(found_);
  }

 private:
  Result<> choose(const RecoverOptions& options, std::stop_token stop) {
    const auto mentioned = TRY(mentioned_packs(view_->contents()));
    // Sessions before packs: one that ends in between has written its index, and its packs do no harm.
    const auto going_on = TRY(sessions(repository_.blobs(), stop));
    const PackTable table = TRY(PackTable::list(repository_.blobs(), std::move(stop)));
    for (const PackPlace& pack : table.all()) {
      if (!options.all_packs && std::ranges::binary_search(mentioned, std::string_view(pack.first))) continue;
      if (going_on.contains(session_of(pack.first))) {
        ++found_.left_alone;
      } else {
        packs_.push_back(pack);
      }
    }
    found_.packs = packs_.size();
    return {};
  }

  Result<> work(std::stop_token stop) {
    Sealer sealer = TRY(Sealer::create(repository_.format().config));
    for (std::size_t at = next_++; at < packs_.size(); at = next_++) {
      TRY(look_into(packs_[at], sealer, stop));
      ++done_;
    }
    return {};
  }

  Result<> look_into(const PackPlace& pack, Sealer& sealer, std::stop_token stop) {
    auto entries = read_local_index(repository_.blobs(), pack.first, pack.second, sealer, std::move(stop));
    std::lock_guard hold(mutex_);
    if (!entries.ok()) {
      if (ends_reading(entries.error().code())) return std::move(entries).error();
      found_.unreadable.push_back({pack.first, entries.error().message()});
      return {};
    }
    found_.names.push_back(pack.first);
    bool has_contents = false;
    for (ContentEntry& entry : *entries) {
      if (TRY(view_->contents().find(entry.id))) continue;
      entry.pack_blob_id = found_.names.back();
      found_.entries.push_back(entry);
      has_contents = true;
    }
    if (has_contents) {
      ++found_.packs_with_contents;
    } else {
      found_.names.pop_back();
    }
    return {};
  }

  // Each content once, by the word that counts.
  void settle() {
    std::vector<ContentEntry>& entries = found_.entries;
    std::ranges::sort(entries, [](const ContentEntry& a, const ContentEntry& b) {
      return a.id != b.id ? a.id < b.id : supersedes(a, b);
    });
    const auto rest = std::ranges::unique(entries, {}, &ContentEntry::id);
    entries.erase(rest.begin(), rest.end());
    for (const ContentEntry& entry : entries) found_.packed_bytes += entry.packed_length;
    std::ranges::sort(found_.unreadable, {}, &UnreadablePack::id);
  }

  Repository& repository_;
  const std::shared_ptr<const IndexView> view_;
  std::atomic<std::uint64_t>& done_;
  std::vector<PackPlace> packs_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  Recovered found_;
};

}  // namespace

Result<std::vector<ContentEntry> > read_local_index(BlobStore& store, const std::string& pack, std::uint64_t size,
                                                    Sealer& sealer, std::stop_token stop) {
  const std::uint64_t tail = std::min<std::uint64_t>(size, kMaxPostambleBytes);
  const Bytes end = TRY(store.get_range(pack, size - tail, tail, stop));
  const Result<Postamble> postamble = find_postamble(end, size);
  if (!postamble.ok()) return Error(Code::corrupt, "pack " + pack + " does not end with a local index");
  const std::uint32_t begin = postamble->local_index_offset;
  const Bytes sealed = TRY(store.get_range(pack, begin, postamble->local_index_length, std::move(stop)));
  const Bytes index = TRY(sealer.open(sealed, postamble->local_index_iv).context("the local index of pack " + pack));
  const std::string outer = "the local index of pack " + pack;
  const IndexReader reader = TRY(IndexReader::open(index, Encryptor::overhead()).context(outer));
  std::vector<ContentEntry> entries;
  for (std::uint32_t row = 0; row < reader.count(); ++row) {
    ContentEntry entry = TRY(reader.entry(row).context(outer));
    if (std::uint64_t{entry.pack_offset} + entry.packed_length > begin) {
      return Error(Code::corrupt, outer + " names a content that is not in the pack");
    }
    entry.pack_blob_id = pack;
    entries.push_back(entry);
  }
  return entries;
}

Result<Recovered> find_unindexed(Repository& repository, const RecoverOptions& options,
                                 std::atomic<std::uint64_t>& done, std::stop_token stop) {
  return PackSearch(repository, done).run(options, std::move(stop));
}

Result<> index_again(Repository& repository, const Recovered& recovered, Clock& clock, Rng& rng, std::stop_token stop) {
  const RepositoryConfig& config = repository.format().config;
  if (!config.epoch_parameters.enabled || config.index_format() < 2) {
    return Error(Code::unsupported, "a repository of format " + std::to_string(config.version) + " is only read")
        .hint("`kopia index recover --commit` writes its indexes again.");
  }
  TRY(publish_index(repository.blobs(), config, recovered.entries, new_session_id(rng, clock.now()), clock, rng, stop));
  return repository.refresh(std::move(stop));
}

}  // namespace salvor::repo
