#include "store/contract.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/task_group.h"

namespace salvor::store {

namespace {

using Stop = std::stop_token;
using Keys = std::vector<std::string>;

Error broken(const std::string& promise) { return Error(Code::internal, promise); }

Result<> expect(bool kept, const std::string& promise) {
  if (kept) return {};
  return broken(promise);
}

template <class T>
Result<> expect_code(const Result<T>& result, Code code, const std::string& what) {
  if (!result.ok() && result.error().code() == code) return {};
  const std::string got = result.ok() ? "success" : std::string(to_string(result.error().code()));
  return broken(what + " answers " + got + " instead of " + std::string(to_string(code)));
}

Bytes text(std::string_view from) {
  Bytes bytes;
  append(bytes, as_bytes(from));
  return bytes;
}

Bytes random_bytes(Rng& rng, std::size_t size) {
  Bytes bytes(size);
  rng.fill(bytes);
  return bytes;
}

Result<> expect_content(Storage& storage, const std::string& key, ByteView wanted, Stop stop) {
  const Bytes found = TRY(get(storage, key, wanted.size() + 1000, stop));
  TRY(expect(std::ranges::equal(found, wanted), key + " does not hold what was written"));
  const Entry entry = TRY(storage.stat(key, stop));
  TRY(expect(entry.key == key, "stat names another key than " + key));
  return expect(entry.size == wanted.size(), "stat reports a wrong size of " + key);
}

Result<Keys> listed(Storage& storage, const std::string& prefix, Stop stop) {
  Keys keys;
  TRY(storage.list(prefix, [&](const Entry& entry) { return (keys.push_back(entry.key), Result<>{}); }, stop));
  return keys;
}

Result<Keys> directories(Storage& storage, const std::string& prefix, Stop stop) {
  Keys names;
  TRY(storage.list_directories(
      prefix, [&](std::string_view name) { return (names.emplace_back(name), Result<>{}); }, stop));
  return names;
}

Result<> expect_listed(Storage& storage, const std::string& prefix, const Keys& wanted, Stop stop) {
  const Keys keys = TRY(listed(storage, prefix, stop));
  if (keys == wanted) return {};
  std::string found;
  for (const std::string& key : keys) found += " " + key;
  return broken("list of \"" + prefix + "\" reports:" + found);
}

Result<> put_all(Storage& storage, const Keys& keys, Stop stop) {
  for (const std::string& key : keys) TRY(put(storage, key, text(key), Exists::replace, stop));
  return {};
}

Result<> remove_all(Storage& storage, const std::string& prefix, Stop stop) {
  for (const std::string& key : TRY(listed(storage, prefix, stop))) TRY(storage.remove(key, stop));
  return {};
}

Result<> gives_back_what_was_written(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  for (const std::size_t size : {0, 1, 4095, 4096, 1'000'003}) {
    const std::string key = prefix + "object-" + std::to_string(size);
    const Bytes bytes = random_bytes(rng, size);
    TRY(put(storage, key, bytes, Exists::replace, stop));
    TRY(expect_content(storage, key, bytes, stop));
  }
  return {};
}

Result<> joins_the_pieces_of_a_stream(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  Bytes whole;
  const auto stream = TRY(storage.create(prefix + "pieces", Exists::replace, stop));
  for (int i = 0; i < 200; ++i) {
    const Bytes piece = random_bytes(rng, rng.below(3000));
    append(whole, piece);
    TRY(stream->write(piece));
  }
  TRY(stream->commit());
  return expect_content(storage, prefix + "pieces", whole, stop);
}

Result<> replaces_whole_objects(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  const std::string key = prefix + "replaced";
  for (const std::size_t size : {50'000, 10, 0, 70'000}) {
    const Bytes bytes = random_bytes(rng, size);
    TRY(put(storage, key, bytes, Exists::replace, stop));
    TRY(expect_content(storage, key, bytes, stop));
  }
  return {};
}

Result<> shows_nothing_before_commit(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "deep/er/pending", old = prefix + "old";
  TRY(put(storage, old, text("old"), Exists::replace, stop));
  const auto stream = TRY(storage.create(key, Exists::refuse, stop));
  const auto replacing = TRY(storage.create(old, Exists::replace, stop));
  TRY(stream->write(text("half")));
  TRY(replacing->write(text("half")));
  TRY(expect_code(storage.stat(key, stop), Code::not_found, "stat of an uncommitted object"));
  TRY(expect_code(storage.open(key, {}, stop), Code::not_found, "open of an uncommitted object"));
  TRY(expect_content(storage, old, text("old"), stop));
  TRY(expect_listed(storage, prefix, {old}, stop));
  TRY(expect(TRY(directories(storage, prefix, stop)).empty(), "a directory of nothing but an unfinished object shows"));
  TRY(stream->commit());
  TRY(replacing->commit());
  TRY(expect_content(storage, old, text("half"), stop));
  return expect_listed(storage, prefix, {key, old}, stop);
}

Result<> forgets_dropped_streams(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "a/b/dropped", old = prefix + "kept";
  TRY(put(storage, old, text("old"), Exists::replace, stop));
  for (const std::string& target : {key, old}) {
    const auto stream = TRY(storage.create(target, Exists::replace, stop));
    TRY(stream->write(text("half")));
  }
  TRY(expect_code(storage.stat(key, stop), Code::not_found, "stat of a dropped object"));
  TRY(expect_content(storage, old, text("old"), stop));
  TRY(expect_listed(storage, prefix, {old}, stop));
  return expect(TRY(directories(storage, prefix, stop)).empty(), "a dropped object leaves a directory");
}

Result<> refuses_to_replace(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "first";
  const auto late = TRY(storage.create(key, Exists::refuse, stop));
  TRY(late->write(text("late")));
  TRY(put(storage, key, text("first"), Exists::refuse, stop));
  TRY(expect_code(late->commit(), Code::already_exists, "commit over an object that must not be replaced"));
  TRY(expect_code(put(storage, key, text("third"), Exists::refuse, stop), Code::already_exists, "a refusing put"));
  TRY(expect_content(storage, key, text("first"), stop));
  return expect_listed(storage, prefix, {key}, stop);
}

Result<> lets_one_of_many_writers_win(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  const std::string key = prefix + "raced/for";
  Guarded<Keys> winners;
  TaskGroup writers(stop);
  for (int i = 0; i < 8; ++i) {
    writers.start([&, name = std::string(1000, static_cast<char>('a' + i))](Stop task_stop) -> Result<> {
      const auto outcome = put(storage, key, text(name), Exists::refuse, task_stop);
      if (outcome.ok()) winners.with([&](Keys& names) { names.push_back(name); });
      if (!outcome.ok()) TRY(expect_code(outcome, Code::already_exists, "losing a race"));
      return {};
    });
  }
  TRY(writers.join());
  const Keys names = winners.with([](const Keys& all) { return all; });
  TRY(expect(names.size() == 1, std::to_string(names.size()) + " writers of one key succeeded instead of one"));
  TRY(expect_content(storage, key, text(names[0]), stop));
  return expect_listed(storage, prefix, {key}, stop);
}

Result<> survives_racing_writers_and_removers(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  TaskGroup threads(stop);
  for (int i = 0; i < 4; ++i) {
    threads.start([&, key = prefix + "shared/dir/" + std::to_string(i)](Stop task_stop) -> Result<> {
      for (int round = 0; round < 25; ++round) {
        TRY(put(storage, key, text(key), Exists::replace, task_stop));
        TRY(expect_content(storage, key, text(key), task_stop));
        TRY(storage.remove(key, task_stop));
      }
      return {};
    });
  }
  TRY(threads.join());
  return expect_listed(storage, prefix, {}, stop);
}

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

Result<> removes_at_once(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  TRY(put_all(storage, {prefix + "d/one", prefix + "d/two"}, stop));
  TRY(storage.remove(prefix + "d/one", stop));
  TRY(expect_code(storage.stat(prefix + "d/one", stop), Code::not_found, "stat of a removed object"));
  TRY(expect_listed(storage, prefix, {prefix + "d/two"}, stop));
  TRY(storage.remove(prefix + "d/two", stop));
  TRY(storage.remove(prefix + "d/two", stop));
  TRY(expect(TRY(directories(storage, prefix, stop)).empty(), "a directory outlives its last object"));
  // Its name is free again, also for an object.
  TRY(put(storage, prefix + "d", text("now an object"), Exists::refuse, stop));
  return expect_content(storage, prefix + "d", text("now an object"), stop);
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

Result<> takes_wide_keys(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  std::string deep = prefix;
  for (int i = 0; i < 200; ++i) deep += "d/";
  Keys keys = {deep + "leaf", prefix + std::string(255, 'n'), prefix + "ключ/鍵/🗝️",
               prefix + "with space & 'quotes\" %2F\\"};
  TRY(put_all(storage, keys, stop));
  for (const std::string& key : keys) TRY(expect_content(storage, key, text(key), stop));
  std::ranges::sort(keys);
  return expect_listed(storage, prefix, keys, stop);
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
  TRY(expect_code(storage.free_space(stopped), Code::cancelled, "free_space after a stop"));
  TRY(expect_code(listed(storage, prefix, stopped), Code::cancelled, "list after a stop"));
  TRY(expect_code(directories(storage, prefix, stopped), Code::cancelled, "list_directories after a stop"));
  return expect_listed(storage, prefix, {key}, stop);
}

// A name cannot be an object and a directory; whichever came first stays, and the other one is a conflict or both work.
Result<> keeps_objects_and_directories_apart(Storage& storage, const std::string& prefix, Rng&, Stop stop) {
  TRY(put_all(storage, {prefix + "object", prefix + "directory/x"}, stop));
  for (const std::string& key : {prefix + "object/below", prefix + "directory"}) {
    const auto outcome = put(storage, key, text("y"), Exists::replace, stop);
    if (!outcome.ok()) TRY(expect_code(outcome, Code::conflict, "a key that is both object and directory"));
  }
  TRY(expect_content(storage, prefix + "object", text(prefix + "object"), stop));
  return expect_content(storage, prefix + "directory/x", text(prefix + "directory/x"), stop);
}

// Random operations against a map that says what must come out.
Result<> behaves_like_a_map(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  const Keys names = {"a", "b", "c/a", "c/b", "c/d/e", "c/d/f", "g/h/i/j", "c-", "g.", "Ω/k"};
  std::map<std::string, Bytes> model;
  for (int step = 0; step < 400; ++step) {
    const std::string key = prefix + names[rng.below(names.size())];
    switch (rng.below(6)) {
      case 0:
      case 1: {
        const bool refuse = rng.below(3) == 0;
        const Bytes bytes = random_bytes(rng, rng.below(5000));
        const auto outcome = put(storage, key, bytes, refuse ? Exists::refuse : Exists::replace, stop);
        if (refuse && model.contains(key)) {
          TRY(expect_code(outcome, Code::already_exists, "put of a present key"));
        } else {
          if (!outcome.ok()) return outcome.error().clone();
          model[key] = bytes;
        }
        break;
      }
      case 2: {
        const auto stream = TRY(storage.create(key, Exists::replace, stop));
        TRY(stream->write(random_bytes(rng, rng.below(5000))));
        break;  // dropped
      }
      case 3:
        TRY(storage.remove(key, stop));
        model.erase(key);
        break;
      case 4:
        if (model.contains(key)) {
          TRY(expect_content(storage, key, model[key], stop));
        } else {
          TRY(expect_code(storage.open(key, {}, stop), Code::not_found, "open of a removed object"));
        }
        break;
      default: {
        Keys wanted;
        for (const auto& [present, bytes] : model) wanted.push_back(present);
        TRY(expect_listed(storage, prefix, wanted, stop));
      }
    }
  }
  return {};
}

template <auto run>
Result<> run_and_clear(Storage& storage, const std::string& prefix, Rng& rng, Stop stop) {
  Result<> outcome = run(storage, prefix, rng, stop);
  const Result<> cleared = remove_all(storage, prefix, stop);
  if (!outcome.ok()) return outcome;
  return cleared.ok() ? Result<>{} : Result<>(cleared.error().clone());
}

constexpr std::array kChecks = {
    ContractCheck{"GivesBackWhatWasWritten", run_and_clear<gives_back_what_was_written>},
    ContractCheck{"JoinsThePiecesOfAStream", run_and_clear<joins_the_pieces_of_a_stream>},
    ContractCheck{"ReplacesWholeObjects", run_and_clear<replaces_whole_objects>},
    ContractCheck{"ShowsNothingBeforeCommit", run_and_clear<shows_nothing_before_commit>},
    ContractCheck{"ForgetsDroppedStreams", run_and_clear<forgets_dropped_streams>},
    ContractCheck{"RefusesToReplace", run_and_clear<refuses_to_replace>},
    ContractCheck{"LetsOneOfManyWritersWin", run_and_clear<lets_one_of_many_writers_win>},
    ContractCheck{"SurvivesRacingWritersAndRemovers", run_and_clear<survives_racing_writers_and_removers>},
    ContractCheck{"ReadsRanges", run_and_clear<reads_ranges>},
    ContractCheck{"GetRangeWantsEveryByte", run_and_clear<get_range_wants_every_byte>},
    ContractCheck{"AReaderKeepsWhatItOpened", run_and_clear<a_reader_keeps_what_it_opened>},
    ContractCheck{"ReportsAbsentObjects", run_and_clear<reports_absent_objects>},
    ContractCheck{"RemovesAtOnce", run_and_clear<removes_at_once>},
    ContractCheck{"ListsInByteOrder", run_and_clear<lists_in_byte_order>},
    ContractCheck{"ListsByAnyPrefix", run_and_clear<lists_by_any_prefix>},
    ContractCheck{"ListsDirectories", run_and_clear<lists_directories>},
    ContractCheck{"PassesOnTheVisitorsError", run_and_clear<passes_on_the_visitors_error>},
    ContractCheck{"LetsTheVisitorUseTheStore", run_and_clear<lets_the_visitor_use_the_store>},
    ContractCheck{"TakesWideKeys", run_and_clear<takes_wide_keys>},
    ContractCheck{"RefusesBadKeys", run_and_clear<refuses_bad_keys>},
    ContractCheck{"StopsOnRequest", run_and_clear<stops_on_request>},
    ContractCheck{"KeepsObjectsAndDirectoriesApart", run_and_clear<keeps_objects_and_directories_apart>},
    ContractCheck{"BehavesLikeAMap", run_and_clear<behaves_like_a_map>},
};

}  // namespace

std::span<const ContractCheck> contract_checks() { return kChecks; }

}  // namespace salvor::store
