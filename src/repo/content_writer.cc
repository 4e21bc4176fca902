#include "repo/content_writer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "repo/blob_id.h"
#include "repo/index_publisher.h"
#include "repo/session.h"

namespace salvor::repo {

struct ContentWriter::Worker {
  Sealer sealer;
  Hasher hasher;
  std::map<std::uint32_t, Compressor> compressors;
};

// What is known of a content that is to be written.
struct ContentWriter::Known {
  bool stored = false;
  std::int64_t deleted_at = -1;  // seconds; -1 when no index speaks of it
};

struct ContentWriter::State {
  std::string session;              // its id; empty when there is none
  std::string marker;               // the blob's id, when it is there
  std::optional<PackBuilder> data;  // open packs
  std::optional<PackBuilder> metadata;
  std::set<ContentId> begun;      // written or being written, and in no index that was read since
  std::deque<FinishedPack> sent;  // in the storage and in no index; without their bytes
  Duration oldest_sent{};         // when the first of them was sent, by the monotonic clock
  Duration indexes_read{};
  std::uint64_t in_flight = 0;  // contents and packs between begun and sent
  std::optional<Error> failed;
  Written written;
};

namespace {

std::int64_t seconds_of(Time time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

}  // namespace

ContentWriter::ContentWriter(Repository& repository, ContentWriterOptions options, Clock& clock, Rng& rng)
    : repository_(repository),
      options_(std::move(options)),
      clock_(clock),
      rng_(rng),
      state_(std::make_unique<Guarded<State> >()) {
  state_->with([&](State& state) { state.indexes_read = clock.monotonic(); });
}

ContentWriter::~ContentWriter() = default;

Result<std::unique_ptr<ContentWriter> > ContentWriter::create(Repository& repository, ContentWriterOptions options,
                                                              Clock& clock, Rng& rng) {
  const RepositoryConfig& config = repository.format().config;
  if (!config.epoch_parameters.enabled || config.index_format() < 2) {
    return Error(Code::unsupported, "a repository of format " + std::to_string(config.version) + " is only read")
        .hint("`kopia repository upgrade` brings it to format 3.");
  }
  std::unique_ptr<ContentWriter> writer(new ContentWriter(repository, std::move(options), clock, rng));
  TRY(repository.refresh({}));
  return writer;
}

Result<ContentWriter::Worker> ContentWriter::make_worker() const {
  const RepositoryConfig& config = repository_.format().config;
  return Worker{TRY(Sealer::create(config)), TRY(Hasher::create(config.hash, config.secret)), {}};
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
  const auto worker = TRY(workers_.borrow([&] { return make_worker(); }));
  const ContentHash hash = worker->hasher.hash(content);
  const ContentId id = TRY(ContentId::from_hash(prefix, hash.bytes()));
  const auto begin = [&](State& state) -> Result<bool> {
    if (state.failed) return state.failed->clone();
    ++state.written.contents;
    state.written.bytes += content.size();
    return state.begun.insert(id).second;
  };
  if (!TRY(state_->with(begin))) return id;
  const auto store = [&]() -> Result<> {
    const Known known = TRY(look_up(id, stop));
    if (known.stored) return {};
    return write_now(id, content, compression, known.deleted_at, *worker, stop);
  };
  TRY(remember_failure(store()));
  return id;
}

Result<ContentWriter::Known> ContentWriter::look_up(const ContentId& id, std::stop_token stop) {
  const Duration now = clock_.monotonic();
  const bool is_old = state_->with([&](State& state) {
    if (now - state.indexes_read < options_.indexes_valid_for) return false;
    state.indexes_read = now;  // others go on with what there is while this thread reads
    return true;
  });
  if (is_old) TRY(repository_.refresh(std::move(stop)));
  const auto view = repository_.indexes();
  const auto entry = TRY(view->contents().find(id));
  if (!entry) return Known{};
  if (entry->deleted) return Known{false, entry->timestamp_seconds};
  return Known{true, -1};
}

Result<> ContentWriter::write_now(const ContentId& id, ByteView content, std::uint32_t compression, std::int64_t after,
                                  Worker& worker, std::stop_token stop) {
  ContentEntry entry{.id = id,
                     .timestamp_seconds = std::max(seconds_of(clock_.now()), after + 1),
                     .original_length = static_cast<std::uint32_t>(content.size()),
                     .format_version = static_cast<std::uint8_t>(repository_.format().config.version)};
  std::optional<Bytes> compressed;
  if (compression != kNoCompression) {
    if (!worker.compressors.contains(compression)) {
      worker.compressors.emplace(compression, TRY(Compressor::create(compression)));
    }
    compressed = worker.compressors.at(compression).compress(content);
    if (compressed) entry.compression_id = compression;
  }
  Bytes sealed;
  TRY(worker.sealer.seal(compressed ? ByteView(*compressed) : content, iv_of(id.hash()), rng_, sealed));
  TRY(start_session(stop));
  if (std::optional<FinishedPack> full = TRY(add_to_pack(entry, sealed, worker))) {
    TRY(send(*std::move(full), stop));
    const Duration now = clock_.monotonic();
    const bool is_due = state_->with(
        [&](const State& state) { return !state.sent.empty() && now - state.oldest_sent >= options_.index_every; });
    if (is_due) TRY(publish(stop));
  }
  return {};
}

// The pack, when this content filled it.
Result<std::optional<FinishedPack> > ContentWriter::add_to_pack(const ContentEntry& entry, ByteView sealed,
                                                                Worker& worker) {
  std::optional<PackBuilder> full;
  TRY(state_->with([&](State& state) -> Result<> {
    const bool is_data = entry.id.prefix() == 0;
    std::optional<PackBuilder>& open = is_data ? state.data : state.metadata;
    if (!open) open.emplace(is_data ? 'p' : 'q', state.session, rng_);
    TRY(open->add(entry, sealed));
    ++state.written.new_contents;
    state.written.new_bytes += entry.original_length;
    if (open->size() < static_cast<std::size_t>(repository_.format().config.pack_bytes())) return {};
    full = std::exchange(open, std::nullopt);
    ++state.in_flight;
    return {};
  }));
  if (!full) return std::optional<FinishedPack>();
  return std::optional(TRY((*std::move(full)).finish(worker.sealer, worker.hasher, rng_)));
}

// The id of the session, whose marker is in the storage then.
Result<std::string> ContentWriter::start_session(std::stop_token stop) {
  std::lock_guard hold(marking_);
  std::string session = state_->with([](const State& state) { return state.session; });
  if (!session.empty()) return session;
  session = new_session_id(rng_, clock_.now());
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
  return session;
}

Result<> ContentWriter::send(FinishedPack pack, std::stop_token stop) {
  TRY(repository_.blobs().put(pack.blob_id, pack.bytes, store::Exists::replace, std::move(stop)));
  const std::size_t size = pack.bytes.size();
  pack.bytes = Bytes();
  state_->with([&](State& state) {
    if (state.sent.empty()) state.oldest_sent = clock_.monotonic();
    state.sent.push_back(std::move(pack));
    for (ContentEntry& entry : state.sent.back().entries) entry.pack_blob_id = state.sent.back().blob_id;
    ++state.written.packs;
    state.written.pack_bytes += size;
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
    session = state.session;
  });
  std::vector<ContentEntry> entries;
  for (const FinishedPack& pack : packs) entries.insert(entries.end(), pack.entries.begin(), pack.entries.end());
  if (entries.empty()) return {};
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
    std::optional<PackBuilder> data, metadata;
    TRY(state_->with([&](State& state) -> Result<> {
      if (state.failed) return state.failed->clone();
      if (state.in_flight > 0) return Error(Code::internal, "flush while contents are being written");
      data = std::move(state.data);
      metadata = std::move(state.metadata);
      state.data.reset();
      state.metadata.reset();
      state.in_flight += (data ? 1 : 0) + (metadata ? 1 : 0);
      return {};
    }));
    for (std::optional<PackBuilder>* open : {&data, &metadata}) {
      if (!*open) continue;
      TRY(send(TRY(std::move(**open).finish(worker->sealer, worker->hasher, rng_)), stop));
    }
    TRY(publish(stop));
    const std::string marker = state_->with([](State& state) {
      state.begun.clear();
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
