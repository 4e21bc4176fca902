// Archives without an index of ours: what stock Velero writes, and what nobody should.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "archive/archive_testing.h"
#include "base/sanitized_testing.h"
#include "codec/gzip.h"
#include "codec/tar.h"

namespace salvor::archive {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Entry = std::pair<std::string, std::string>;
const Entry kVersion = {"metadata/version", "1.1.0\n"};

std::string tar_gz(const std::vector<Entry>& entries) {
  Bytes tar;
  for (const auto& [name, text] : entries) codec::append_tar_file(tar, name, text, 0);
  codec::append_tar_end(tar);
  return std::string(as_text(codec::gzip(tar)));
}

std::string secret(const std::string& name) {
  return R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + name + R"(","namespace":"ns"}})";
}

// An archive that has been put into the storage without an index.
struct Foreign {
  TestBackup backup;
  explicit Foreign(std::string_view bytes) { backup.put(TestBackup::kArchive, bytes); }
  explicit Foreign(const std::vector<Entry>& entries) : Foreign(tar_gz(entries)) {}

  std::string error(const Archive::OpenOptions& options = TestBackup::options()) {
    auto archive = backup.open(options);
    if (archive.ok()) return "opened";
    EXPECT_EQ(archive.error().code(), Code::corrupt) << archive.error().message();
    return archive.error().message();
  }
};

// Python's tarfile in the places of Go's: the layout of Velero 1.18, and the same as GNU tar would pack it again.
TEST(ForeignArchive, IsReadAsStockVeleroWritesIt) {
  const std::string directory = std::filesystem::temp_directory_path() / "salvor-foreign-XXXXXX";
  std::string name = directory;
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  std::ofstream(name + "/make.py") << R"(
import io, json, tarfile
def add(t, path, text, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(path); info.mode = 0o755; info.type = kind; info.size = len(text)
    t.addfile(info, io.BytesIO(text))
def thing(api, kind, ns, name):
    meta = {'name': name, **({'namespace': ns} if ns else {})}
    return json.dumps({'apiVersion': api, 'kind': kind, 'metadata': meta}, ensure_ascii=False).encode()
things = [('pods', 'v1', 'Pod', 'team', 'web-0'), ('pods', 'v1', 'Pod', 'a-b', 'x'), ('pods', 'v1', 'Pod', 'a', 'x'),
          ('deployments.apps', 'v1', 'Deployment', 'team', 'web'), ('namespaces', 'v1', 'Namespace', '', 'team'),
          ('clusterroles.rbac.authorization.k8s.io', 'v1', 'ClusterRole', '', 'system:größe'),
          ('widgets.example.org', 'v1beta1', 'Widget', 'team', 'n' * 250)]
for form in ('stock', 'packed-again'):
    t = tarfile.open(form + '.tar.gz', 'w:gz', format=tarfile.PAX_FORMAT if form == 'stock' else tarfile.GNU_FORMAT)
    dot = '' if form == 'stock' else './'
    if dot:
        for d in ('./', './metadata', './resources/', './resources/pods', './resources/pods/namespaces',
                  './resources/pods/namespaces/team', './resources/pods/v1-preferredversion'):
            add(t, d, b'', tarfile.DIRTYPE)
    for gr, version, kind, ns, name in things:
        group = gr.partition('.')[2]
        text = thing(f'{group}/{version}' if group else version, kind, ns, name)
        scope = f'namespaces/{ns}' if ns else 'cluster'
        add(t, f'{dot}resources/{gr}/{scope}/{name}.json', text)
        add(t, f'{dot}resources/{gr}/{version}-preferredversion/{scope}/{name}.json', text)
    add(t, f'{dot}resources/widgets.example.org/v1alpha1/namespaces/team/old.json',
        thing('example.org/v1alpha1', 'Widget', 'team', 'old'))
    add(t, f'{dot}metadata/version', b'1.1.0\n')
    t.close()
)";
  ASSERT_EQ(std::system(("cd '" + name + "' && python3 make.py").c_str()), 0);
  for (const char* form : {"stock", "packed-again"}) {
    std::ifstream file(name + "/" + form + ".tar.gz", std::ios::binary);
    Foreign foreign(std::string(std::istreambuf_iterator<char>(file), {}));
    auto archive = foreign.backup.open();
    ASSERT_TRUE(archive.ok()) << form << ": " << archive.error().message();
    EXPECT_FALSE((*archive)->has_index());
    EXPECT_EQ((*archive)->why_no_index(), "there is no index beside the archive");
    std::string listed;
    for (const Section& section : (*archive)->sections()) {
      listed += section.group_resource + " " + section.api_version() + " " + section.kind +
                (section.preferred ? "" : " other") + (section.namespaced ? "" : " cluster") + ":";
      EXPECT_TRUE((*archive)
                      ->records(section,
                                [&](const Record& record) -> Result<> {
                                  listed += " " + record.ns + "/" + (record.name.size() > 99 ? "long" : record.name);
                                  auto text = (*archive)->read(section, record, {});
                                  EXPECT_TRUE(text.ok() &&
                                              text->find("\"name\": \"" + record.name + "\"") != text->npos);
                                  return {};
                                },
                                {})
                      .ok());
      listed += "\n";
    }
    EXPECT_EQ(listed,
              "deployments.apps apps/v1 Deployment: team/web\n"
              "widgets.example.org example.org/v1alpha1 Widget other: team/old\n"
              "widgets.example.org example.org/v1beta1 Widget: team/long\n"
              "clusterroles.rbac.authorization.k8s.io rbac.authorization.k8s.io/v1 ClusterRole cluster: /system:größe\n"
              "namespaces v1 Namespace cluster: /team\n"
              "pods v1 Pod: a-b/x a/x team/web-0\n");
    EXPECT_THAT(problems(**archive), IsEmpty());
  }
  std::filesystem::remove_all(name);
}

