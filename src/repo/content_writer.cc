#include "repo/content_writer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "repo/blob_id.h"
#include "repo/id_set.h"
#include "repo/index_publisher.h"
#include "repo/session.h"

namespace salvor::repo {

struct ContentWriter::Worker {
  Sealer sealer;
  Hasher hasher;
  BufferedRng rng;  // nonces
  std::map<std::uint32_t, Compressor> compressors;
};

struct ContentWriter::State {
  std::string session;            // its id; empty when there is none
  std::string marker;             // the blob's id, when it is there
  IdSet begun;                    // written or being written, and in no index that was read since
  std::deque<FinishedPack> sent;  // in the storage and in no index; without their bytes
  std::size_t sent_contents = 0;
  std::vector<Bytes> spare;  // memory of packs that were sent, for the next ones: fresh pages cost as much as sealing
  Duration oldest_sent{};    // when the first of them was sent, by the monotonic clock
  Duration indexes_read{};
  std::uint64_t in_flight = 0;  // contents and packs between begun and sent
  std::optional<Error> failed;
  Written written;
};

namespace {

// Beyond the size at which a pack is full: the largest content, and the pack's own index. Untouched, it is no memory.
constexpr std::size_t kPackSlack = std::size_t{24} << 20;

std::int64_t seconds_of(Time time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

}  // namespace

ContentWriter::ContentWriter(Repository& repository, ContentWriterOptions options, Clock& clock, Rng& rng)
    : repository_(repository),
      options_(std::move(options)),
      clock_(clock),
      rng_(rng),
      sending_(options_.packs_on_their_way),
      data_packs_(repository.blobs().writes_through() ? options_.open_packs : 1),
      metadata_packs_(1),
      state_(std::make_unique<Guarded<State> >()) {
  state_->with([&](State& state) { state.indexes_read = clock.monotonic(); });
}

ContentWriter::~ContentWriter() = default;

Result<std::unique_ptr<ContentWriter> > ContentWriter::create(Repository& repository, ContentWriterOptions options,
                                                              Clock& clock, Rng& rng) {
  const RepositoryConfig& config = repository.format().config;
  if (!config.epoch_parameters.enabled || config.index_format() < 2) {
    return Error(Code::unsupported, "a repository of format " + std::to_string(config.version) + " is only read")
        .hint("`salvor repo upgrade` brings it to format 3.");
  }
  if (repository.is_for_reading_only()) {
    return Error(Code::internal, "a repository that is read without its damaged indexes is not written to");
  }
  std::unique_ptr<ContentWriter> writer(new ContentWriter(repository, std::move(options), clock, rng));
  TRY(repository.refresh({}));
  return writer;
}

Result<ContentWriter::Worker> ContentWriter::make_worker() const {
  const RepositoryConfig& config = repository_.format().config;
  return Worker{TRY(Sealer::create(config)), TRY(Hasher::create(config.hash, config.secret)), BufferedRng(rng_), {}};
}

// An error that leaves open what is stored ends the writing for good.
Result<> ContentWriter::remember_failure(Result<> outcome) {
  if (outcome.ok()) return outcome;
  state_->with([&](State& state) {
    if (!state.failed) state.failed = outcome.error().clone();
  });
  return outcome;
}

Result<ContentId> ContentWriter::write(char prefix, ByteView content, std::uint32_t compression, std::stop_token stop) {
  const NewContent one{prefix, content, compression};
  return TRY(write_all(std::span(&one, 1), std::move(stop))).front();
}

Result<std::vector<ContentId> > ContentWriter::write_all(std::span<const NewContent> contents, std::stop_token stop) {
  const auto worker = TRY(workers_.borrow([&] { return make_worker(); }));
  std::vector<ByteView> bytes(contents.size());
  std::ranges::transform(contents, bytes.begin(), &NewContent::bytes);
  std::vector<ContentHash> hashes(contents.size());
  worker->hasher.hash_all(bytes, hashes);
  std::vector<ContentId> ids;
  ids.reserve(contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    ids.push_back(TRY(ContentId::from_hash(contents[i].prefix, hashes[i].bytes())));
  }
  std::vector<std::size_t> ours;  // those that nobody else writes
  TRY(state_->with([&](State& state) -> Result<> {
    if (state.failed) return state.failed->clone();
    state.written.contents += contents.size();
    for (std::size_t i = 0; i < contents.size(); ++i) {
      state.written.bytes += contents[i].bytes.size();
      if (state.begun.insert(ids[i])) ours.push_back(i);
    }
    return {};
  }));
  const auto store_ours = [&]() -> Result<> {
    TRY(refresh_if_old(stop));
    for (const std::size_t i : ours) TRY(store(ids[i], contents[i], *worker, stop));
    return {};
  };
  TRY(remember_failure(store_ours()));
  return ids;
}

Result<> ContentWriter::refresh_if_old(std::stop_token stop) {
  const Duration now = clock_.monotonic();
  const bool is_old = state_->with([&](State& state) {
    if (now - state.indexes_read < options_.indexes_valid_for) return false;
    state.indexes_read = now;  // others go on with what there is while this thread reads
    return true;
  });
  if (is_old) TRY(repository_.refresh(std::move(stop)));
  return {};
}

// Unless it is there already.
Result<> ContentWriter::store(const ContentId& id, const NewContent& content, Worker& worker, std::stop_token stop) {
  const auto view = repository_.indexes();
  const auto entry = TRY(view->contents().find(id));
  if (entry && !entry->deleted) return {};
  return write_now(id, content, entry ? entry->timestamp_seconds : -1, worker, std::move(stop));
}

Result<> ContentWriter::write_now(const ContentId& id, const NewContent& content, std::int64_t after, Worker& worker,
                                  std::stop_token stop) {
  ContentEntry entry{.id = id,
                     .timestamp_seconds = std::max(seconds_of(clock_.now()), after + 1),
                     .original_length = static_cast<std::uint32_t>(content.bytes.size()),
                     .format_version = static_cast<std::uint8_t>(repository_.format().config.version)};
  std::optional<Bytes> compressed;
  if (content.compression != kNoCompression) {
    if (!worker.compressors.contains(content.compression)) {
      worker.compressors.emplace(content.compression, TRY(Compressor::create(content.compression)));
    }
    compressed = worker.compressors.at(content.compression).compress(content.bytes);
    if (compressed) entry.compression_id = content.compression;
  }
  TRY(start_session(stop));
  const ByteView plain = compressed ? ByteView(*compressed) : content.bytes;
  if (std::optional<FinishedPack> full = TRY(add_to_pack(entry, plain, worker))) {
    TRY(send(*std::move(full), stop));
    const Duration now = clock_.monotonic();
    const bool is_due = state_->with([&](const State& state) {
      return state.sent_contents >= options_.index_of ||
             (!state.sent.empty() && now - state.oldest_sent >= options_.index_every);
    });
    if (is_due) TRY(publish(stop));
  }
  return {};
}

// The pack, when this content filled it. Sealed under the pack's lock: a copy of each content, and the memory for it,
// are saved.
Result<std::optional<FinishedPack> > ContentWriter::add_to_pack(const ContentEntry& entry, ByteView plain,
                                                                Worker& worker) {
  const bool is_data = entry.id.prefix() == 0;
  std::optional<PackBuilder> full =
      TRY((is_data ? data_packs_ : metadata_packs_)
              .put(
                  static_cast<std::size_t>(repository_.format().config.pack_bytes()),
                  [&] { return begin_pack(is_data ? 'p' : 'q'); },
                  [&](PackBuilder& open) { return open.seal(entry, plain, worker.sealer, worker.rng); }));
  state_->with([&](State& state) {
    ++state.written.new_contents;
    state.written.new_bytes += entry.original_length;
    if (full) ++state.in_flight;
  });
  if (!full) return std::optional<FinishedPack>();
  return std::optional(TRY((*std::move(full)).finish(worker.sealer, worker.hasher, rng_)));
}

Result<PackBuilder> ContentWriter::begin_pack(char kind) {
  Bytes memory;
  std::string session;
  state_->with([&](State& state) {
    session = state.session;
    if (state.spare.empty()) return;
    memory = std::move(state.spare.back());
    state.spare.pop_back();
  });
  if (!repository_.blobs().writes_through()) {
    memory.reserve(static_cast<std::size_t>(repository_.format().config.pack_bytes()) + kPackSlack);
  }
  return PackBuilder::begin(kind, session, repository_.blobs(), rng_, std::move(memory));
}

// The session's marker is in the storage then.
Result<> ContentWriter::start_session(std::stop_token stop) {
  const auto has_begun = [](const State& state) { return !state.session.empty(); };
  if (state_->with(has_begun)) return {};
  std::lock_guard hold(marking_);
  if (state_->with(has_begun)) return {};
  const std::string session = new_session_id(rng_, clock_.now());
  const auto worker = TRY(workers_.borrow([&] { return make_worker(); }));
  const std::string text = encode(SessionMarker{session, clock_.now(), clock_.now(), options_.user, options_.host});
  const ContentHash hash = worker->hasher.hash(as_bytes(text));
  Bytes sealed;
  TRY(worker->sealer.seal(as_bytes(text), iv_of(hash.bytes()), rng_, sealed));
  const std::string id = encode(BlobName{.kind = BlobKind::session, .hash = hash.hex(), .set = session});
  TRY(repository_.blobs().put(id, sealed, store::Exists::replace, std::move(stop)));
  state_->with([&](State& state) {
    state.session = session;
    state.marker = id;
  });
  return {};
}

Result<> ContentWriter::send(FinishedPack pack, std::stop_token stop) {
  {
    const Slots::Held slot = TRY(sending_.take(stop));
    TRY(pack.store(repository_.blobs(), std::move(stop)));
  }
  state_->with([&](State& state) {
    state.spare.push_back(std::exchange(pack.bytes, {}));
    if (state.sent.empty()) state.oldest_sent = clock_.monotonic();
    state.sent_contents += pack.entries.size();
    state.sent.push_back(std::move(pack));
    for (ContentEntry& entry : state.sent.back().entries) entry.pack_blob_id = state.sent.back().blob_id;
    ++state.written.packs;
    state.written.pack_bytes += state.sent.back().size;
    --state.in_flight;
  });
  return {};
}

// Index blobs of all packs that are in the storage.
Result<> ContentWriter::publish(std::stop_token stop) {
  std::lock_guard hold(publishing_);
  std::deque<FinishedPack> packs;
  std::string session;
  state_->with([&](State& state) {
    packs.swap(state.sent);
    state.sent_contents = 0;
    session = state.session;
  });
  std::vector<ContentEntry> entries;
  std::size_t count = 0;
  for (const FinishedPack& pack : packs) count += pack.entries.size();
  entries.reserve(count);
  for (const FinishedPack& pack : packs) entries.insert(entries.end(), pack.entries.begin(), pack.entries.end());
  if (entries.empty()) return {};
  TRY(repository_.check_not_locked(stop));
  std::ranges::sort(entries, {}, &ContentEntry::id);
  TRY(publish_index(repository_.blobs(), repository_.format().config, entries, session, clock_, rng_, stop));
  const Duration now = clock_.monotonic();
  TRY(repository_.refresh(std::move(stop)));
  state_->with([&](State& state) {
    state.indexes_read = now;
    for (const ContentEntry& entry : entries) state.begun.erase(entry.id);
  });
  return {};
}

Result<> ContentWriter::flush(std::stop_token stop) {
  const auto all = [&]() -> Result<> {
    const auto worker = TRY(workers_.borrow([&] { return make_worker(); }));
    TRY(state_->with([&](const State& state) -> Result<> {
      if (state.failed) return state.failed->clone();
      if (state.in_flight > 0) return Error(Code::internal, "flush while contents are being written");
      return {};
    }));
    for (OpenPacks* packs : {&data_packs_, &metadata_packs_}) {
      for (PackBuilder& open : packs->take_all()) {
        state_->with([](State& state) { ++state.in_flight; });
        TRY(send(TRY(std::move(open).finish(worker->sealer, worker->hasher, rng_)), stop));
      }
    }
    TRY(publish(stop));
    const std::string marker = state_->with([](State& state) {
      state.begun.clear();
      state.spare.clear();
      state.session.clear();
      return std::exchange(state.marker, {});
    });
    if (!marker.empty()) TRY(repository_.blobs().remove(marker, stop));
    return {};
  };
  return remember_failure(all());
}

ContentWriter::Written ContentWriter::written() const {
  return state_->with([](const State& state) { return state.written; });
}

}  // namespace salvor::repo
