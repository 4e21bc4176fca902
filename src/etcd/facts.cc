#include "etcd/facts.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/big_endian.h"
#include "codec/json.h"
#include "codec/json_access.h"
#include "codec/protobuf.h"
#include "etcd/revision.h"

namespace salvor::etcd {

namespace {

constexpr std::uint64_t kMostRecords = 10'000;  // of members and alarms, of which there are a few

using OnRecord = std::function<void(std::string_view key, std::string_view value)>;

// How many entries the bucket has, each shown to `on_record` when there is one.
Result<std::uint64_t> each_record(const Snapshot& snapshot, std::string_view name, const OnRecord& on_record = {}) {
  auto found = TRY(snapshot.bucket(name));
  if (!found) return std::uint64_t{0};
  std::uint64_t count = 0;
  bbolt::Cursor cursor(snapshot.database(), std::move(*found));
  for (bool more = TRY(cursor.first()); more; more = TRY(cursor.next())) {
    if (on_record && count == kMostRecords)
      return Error(Code::corrupt, "bucket " + std::string(name) + " is too large");
    if (on_record) on_record(as_text(cursor.key()), as_text(cursor.value()));
    ++count;
  }
  return count;
}

std::optional<Member> parse_member(std::string_view key, std::string_view value) {
  const auto document = codec::parse_json(value);
  if (!document.ok() || !document->is_object()) return std::nullopt;
  Member member;
  const auto read = std::from_chars(key.data(), key.data() + key.size(), member.id, 16);
  if (read.ec != std::errc() || read.ptr != key.data() + key.size()) return std::nullopt;
  member.name = codec::text_member(*document, "name");
  member.peer_urls = codec::texts_member(*document, "peerURLs");
  member.client_urls = codec::texts_member(*document, "clientURLs");
  member.is_learner = codec::bool_member(*document, "isLearner", false);
  return member;
}

std::optional<Alarm> parse_alarm(std::string_view message) {
  codec::ProtobufReader reader(message);
  codec::ProtobufField field;
  Alarm alarm;
  std::uint64_t type = 0;
  while (reader.next(field)) {
    if (field.number == 1) alarm.member = field.value;
    if (field.number == 2) type = field.value;
  }
  if (reader.malformed()) return std::nullopt;
  alarm.type = type == 1 ? "NOSPACE" : type == 2 ? "CORRUPT" : std::to_string(type);
  return alarm;
}

Result<> read_meta_bucket(const Snapshot& snapshot, Facts& facts) {
  const auto number = [&](std::string_view key, std::optional<std::uint64_t>& into) -> Result<> {
    const auto bytes = TRY(snapshot.value(bucket::kMeta, key));
    if (!bytes) return {};
    if (bytes->size() == 8) {
      into = load_big_endian(as_bytes(*bytes));
    } else {
      facts.problems.push_back("meta's " + std::string(key) + " has not eight bytes");
    }
    return {};
  };
  TRY(number("consistent_index", facts.consistent_index));
  TRY(number("term", facts.term));
  for (const char* const key : {"scheduledCompactRev", "finishedCompactRev"}) {
    const auto bytes = TRY(snapshot.value(bucket::kMeta, key));
    if (bytes && !parse_revision(as_bytes(*bytes))) {
      facts.problems.push_back("meta's " + std::string(key) + " is no revision");
    }
  }
  facts.storage_version = TRY(snapshot.value(bucket::kMeta, "storageVersion")).value_or("");
  const auto voters = TRY(snapshot.value(bucket::kMeta, "confState"));
  if (voters && !codec::check_json(*voters).ok()) facts.problems.push_back("meta's confState is no JSON");
  return {};
}

Result<> read_cluster_bucket(const Snapshot& snapshot, Facts& facts) {
  facts.cluster_version = TRY(snapshot.value(bucket::kCluster, "clusterVersion")).value_or("");
  const auto downgrade = TRY(snapshot.value(bucket::kCluster, "downgrade"));
  if (!downgrade) return {};
  const auto document = codec::parse_json(*downgrade);
  if (!document.ok()) {
    facts.problems.push_back("cluster's downgrade is no JSON");
  } else if (codec::bool_member(*document, "enabled", false)) {
    facts.downgrade_target = codec::text_member(*document, "target-version");
  }
  return {};
}

}  // namespace

std::string id_text(std::uint64_t id) { return fmt::format("{:x}", id); }

Result<Facts> read_facts(const Snapshot& snapshot) {
  Facts facts;
  TRY(read_meta_bucket(snapshot, facts));
  TRY(read_cluster_bucket(snapshot, facts));
  TRY(each_record(snapshot, bucket::kMembers, [&](std::string_view key, std::string_view value) {
    auto member = parse_member(key, value);
    if (member) facts.members.push_back(std::move(*member));
    if (!member) facts.problems.push_back("a member's record is not readable");
  }));
  TRY(each_record(snapshot, bucket::kAlarm, [&](std::string_view key, std::string_view) {
    auto alarm = parse_alarm(key);
    if (alarm) facts.alarms.push_back(std::move(*alarm));
    if (!alarm) facts.problems.push_back("an alarm's record is not readable");
  }));
  facts.removed_members = TRY(each_record(snapshot, bucket::kMembersRemoved));
  facts.leases = TRY(each_record(snapshot, bucket::kLease));
  facts.users = TRY(each_record(snapshot, bucket::kAuthUsers));
  facts.roles = TRY(each_record(snapshot, bucket::kAuthRoles));
  facts.auth_enabled = TRY(snapshot.value(bucket::kAuth, "authEnabled")).value_or("") == std::string(1, '\1');
  return facts;
}

}  // namespace salvor::etcd
