#include "etcd/inspect.h"

#include "codec/crc.h"
#include "etcd/facts.h"
#include "etcd/newest.h"
#include "etcd/revision.h"

namespace salvor::etcd {

namespace {

constexpr std::size_t kShownProblems = 20;

class Inspector final : public bbolt::Visitor {
 public:
  explicit Inspector(Inspection& found) : found_(found) {}

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

  void problem(std::string what) {
    ++found_.problem_count;
    if (found_.problems.size() < kShownProblems) found_.problems.push_back(std::move(what));
  }

 private:
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
  bool is_inside_ = false, is_key_bucket_ = false;
};

}  // namespace

Result<Inspection> inspect(const Snapshot& snapshot, std::stop_token stop) {
  Inspection found;
  Inspector inspector(found);
  found.pages = TRY(bbolt::visit(snapshot.database(), inspector, std::move(stop)));
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
