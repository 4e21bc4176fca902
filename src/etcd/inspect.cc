#include "etcd/inspect.h"

#include <algorithm>
#include <map>

#include "base/big_endian.h"
#include "codec/crc.h"
#include "etcd/facts.h"
#include "etcd/newest.h"
#include "etcd/revision.h"

namespace salvor::etcd {

namespace {

constexpr std::size_t kShownProblems = 20;
constexpr std::size_t kMostUnleased = 1000;  // that are remembered; a sound snapshot has none

// The ids in the bucket `lease`, ascending.
Result<std::vector<std::uint64_t>> lease_ids(const Snapshot& snapshot) {
  std::vector<std::uint64_t> ids;
  auto found = TRY(snapshot.bucket(bucket::kLease));
  if (!found) return ids;
  bbolt::Cursor cursor(snapshot.database(), std::move(*found));
  for (bool more = TRY(cursor.first()); more; more = TRY(cursor.next())) {
    if (cursor.key().size() == 8) ids.push_back(load_big_endian(cursor.key()));
  }
  return ids;
}

class Inspector final : public bbolt::Visitor {
 public:
  Inspector(Inspection& found, std::vector<std::uint64_t> leases) : found_(found), leases_(std::move(leases)) {}

  Result<> enter(ByteView name, std::uint64_t) override {
    if (is_inside_) return Error(Code::unsupported, "a bucket lies in it, which etcd has not");
    is_inside_ = true;
    is_key_bucket_ = as_text(name) == bucket::kKey;
    add(name);
    return {};
  }
  Result<> entry(ByteView key, ByteView value) override {
    add(key);
    add(value);
    ++found_.status.entries;
    if (is_key_bucket_) change(key, as_text(value));
    return {};
  }
  Result<> leave() override {
    is_inside_ = false;
    return {};
  }
  std::uint64_t live() const { return newest_.live(); }

  // Of the state at the end: what was replaced or deleted may have had leases that are no more.
  void end() {
    for (const auto& [key, revision] : unleased_) {
      problem("the change at revision " + std::to_string(revision) + " has a lease that does not exist");
    }
  }

  void problem(std::string what) {
    ++found_.problem_count;
    if (found_.problems.size() < kShownProblems) found_.problems.push_back(std::move(what));
  }

 private:
  void note_lease(const KeyValue& kv, std::int64_t revision) {
    if (!unleased_.empty()) unleased_.erase(std::string(kv.key));
    const auto id = static_cast<std::uint64_t>(kv.lease);
    if (id == 0 || unleased_.size() == kMostUnleased || std::ranges::binary_search(leases_, id)) return;
    unleased_[std::string(kv.key)] = revision;
  }

  void add(ByteView bytes) { found_.status.hash = codec::crc32c(bytes, found_.status.hash); }

  void change(ByteView key, std::string_view value) {
    const auto at = parse_revision(key);
    if (!at) return problem("a key of the bucket \"key\" is no revision");
    const auto wrong = [&](const char* what) {
      problem("the change at revision " + std::to_string(at->revision.main) + "_" + std::to_string(at->revision.sub) +
              " " + what);
    };
    found_.status.revision = at->revision.main;
    ++found_.changes;
    KeyValue kv;
    if (!parse_key_value(value, kv)) return wrong("is not readable");
    newest_.put(kv.key, *at);
    note_lease(kv, at->revision.main);
    if (at->tombstone) {
      ++found_.deletions;
      if (kv.key.empty() || !kv.value.empty() || kv.mod_revision != 0) wrong("is no deletion although it says so");
      return;
    }
    // A restore that moved the revision on left a change of nothing there.
    if (value.empty()) return;
    if (kv.key.empty()) return wrong("has no key");
    if (kv.mod_revision != at->revision.main) return wrong("says that it was made at another revision");
    if (kv.create_revision < 1 || kv.create_revision > kv.mod_revision || kv.version < 1) {
      wrong("has an impossible history");
    }
  }

  Inspection& found_;
  Newest newest_;
  const std::vector<std::uint64_t> leases_;
  std::map<std::string, std::int64_t> unleased_;  // keys whose lease does not exist, and when they got it
  bool is_inside_ = false, is_key_bucket_ = false;
};

}  // namespace

Result<Inspection> inspect(const Snapshot& snapshot, std::stop_token stop) {
  Inspection found;
  Inspector inspector(found, TRY(lease_ids(snapshot)));
  found.pages = TRY(bbolt::visit(snapshot.database(), inspector, std::move(stop)));
  inspector.end();
  found.status.live_keys = inspector.live();
  found.status.bytes = snapshot.database().bytes();
  const Facts facts = TRY(read_facts(snapshot));
  found.status.version = facts.storage_version;
  for (const std::string& problem : facts.problems) inspector.problem(problem);
  if (!snapshot.database().meta_damage().empty()) inspector.problem(snapshot.database().meta_damage());
  if (!TRY(snapshot.bucket(bucket::kKey)))
    inspector.problem("there is no bucket \"key\": this is not etcd 3's database");
  return found;
}

}  // namespace salvor::etcd
