// What is seen of objects: ranges, absence, lists, errors, stops.
#include "store/contract_steps.h"

#include <algorithm>
#include <iterator>

namespace salvor::store::contract {

Result<> reads_ranges(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  const std::string key = prefix + "ranged";
  const Bytes whole = random_bytes(rng, 10'000);
  TRY(put(storage, key, whole, Exists::replace, stop));
  struct Case {
    ByteRange range;
    std::size_t wanted;
  };
  for (const auto& [range, wanted] :
       {Case{{0, 10}, 10}, Case{{9'990, 100}, 10}, Case{{10'000, 5}, 0}, Case{{5'000, std::nullopt}, 5'000},
        Case{{10'000, std::nullopt}, 0}, Case{{17, 0}, 0}, Case{{1, UINT64_MAX}, 9'999}}) {
    const auto stream = TRY(storage.open(key, range, stop));
    Bytes found(10'001);
    std::size_t size = 0;
    while (const std::size_t got = TRY(stream->read(MutableByteView(found).subspan(size, 777)))) size += got;
    found.resize(size);
    const ByteView part = ByteView(whole).subspan(range.offset, wanted);
    TRY(expect(std::ranges::equal(found, part), "the range from " + std::to_string(range.offset) + " is wrong"));
  }
  return expect_code(storage.open(key, {10'001, {}}, stop), Code::invalid, "a range that starts beyond the end");
}

Result<> get_range_wants_every_byte(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "short";
  TRY(put(storage, key, text("0123456789"), Exists::replace, stop));
  const Bytes part = TRY(get_range(storage, key, 3, 4, stop));
  TRY(expect(as_text(part) == "3456", "get_range gives other bytes than were written"));
  TRY(expect_code(get_range(storage, key, 8, 3, stop), Code::corrupt, "get_range over the end"));
  TRY(expect_code(get_range(storage, key, 11, 1, stop), Code::corrupt, "get_range beyond the end"));
  return expect_code(get(storage, key, 9, stop), Code::invalid, "get of more than its limit");
}

Result<> a_reader_keeps_what_it_opened(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  const std::string key = prefix + "swapped";
  const Bytes before = random_bytes(rng, 100'000), after = random_bytes(rng, 100'000);
  TRY(put(storage, key, before, Exists::replace, stop));
  const auto stream = TRY(storage.open(key, {}, stop));
  Bytes found(before.size());
  std::size_t size = TRY(stream->read(MutableByteView(found).first(1000)));
  TRY(put(storage, key, after, Exists::replace, stop));
  while (size < found.size()) {
    const auto got = stream->read(MutableByteView(found).subspan(size));
    if (!got.ok() || *got == 0) return {};  // a store may also give up, but not mix
    size += *got;
  }
  return expect(found == before, "a reader sees a mixture of the old and the new object");
}

Result<> tells_what_it_delivers(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  const std::string key = prefix + "described";
  TRY(put(storage, key, random_bytes(rng, 5000), Exists::replace, stop));
  const auto stream = TRY(storage.open(key, {1000, 100'000}, stop));
  const Content content = stream->about();
  TRY(expect(content.length.value_or(4000) == 4000, "a stream promises another length than its range has"));
  const auto again = TRY(storage.open(key, {}, stop));
  TRY(expect(again->about().version == content.version, "the version of an object changes by itself"));
  TRY(put(storage, key, random_bytes(rng, 5000), Exists::replace, stop));
  TRY(expect(stream->about().version == content.version, "an open stream takes the version of a later object"));
  const auto later = TRY(storage.open(key, {}, stop));
  return expect(content.version.empty() || later->about().version != content.version,
                "other bytes have the same version");
}

// Stores keep whole seconds at worst.
Result<> dates_objects_by_its_own_clock(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const auto before = TRY(storage.server_time(stop));
  TRY(put(storage, prefix + "dated", text("x"), Exists::replace, stop));
  const Time modified = TRY(storage.stat(prefix + "dated", stop)).modified;
  const auto after = TRY(storage.server_time(stop));
  if (!before || !after) return {};
  TRY(expect(modified > *before - std::chrono::seconds(2), "a new object is dated before the store's clock"));
  return expect(modified < *after + std::chrono::seconds(2), "a new object is dated behind the store's clock");
}

Result<> reports_absent_objects(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "no/such/object";
  TRY(expect_code(storage.open(key, {}, stop), Code::not_found, "open of an absent object"));
  TRY(expect_code(storage.stat(key, stop), Code::not_found, "stat of an absent object"));
  TRY(storage.remove(key, stop));
  TRY(expect(!TRY(exists(storage, key, stop)), "an absent object exists"));
  TRY(expect_listed(storage, key, {}, stop));
  TRY(put(storage, key, text("x"), Exists::replace, stop));
  TRY(expect(TRY(exists(storage, key, stop)), "a stored object does not exist"));
  TRY(expect_code(storage.stat(prefix + "no/such", stop), Code::not_found, "stat of a directory"));
  TRY(expect_code(storage.open(prefix + "no", {}, stop), Code::not_found, "open of a directory"));
  TRY(expect_code(storage.stat(key + "/below", stop), Code::not_found, "stat below an object"));
  TRY(storage.remove(prefix + "no/such", stop));
  TRY(storage.remove(key + "/below", stop));
  return expect_listed(storage, prefix, {key}, stop);
}

Result<> lists_in_byte_order(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  // '-' and '.' come before '/', '0' and letters behind it; Ω and 🐟 behind everything.
  Keys keys = {"a-b", "a.b/x", "a/b", "a/b-", "a0", "ab", "A", "a/c/d", "a-/z", "Ω", "🐟/fin", "z/Ω", "a/b0/q", " "};
  for (std::string& key : keys) key.insert(0, prefix);
  TRY(put_all(storage, keys, stop));
  std::ranges::sort(keys);
  return expect_listed(storage, prefix, keys, stop);
}

Result<> lists_by_any_prefix(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  Keys keys = {"ab", "abc/d", "abc/de", "abd", "b"};
  for (std::string& key : keys) key.insert(0, prefix);
  TRY(put_all(storage, keys, stop));
  for (const std::string ending : {"", "a", "ab", "abc", "abc/", "abc/d", "abc/de", "abc/def", "b/", "x"}) {
    Keys wanted;
    std::ranges::copy_if(keys, std::back_inserter(wanted),
                         [&](const std::string& key) { return key.starts_with(prefix + ending); });
    TRY(expect_listed(storage, prefix + ending, wanted, stop));
  }
  return {};
}

Result<> lists_directories(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  Keys keys = {"file", "one/x", "one/y", "one-more/x", "deep/er/est/x", "Ω/x"};
  for (std::string& key : keys) key.insert(0, prefix);
  TRY(put_all(storage, keys, stop));
  TRY(expect(TRY(directories(storage, prefix, stop)) == Keys{"deep", "one-more", "one", "Ω"},
             "list_directories reports other names or another order"));
  TRY(expect(TRY(directories(storage, prefix + "deep/", stop)) == Keys{"er"}, "a nested directory is not reported"));
  TRY(expect(TRY(directories(storage, prefix + "one/", stop)).empty(), "objects are reported as directories"));
  TRY(expect(TRY(directories(storage, prefix + "none/", stop)).empty(), "an absent directory has directories"));
  return expect_code(directories(storage, prefix + "one", stop), Code::invalid, "a prefix without a slash");
}

Result<> passes_on_the_visitors_error(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  TRY(put_all(storage, {prefix + "1/x", prefix + "2/x", prefix + "3/x"}, stop));
  int visits = 0;
  const auto enough = [&](const auto&) -> Result<> {
    if (++visits == 2) return Error(Code::expired, "enough");
    return {};
  };
  TRY(expect_code(storage.list(prefix, enough, stop), Code::expired, "list with a visitor that fails"));
  TRY(expect(visits == 2, "list goes on after its visitor failed"));
  visits = 0;
  TRY(expect_code(storage.list_directories(prefix, enough, stop), Code::expired, "list_directories likewise"));
  return expect(visits == 2, "list_directories goes on after its visitor failed");
}

Result<> lets_the_visitor_use_the_store(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  TRY(put_all(storage, {prefix + "a", prefix + "b/c", prefix + "d"}, stop));
  TRY(storage.list(prefix, [&](const Entry& entry) { return storage.remove(entry.key, stop); }, stop));
  return expect_listed(storage, prefix, {}, stop);
}

Result<> refuses_bad_keys(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  using namespace std::string_literals;
  for (const std::string& key :
       {""s, "/"s, "/abs"s, prefix, prefix + "a//b", prefix + "./a", prefix + "a/..", prefix + "../a",
        prefix + "a/../../b", prefix + "nul\0x"s, prefix + "line\n", prefix + "\xff\xfe", prefix + "del\x7f",
        prefix + std::string(256, 'x'), prefix + std::string(1100, '/'), prefix + ".salvor-tmp-1"}) {
    TRY(expect_code(storage.create(key, Exists::replace, stop), Code::invalid, "create of a bad key"));
    TRY(expect_code(storage.open(key, {}, stop), Code::invalid, "open of a bad key"));
    TRY(expect_code(storage.stat(key, stop), Code::invalid, "stat of a bad key"));
    TRY(expect_code(storage.remove(key, stop), Code::invalid, "remove of a bad key"));
  }
  TRY(expect_code(listed(storage, prefix + "../", stop), Code::invalid, "list of a bad prefix"));
  TRY(expect_code(directories(storage, prefix + "../", stop), Code::invalid, "list_directories of a bad prefix"));
  return expect_listed(storage, prefix, {}, stop);
}

Result<> stops_on_request(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "present";
  TRY(put(storage, key, text("x"), Exists::replace, stop));
  std::stop_source source;
  const auto writer = TRY(storage.create(prefix + "half", Exists::replace, source.get_token()));
  const auto reader = TRY(storage.open(key, {}, source.get_token()));
  TRY(writer->write(text("x")));
  source.request_stop();
  const Stop stopped = source.get_token();
  Bytes buffer(10);
  TRY(expect_code(writer->write(text("x")), Code::cancelled, "write after a stop"));
  TRY(expect_code(writer->commit(), Code::cancelled, "commit after a stop"));
  TRY(expect_code(reader->read(buffer), Code::cancelled, "read after a stop"));
  TRY(expect_code(storage.create(key, Exists::replace, stopped), Code::cancelled, "create after a stop"));
  TRY(expect_code(storage.open(key, {}, stopped), Code::cancelled, "open after a stop"));
  TRY(expect_code(storage.stat(key, stopped), Code::cancelled, "stat after a stop"));
  TRY(expect_code(storage.remove(key, stopped), Code::cancelled, "remove after a stop"));
  TRY(expect_code(storage.capabilities(stopped), Code::cancelled, "capabilities after a stop"));
  TRY(expect_code(storage.server_time(stopped), Code::cancelled, "server_time after a stop"));
  TRY(expect_code(storage.free_space(stopped), Code::cancelled, "free_space after a stop"));
  TRY(expect_code(listed(storage, prefix, stopped), Code::cancelled, "list after a stop"));
  TRY(expect_code(directories(storage, prefix, stopped), Code::cancelled, "list_directories after a stop"));
  return expect_listed(storage, prefix, {key}, stop);
}

}  // namespace salvor::store::contract
