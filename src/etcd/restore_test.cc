#include "etcd/restore.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "base/hex.h"
#include "base/rng.h"
#include "etcd/facts.h"
#include "etcd/raft_files.h"
#include "etcd/revision.h"
#include "etcd/snapshot_testing.h"
#include "os/faulty_filesystem.h"
#include "os/memory_filesystem.h"
#include "os/steady_filesystem.h"

namespace salvor::etcd {
namespace {

using ::testing::HasSubstr;

NewCluster one_member() {
  return plan_cluster("n1", {"n1=http://localhost:2380"}, {"http://localhost:2380"}, "etcd-cluster").value();
}

testing::History old_cluster() {
  testing::History history;
  for (int i = 0; i < 30; ++i) history.put("key" + std::to_string(i), std::string(100, 'v'));
  history.buckets()["members"]["1"] = R"({"id":1,"peerURLs":["http://old:2380"],"name":"old"})";
  history.buckets()["members_removed"]["2"] = "removed";
  history.buckets()["alarm"]["\x08\x01\x10\x01"] = "";
  history.buckets()["cluster"]["clusterVersion"] = "3.6.0";
  history.buckets()["cluster"]["downgrade"] = R"({"target-version":"3.5.0","enabled":true})";
  history.buckets()["meta"]["consistent_index"] = std::string(8, '\x07');
  return history;
}

// A directory in memory, and what is restored into it.
struct Target {
  FakeClock clock;
  os::MemoryFileSystem memory{clock};
  SeededRng rng{3};

