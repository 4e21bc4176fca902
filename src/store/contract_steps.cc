#include "store/contract_steps.h"

#include <algorithm>

namespace salvor::store::contract {

namespace {

Error broken(const std::string& promise) { return Error(Code::internal, promise); }

}  // namespace

Result<> expect(bool kept, const std::string& promise) {
  if (kept) return {};
  return broken(promise);
}

Result<> expect_code(const Result<>& result, Code code, const std::string& what) {
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
  // MinIO shows what lies below an object only when that object is gone.
  for (int round = 0; round < 5; ++round) {
    const auto left = TRY(listed(storage, prefix, stop));
    if (left.empty()) break;
    for (const std::string& key : left) TRY(storage.remove(key, stop));
  }
  return {};
}

}  // namespace salvor::store::contract
