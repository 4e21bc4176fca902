#include "store/caching.h"

#include "store/bytes_reader.h"
#include "store/stopped.h"

namespace salvor::store {

using Stop = std::stop_token;

std::uint64_t CachingStorage::Item::size() const {
  constexpr std::uint64_t kOverhead = 400;  // of list, map, strings and counters, measured roughly
  return kOverhead + 3 * key.size() + version.size() + (bytes ? bytes->size() : 0);
}

CachingStorage::Asked CachingStorage::ask() const {
  return {clock_.monotonic(), state_.with([](const State& state) { return state.changes; })};
}

CachingStorage::Item& CachingStorage::touch(State& state, const std::string& key) {
  const auto found = state.by_key.find(key);
  if (found == state.by_key.end()) {
    state.items.push_front({key, nullptr, {}, std::nullopt, {}, {}});
    state.by_key.emplace(key, state.items.begin());
    state.bytes += state.items.front().size();
  } else {
    state.items.splice(state.items.begin(), state.items, found->second);
  }
  return state.items.front();
}

void CachingStorage::drop(State& state, Items::iterator item) {
  state.bytes -= item->size();
  state.by_key.erase(item->key);
  state.items.erase(item);
}

void CachingStorage::keep(const std::string& key, const Asked& asked, const std::function<void(Item&)>& fill) {
  state_.with([&](State& state) {
    if (state.changes != asked.changes) return;
    Item& item = touch(state, key);
    state.bytes -= item.size();
    fill(item);
    // Two answers from different times must not contradict each other.
    if (item.bytes && item.entry && item.bytes->size() != item.entry->size) {
      if (item.bytes_asked > item.entry_asked)
        item.entry.reset();
      else
        item.bytes.reset();
    }
    state.bytes += item.size();
    while (state.bytes > policy_.max_bytes) drop(state, std::prev(state.items.end()));
  });
}

void CachingStorage::forget(const std::string& key) {
  state_.with([&](State& state) {
    ++state.changes;
    const auto found = state.by_key.find(key);
    if (found != state.by_key.end()) drop(state, found->second);
  });
}

std::uint64_t CachingStorage::kept_bytes() const {
  return state_.with([](const State& state) { return state.bytes; });
}

class CachingStorage::Writer final : public WriteStream {
 public:
  Writer(CachingStorage& storage, std::string key, std::unique_ptr<WriteStream> inner)
      : storage_(storage), key_(std::move(key)), inner_(std::move(inner)) {}

  Result<> write(ByteView bytes) override { return inner_->write(bytes); }
  Result<> commit() override {
    // Before, so that nothing asked for earlier is kept later; after, for what was asked for meanwhile.
    storage_.forget(key_);
    auto outcome = inner_->commit();
    storage_.forget(key_);
    return outcome;
  }

 private:
  CachingStorage& storage_;
  const std::string key_;
  const std::unique_ptr<WriteStream> inner_;
};

// Passes on what it reads and keeps it when it has become a whole, small object.
class CachingStorage::Reader final : public ReadStream {
 public:
  Reader(CachingStorage& storage, std::string key, Asked asked, std::unique_ptr<ReadStream> inner)
      : storage_(storage), key_(std::move(key)), asked_(asked), inner_(std::move(inner)), content_(inner_->about()) {
    collecting_ = content_.length && *content_.length <= storage_.policy_.max_object;
  }

  Result<std::size_t> read(MutableByteView into) override {
    const std::size_t got = TRY(inner_->read(into));
    if (!collecting_) return got;
    append(collected_, ByteView(into).first(got));
    const bool at_end = got == 0 && !into.empty();
    collecting_ = !at_end && collected_.size() <= *content_.length;
    if (at_end && collected_.size() == *content_.length) {
      storage_.keep(key_, asked_, [&](Item& item) {
        item.bytes = std::make_shared<const Bytes>(std::move(collected_));
        item.version = content_.version;
        item.bytes_asked = asked_.at;
      });
    }
    return got;
  }
  Content about() const override { return content_; }

 private:
  CachingStorage& storage_;
  const std::string key_;
  const Asked asked_;
  const std::unique_ptr<ReadStream> inner_;
  const Content content_;
  bool collecting_;
  Bytes collected_;
};

Result<std::unique_ptr<WriteStream>> CachingStorage::create(const std::string& key, Exists exists, Stop stop) {
  auto stream = TRY(inner().create(key, exists, std::move(stop)));
  return std::make_unique<Writer>(*this, key, std::move(stream));
}

Result<std::unique_ptr<ReadStream>> CachingStorage::open(const std::string& key, ByteRange range, Stop stop) {
  TRY(check_stop(stop));
  std::string version;
  const auto bytes = state_.with([&](State& state) -> std::shared_ptr<const Bytes> {
    const auto found = state.by_key.find(key);
    if (found == state.by_key.end() || !found->second->bytes || !is_fresh(found->second->bytes_asked)) return nullptr;
    const Item& item = touch(state, key);
    version = item.version;
    return item.bytes;
  });
  if (bytes) return read_bytes(bytes, version, range, key + " in " + describe(), std::move(stop));
  const Asked asked = ask();
  auto stream = TRY(inner().open(key, range, std::move(stop)));
  if (range.offset != 0 || range.length || !is_wanted(key)) return stream;
  return std::make_unique<Reader>(*this, key, asked, std::move(stream));
}

Result<Entry> CachingStorage::stat(const std::string& key, Stop stop) {
  TRY(check_stop(stop));
  auto kept = state_.with([&](State& state) -> std::optional<Entry> {
    const auto found = state.by_key.find(key);
    if (found == state.by_key.end() || !found->second->entry || !is_fresh(found->second->entry_asked)) return {};
    return touch(state, key).entry;
  });
  if (kept) return std::move(*kept);
  const Asked asked = ask();
  const Entry entry = TRY(inner().stat(key, std::move(stop)));
  if (is_wanted(key)) {
    keep(key, asked, [&](Item& item) {
      item.entry = entry;
      item.entry_asked = asked.at;
    });
  }
  return entry;
}

Result<> CachingStorage::remove(const std::string& key, Stop stop) {
  forget(key);
  auto outcome = inner().remove(key, std::move(stop));
  forget(key);
  return outcome;
}

}  // namespace salvor::store