TEST(ForeignArchive, GivesWhatTheIndexedOneGives) {
  SeededRng rng(51);
  const auto objects = random_objects(rng, 800);
  TestBackup backup;
  ASSERT_TRUE(backup.write(objects, {.member_bytes = 100'000}, 3).ok());
  ASSERT_TRUE(backup.storage.remove(TestBackup::kIndex, {}).ok());
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok()) << archive.error().message();
  EXPECT_EQ(*contents(**archive), expected_contents(objects));
  EXPECT_THAT(problems(**archive), IsEmpty());
}

TEST(ForeignArchive, NeedsOnlyOneOfTheTwoForms) {
  for (const char* folder :
       {"resources/secrets/namespaces/ns/", "resources/secrets/v1-preferredversion/namespaces/ns/"}) {
    Foreign foreign({kVersion, {std::string(folder) + "a.json", secret("a")}});
    auto archive = foreign.backup.open();
    ASSERT_TRUE(archive.ok()) << archive.error().message();
    EXPECT_EQ((*contents(**archive))["secrets/v1 ns/a"], secret("a"));
    EXPECT_TRUE((*archive)->sections()[0].preferred);
  }
}

TEST(ForeignArchive, RefusesNamesThatAreNotAnObjects) {
  for (const std::string name :
       {"../etc/passwd", "/etc/passwd", "resources/secrets/namespaces/../../x.json",
        "resources/secrets/namespaces/ns/../x.json", "resources/../secrets/cluster/x.json",
        "resources/secrets/namespaces/ns/.json", "resources/secrets/namespaces//x.json",
        "resources/secrets/namespaces/ns/x.txt", "resources/secrets/namespaces/x.json",
        "resources/secrets/cluster/a/b.json", "resources/secrets/v1/x/cluster/a.json", "resources//cluster/a.json",
        "resources/x.json", "metadata/other", "readme", "resources/secrets/v1/namespaces/ns/a\nb.json",
        "././resources/secrets/cluster/x.json"}) {
    Foreign foreign({kVersion, {name, secret("a")}});
    EXPECT_THAT(foreign.error(), HasSubstr(name)) << name;
  }
}

TEST(ForeignArchive, RefusesTheSameNameTwice) {
  const Entry a = {"resources/secrets/namespaces/ns/a.json", secret("a")};
  EXPECT_THAT(Foreign({kVersion, a, a}).error(), HasSubstr("\"ns/a\" is there twice"));
  EXPECT_THAT(Foreign({kVersion, a, {a.first, secret("other")}}).error(), HasSubstr("\"ns/a\" is there twice"));
}

TEST(ForeignArchive, RefusesFormsThatDisagree) {
  const std::string plain = "resources/secrets/namespaces/ns/",
                    versioned = "resources/secrets/v1-preferredversion/namespaces/ns/";
  const std::vector<Entry> both = {{plain + "a.json", secret("a")}, {versioned + "a.json", secret("a")}};
  EXPECT_EQ(Foreign({kVersion, both[0], both[1]}).error(), "opened");
  EXPECT_THAT(Foreign({kVersion, both[0], {versioned + "a.json", secret("b")}}).error(),
              HasSubstr("secrets ns/a differs"));
  EXPECT_THAT(Foreign({kVersion, both[0], both[1], {plain + "b.json", secret("b")}}).error(),
              HasSubstr("secrets ns/b is in only one"));
  EXPECT_THAT(Foreign({kVersion, both[0], both[1], {versioned + "b.json", secret("b")}}).error(),
              HasSubstr("secrets ns/b is in only one"));
  EXPECT_THAT(Foreign({kVersion, both[0], {"resources/secrets/cluster/a.json", secret("a")}}).error(),
              HasSubstr("in two ways"));
}

TEST(ForeignArchive, RefusesWhatHasNoVersionOrKind) {
  const Entry a = {"resources/secrets/namespaces/ns/a.json", secret("a")};
  EXPECT_THAT(Foreign({a}).error(), HasSubstr("metadata/version is missing"));
  EXPECT_THAT(Foreign({kVersion, {a.first, "{}"}}).error(), HasSubstr("no kind"));
  EXPECT_THAT(Foreign({kVersion, a, {"resources/secrets/namespaces/ns/b.json", ""}}).error(),
              HasSubstr("b.json\" is empty"));
  TestBackup backup;
  backup.put(TestBackup::kArchive, tar_gz({{"metadata/version", "2.0\n"}, a}));
  auto archive = backup.open();
  ASSERT_FALSE(archive.ok());
  EXPECT_EQ(archive.error().code(), Code::unsupported);
}

TEST(ForeignArchive, StopsAtItsLimits) {
  std::vector<Entry> entries = {kVersion};
  for (int i = 0; i < 20; ++i)
    entries.push_back({"resources/secrets/namespaces/ns/" + std::to_string(i) + ".json", secret("x")});
  Foreign foreign(entries);
  Archive::OpenOptions options = TestBackup::options();
  options.max_entries = 21;
  EXPECT_EQ(foreign.error(options), "opened");
  options.max_entries = 20;
  EXPECT_THAT(foreign.error(options), HasSubstr("more than 20 entries"));
  options = TestBackup::options();
  options.max_object_bytes = 10;
  EXPECT_THAT(foreign.error(options), HasSubstr("more than an object can have"));
  options = TestBackup::options();
  options.max_spool_bytes = 10'000;
  EXPECT_THAT(foreign.error(options), HasSubstr("more than the limit"));
}

TEST(ForeignArchive, StopsAGzipBombInsideOneObject) {
  Bytes tar;
  codec::append_tar_file(tar, kVersion.first, kVersion.second, 0);
  codec::append_tar_header(tar, "resources/secrets/namespaces/ns/a.json", 7ull << 30, 0);
  std::string bomb(as_text(codec::gzip(tar)));
  const Bytes zeros = codec::gzip(Bytes(64 << 20, std::byte{0}));
  for (int i = 0; i < 16; ++i) bomb += as_text(zeros);
  EXPECT_THAT(Foreign(bomb).error(), HasSubstr("claims 7516192768 bytes"));
}

// Both forms of half a million objects with the same empty text: nothing but records.
TEST(ForeignArchive, TakesAMillionEntries) {
  constexpr int kObjects = kIsSanitized ? 50'000 : 500'000;
  std::string packed;
  Bytes tar;
  codec::GzipCompressor compressor(1);
  codec::append_tar_file(tar, kVersion.first, kVersion.second, 0);
  const auto flush = [&] {
    Bytes member;
    compressor.compress(tar, member);
    packed += as_text(member);
    tar.clear();
  };
  for (int i = 0; i < kObjects; ++i) {
    const std::string name = "namespaces/ns/" + std::to_string(i) + ".json";
    codec::append_tar_file(tar, "resources/secrets/" + name, secret("x"), 0);
    codec::append_tar_file(tar, "resources/secrets/v1-preferredversion/" + name, secret("x"), 0);
    if (tar.size() > (4 << 20)) flush();
  }
  codec::append_tar_end(tar);
  flush();
  Foreign foreign(packed);
  auto archive = foreign.backup.open();
  ASSERT_TRUE(archive.ok()) << archive.error().message();
  EXPECT_EQ((*archive)->sections()[0].objects, kObjects);
}

TEST(ForeignArchive, NoticesEveryTruncationAndBitFlip) {
  const std::vector<Entry> entries = {kVersion,
                                      {"resources/secrets/namespaces/ns/a.json", secret("a")},
                                      {"resources/secrets/v1-preferredversion/namespaces/ns/a.json", secret("a")}};
  const std::string whole = tar_gz(entries);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(Foreign(whole.substr(0, size)).error(), "opened") << size;
  for (std::size_t bit = 0; bit < whole.size() * 8; bit += kIsSanitized ? 7 : 1) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    TestBackup backup;
    backup.put(TestBackup::kArchive, damaged);
    auto archive = backup.open();
    // Time, flags and system in gzip's header are covered by nothing and change nothing.
    if (archive.ok()) {
      EXPECT_EQ((*contents(**archive))["secrets/v1 ns/a"], secret("a"));
    }
  }
}

}  // namespace
}  // namespace salvor::archive
