// What becomes of objects: written, replaced, refused, dropped, raced for, removed.
#include "store/contract_steps.h"

#include <algorithm>
#include <map>

#include "base/guarded.h"
#include "base/task_group.h"

namespace salvor::store::contract {

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
    for (const Exists exists : {Exists::replace, Exists::resume}) {
      const Bytes bytes = random_bytes(rng, size);
      TRY(put(storage, key, bytes, exists, stop));
      TRY(expect_content(storage, key, bytes, stop));
    }
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
    for (const Exists exists : {Exists::replace, Exists::resume}) {
      const auto stream = TRY(storage.create(target, exists, stop));
      TRY(stream->write(text("half")));
    }
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

}  // namespace salvor::store::contract