  Result<Restored> restore_into(os::FileSystem& files, ByteView file, const RestoreOptions& options = {}) {
    const auto snapshot = testing::open(file).value();
    return restore(*snapshot, files, one_member(), options, rng, {});
  }
  Bytes content(const std::string& path) {
    const auto opened = memory.open(path);
    EXPECT_TRUE(opened) << path;
    Bytes bytes(opened.value->status().value.size);
    EXPECT_EQ(opened.value->read_at(bytes, 0).value, bytes.size());
    return bytes;
  }
  bool is_there() { return static_cast<bool>(memory.status("member")); }
};

TEST(Membership, HasTheIdsThatEtcdComputes) {
  const NewCluster one = one_member();
  EXPECT_EQ(id_text(one.members[0].id), "8e9e05c52164694d");
  EXPECT_EQ(id_text(one.id), "cdf818194e3a8c32");
  const NewCluster three =
      plan_cluster("b", {"a=https://10.0.0.1:2380", "b=https://10.0.0.2:2380", "c=https://10.0.0.3:2380"},
                   {"https://10.0.0.2:2380"}, "etcd-cluster")
          .value();
  EXPECT_EQ(id_text(three.id), "7bf295af7743bf7");
  EXPECT_EQ(id_text(three.members[0].id) + " " + three.members[0].name, "fde9dd315b6d0b2 b");
  EXPECT_EQ(three.self, 0U);
}

TEST(Membership, RefusesWhatEtcdWouldNotStartWith) {
  const auto why = [](const char* name, const std::vector<std::string>& cluster, const char* url) {
    return std::string(plan_cluster(name, cluster, {url}, "t").error().message());
  };
  EXPECT_THAT(why("x", {"a=http://h:1"}, "http://h:1"), HasSubstr("no member \"x\""));
  EXPECT_THAT(why("a", {"a=http://h:1"}, "http://h:2"), HasSubstr("not those of"));
  EXPECT_THAT(why("a", {"http://h:1"}, "http://h:1"), HasSubstr("not NAME=URL"));
  EXPECT_THAT(why("a", {"a=ftp://h:1"}, "http://h:1"), HasSubstr("no peer URL"));
  EXPECT_THAT(why("a", {"a=http://h"}, "http://h:1"), HasSubstr("no peer URL"));
  EXPECT_THAT(why("a", {"a=http://h:1/x"}, "http://h:1"), HasSubstr("no peer URL"));
  EXPECT_THAT(why("a", {"a=http://h:1", "b=http://h:1"}, "http://h:1"), HasSubstr("same URLs"));
}

// etcd's server/storage/wal/testdata/TestNew.wal begins so.
TEST(WriteAheadLogs, BeginAsEtcdsDo) {
  const Bytes log = write_ahead_log(one_member());
  EXPECT_EQ(to_hex(ByteView(log).first(16)), "04000000000000840804100000000000");
  EXPECT_EQ(log.size() % 8, 0U);
}

TEST(Restores, MakeADatabaseOfTheNewClusterAlone) {
  const Bytes file = old_cluster().file();
  Target target;
  const Restored restored = target.restore_into(target.memory, file).value();
  EXPECT_EQ(restored.revision, 31 + kUsualBump);
  EXPECT_EQ(restored.dropped_alarms, 1U);
  EXPECT_EQ(restored.dropped_downgrade, "3.5.0");
  const auto found = bbolt::testing::read(target.content("member/snap/db")).value();
  EXPECT_EQ(found.at("members").size(), 1U);
  EXPECT_THAT(found.at("members").at("8e9e05c52164694d"), HasSubstr("\"peerURLs\":[\"http://localhost:2380\"]"));
  EXPECT_TRUE(found.at("members_removed").empty());
  EXPECT_TRUE(found.at("alarm").empty());
  EXPECT_EQ(found.at("cluster").size(), 1U);
  EXPECT_EQ(to_hex(as_bytes(found.at("meta").at("consistent_index"))), "0000000000000001");
  EXPECT_EQ(found.at("key").size(), 31U);
  EXPECT_EQ(found.at("key").at(revision_bytes({restored.revision, 0})), "");
  EXPECT_EQ(found.at("meta").at("scheduledCompactRev"), revision_bytes({restored.revision, 0}));
  EXPECT_FALSE(target.content("member/" + write_ahead_log_name()).empty());
  EXPECT_FALSE(target.content("member/" + raft_snapshot_name(one_member())).empty());
}

TEST(Restores, LeaveRevisionsAsTheyAreWhenToldTo) {
  const Bytes file = old_cluster().file();
  Target target;
  EXPECT_EQ(target.restore_into(target.memory, file, {.bump = 0, .keep_alarms = true}).value().revision, 31);
  const auto found = bbolt::testing::read(target.content("member/snap/db")).value();
  EXPECT_EQ(found.at("key").size(), 30U);
  EXPECT_EQ(found.at("alarm").size(), 1U);
  EXPECT_FALSE(found.at("meta").contains("scheduledCompactRev"));
}

TEST(Restores, RefuseADirectoryInUseAndADamagedFile) {
  const Bytes file = old_cluster().file();
  Target target;
  ASSERT_TRUE(target.memory.make_directory("member", 0700));
  EXPECT_EQ(target.restore_into(target.memory, file).error().code(), Code::already_exists);
  Bytes damaged = file;
  damaged[damaged.size() / 2] ^= std::byte{1};
  Target other;
  EXPECT_EQ(other.restore_into(other.memory, damaged).error().code(), Code::corrupt);
  const Bytes bare = old_cluster().database();
  EXPECT_EQ(other.restore_into(other.memory, bare).error().code(), Code::invalid);
  EXPECT_FALSE(other.is_there());
  EXPECT_TRUE(other.restore_into(other.memory, bare, {.without_trailer = true}).ok());
}

TEST(Restores, ThatFailAnywhereLeaveNoMemberAndCanBeRunAgain) {
  const Bytes file = old_cluster().file();
  Target counted;
  os::FaultyFileSystem all(counted.memory);
  ASSERT_TRUE(counted.restore_into(all, file).ok());
  ASSERT_GT(all.calls(), 20U);
  for (std::uint64_t call = 1; call <= all.calls(); ++call) {
    for (const bool is_power_cut : {false, true}) {
      if (!is_power_cut && call % 2 == 0) continue;
      Target target;
      os::FaultyFileSystem faulty(target.memory, is_power_cut ? os::fail_from(call, EIO) : os::fail_call(call, ENOSPC));
      const bool done = target.restore_into(faulty, file).ok();
      if (is_power_cut) target.memory.crash(os::Survive::synced);
      if (target.is_there()) {
        const auto found = bbolt::testing::read(target.content("member/snap/db"));
        EXPECT_TRUE(found.ok() && found->at("key").size() == 31) << call;
        continue;
      }
      EXPECT_FALSE(done) << call;
      if (call % 3 != 0) continue;
      EXPECT_TRUE(target.restore_into(target.memory, file).ok()) << call;
    }
  }
}

}  // namespace
}  // namespace salvor::etcd
