#include "store/directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/faulty_filesystem.h"
#include "os/file.h"
#include "os/local_filesystem.h"
#include "os/memory_filesystem.h"
#include "os/steady_filesystem.h"
#include "os/temporary_directory.h"
#include "store/contract_testing.h"

namespace salvor::store {
namespace {

// A storage in a directory of its own that goes with it.
StorageUnderTest on_disk(os::LocalFileSystem::Resolve resolve) {
  auto ground = std::make_shared<os::TemporaryDirectory>(os::TemporaryDirectory::make().value());
  auto files = os::LocalFileSystem::open_root(ground->path()).value();
  files->set_resolve(resolve);
  SystemRng rng;
  auto storage = std::make_unique<DirectoryStorage>(os::make_steady(std::move(files)), ground->path(), rng);
  return {ground, std::move(storage)};
}

// A memory tree behind a faulty one behind a steady one: what crash and storm tests stand on.
struct Machine {
  FakeClock clock;
  os::MemoryFileSystem disk{clock};
  os::FaultyFileSystem* faults = nullptr;

  std::unique_ptr<DirectoryStorage> boot(os::FaultScript script = {}) {
    SeededRng rng(++boots);
    auto faulty = std::make_unique<os::FaultyFileSystem>(disk, std::move(script));
    faults = faulty.get();
    return std::make_unique<DirectoryStorage>(os::make_steady(std::move(faulty)), "disk", rng);
  }
  std::uint64_t boots = 0;
};

StorageUnderTest in_memory(os::FaultScript script) {
  auto machine = std::make_shared<Machine>();
  auto storage = machine->boot(std::move(script));
  return {machine, std::move(storage)};
}

// Every seventh call of a thread finds its handle stale; counted by thread, so that the second try of a call succeeds.
std::optional<os::FileFault> often_stale(const os::FileCall& call) {
  thread_local std::uint64_t calls = 0;
  const bool repeatable = call.name != "write" && call.name != "sync" && call.name != "reopen";
  return ++calls % 7 == 0 && repeatable ? std::optional(os::FileFault{ESTALE}) : std::nullopt;
}

const bool kRegistered =
    register_contract("DirectoryStorageContract", [] { return on_disk(os::LocalFileSystem::Resolve::by_kernel); }) &&
    register_contract("DirectoryStorageByPartsContract",
                      [] { return on_disk(os::LocalFileSystem::Resolve::by_parts); }) &&
    register_contract("DirectoryStorageInMemoryContract", [] { return in_memory({}); }) &&
    register_contract("DirectoryStorageInterruptedContract", [] { return in_memory(os::fail_every(2, EINTR)); }) &&
    register_contract("DirectoryStorageShortWritesContract", [] { return in_memory(os::short_writes()); }) &&
    register_contract("DirectoryStorageStaleContract", [] { return in_memory(often_stale); });

std::string read(Storage& storage, const std::string& key) {
  const auto bytes = get(storage, key, 1 << 20, {});
  return bytes.ok() ? std::string(as_text(*bytes)) : std::string(to_string(bytes.error().code()));
}

std::string listing(Storage& storage) {
  std::string keys;
  const auto listed = storage.list("", [&](const Entry& entry) { return (keys += entry.key + " ", Result<>{}); }, {});
  return listed.ok() ? keys : to_string(listed.error());
}

struct Deed {
  const char* name;
  // What a reader may find under "d/e/key" when the deed was cut off, and must find when it succeeded.
  std::string before, after;
  Result<> (*run)(Storage&);
};

const std::string kOld(3000, 'o'), kNew(5000, 'n');

Result<> write_in_pieces(Storage& storage, Exists exists) {
  const auto stream = TRY(storage.create("d/e/key", exists, {}));
  TRY(stream->write(as_bytes(kNew).first(2000)));
  TRY(stream->write(as_bytes(kNew).subspan(2000)));
  return stream->commit();
}

const Deed kDeeds[] = {
    {"put", "not_found", kNew, [](Storage& storage) { return write_in_pieces(storage, Exists::replace); }},
    {"put of a new key", "not_found", kNew, [](Storage& storage) { return write_in_pieces(storage, Exists::refuse); }},
    {"replace", kOld, kNew, [](Storage& storage) { return write_in_pieces(storage, Exists::replace); }},
    {"remove", kOld, "not_found", [](Storage& storage) { return storage.remove("d/e/key", {}); }},
};

// The power goes off at every single call, and the disk keeps as little, or as much, as it may.
TEST(DirectoryStorageCrash, LeavesTheOldOrTheNewObjectAtEveryCall) {
  for (const Deed& deed : kDeeds) {
    for (const os::Survive survive : {os::Survive::synced, os::Survive::names}) {
      bool ran_through = false;
      for (std::uint64_t cut = 1; !ran_through; ++cut) {
        SCOPED_TRACE(std::string(deed.name) + " cut at call " + std::to_string(cut));
        Machine machine;
        {
          const auto storage = machine.boot();
          ASSERT_TRUE(put(*storage, "d/other", as_bytes("other"), Exists::replace, {}).ok());
          if (deed.before == kOld) {
            ASSERT_TRUE(put(*storage, "d/e/key", as_bytes(kOld), Exists::replace, {}).ok());
          }
        }
        bool succeeded;
        {
          const auto storage = machine.boot(os::fail_from(cut, EIO));
          succeeded = deed.run(*storage).ok();
          ran_through = machine.faults->calls() < cut;
        }
        machine.disk.crash(survive);
        const auto storage = machine.boot();
        const std::string found = read(*storage, "d/e/key");
        EXPECT_TRUE(found == deed.after || (!succeeded && found == deed.before)) << found.substr(0, 20);
        EXPECT_EQ(listing(*storage), found == "not_found" ? "d/other " : "d/e/key d/other ");
        EXPECT_EQ(read(*storage, "d/other"), "other");
        // And the machine works again.
        EXPECT_TRUE(deed.run(*storage).ok() || found == deed.after);
        EXPECT_EQ(read(*storage, "d/e/key"), deed.after);
        ASSERT_LT(cut, 200u);
      }
    }
  }
}

// A single call fails and everything goes on: no lie, no torn object, nothing left behind.
TEST(DirectoryStorageFaults, AreReportedOrOvercomeAtEveryCall) {
  for (const Deed& deed : kDeeds) {
    for (const int error : {EIO, ENOSPC, EDQUOT, EACCES, ESTALE, EINTR}) {
      for (const auto when : {os::FileFault::When::before, os::FileFault::When::after}) {
        bool ran_through = false;
        for (std::uint64_t number = 1; !ran_through; ++number) {
          SCOPED_TRACE(std::string(deed.name) + " with errno " + std::to_string(error) + " at call " +
                       std::to_string(number));
          Machine machine;
          ASSERT_TRUE(put(*machine.boot(), "d/other", as_bytes("other"), Exists::replace, {}).ok());
          if (deed.before == kOld) {
            ASSERT_TRUE(put(*machine.boot(), "d/e/key", as_bytes(kOld), Exists::replace, {}).ok());
          }
          const auto storage = machine.boot(os::fail_call(number, error, when));
          const auto outcome = deed.run(*storage);
          ran_through = machine.faults->calls() < number;
          const std::string found = read(*machine.boot(), "d/e/key");
          EXPECT_TRUE(found == deed.after || (!outcome.ok() && found == deed.before)) << found.substr(0, 20);
          EXPECT_TRUE(outcome.ok() || error != EINTR || when != os::FileFault::When::before);
          EXPECT_TRUE(outcome.ok() || outcome.error().message().find("disk") != std::string::npos);
          ASSERT_LT(number, 200u);
        }
      }
    }
  }
}

TEST(DirectoryStorage, KeepsFilesAndDirectoriesToTheirOwner) {
  const auto subject = on_disk(os::LocalFileSystem::Resolve::by_kernel);
  const std::string root = subject.storage->describe();
  ASSERT_TRUE(put(*subject.storage, "d/f", as_bytes("x"), Exists::replace, {}).ok());
  struct stat found;
  ASSERT_EQ(::stat((root + "/d").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((root + "/d/f").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST(DirectoryStorage, RemovesEmptyDirectoriesButNotItsRoot) {
  const auto subject = on_disk(os::LocalFileSystem::Resolve::by_kernel);
  const std::string root = subject.storage->describe();
  ASSERT_TRUE(put(*subject.storage, "a/b/c", as_bytes("x"), Exists::replace, {}).ok());
  ASSERT_TRUE(subject.storage->remove("a/b/c", {}).ok());
  EXPECT_TRUE(os::list_names(root).value().empty());
  EXPECT_TRUE(os::is_directory(root));
}

TEST(DirectoryStorage, ListsOnlyWhatItCouldHaveStored) {
  const auto subject = on_disk(os::LocalFileSystem::Resolve::by_kernel);
  const std::string root = subject.storage->describe();
  ASSERT_TRUE(put(*subject.storage, "seen", as_bytes("x"), Exists::replace, {}).ok());
  for (const char* name : {"/.salvor-tmp-0000-1", "/.nfs0000000000a1b2c300000001", "/line\nbreak", "/\xff\xfe"}) {
    ASSERT_TRUE(os::open_file(root + name, O_CREAT | O_WRONLY).ok());
  }
  ASSERT_EQ(::mkfifo((root + "/fifo").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/etc", (root + "/link").c_str()), 0);
  ASSERT_EQ(::mkdir((root + "/empty").c_str(), 0700), 0);
  EXPECT_EQ(listing(*subject.storage), "seen ");
  const auto no_directory = [](std::string_view name) -> Result<> { return Error(Code::internal, std::string(name)); };
  EXPECT_TRUE(subject.storage->list_directories("", no_directory, {}).ok());
}

TEST(DirectoryStorage, SaysThatItDoesNotFollowLinks) {
  const auto subject = on_disk(os::LocalFileSystem::Resolve::by_kernel);
  const std::string root = subject.storage->describe();
  ASSERT_EQ(::symlink("/etc", (root + "/link").c_str()), 0);
  ASSERT_EQ(::symlink("/etc/passwd", (root + "/file").c_str()), 0);
  for (const std::string key : {"link/passwd", "file"}) {
    const auto opened = subject.storage->open(key, {}, {});
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::invalid);
    EXPECT_NE(opened.error().hint().find("link"), std::string::npos);
    EXPECT_EQ(subject.storage->stat(key, {}).error().code(), Code::invalid);
  }
  EXPECT_FALSE(put(*subject.storage, "link/salvor-test", as_bytes("x"), Exists::replace, {}).ok());
  // Replacing a link replaces the link, not what it points to.
  EXPECT_TRUE(put(*subject.storage, "file", as_bytes("mine"), Exists::replace, {}).ok());
  EXPECT_EQ(read(*subject.storage, "file"), "mine");
}

TEST(DirectoryStorage, ExplainsALocationThatCannotBe) {
  const auto ground = os::TemporaryDirectory::make().value();
  SystemRng rng;
  const auto message_of = [&](const std::string& path, Missing missing, Code code) {
    const auto opened = DirectoryStorage::open_path(path, missing, rng);
    EXPECT_FALSE(opened.ok()) << path;
    if (opened.ok()) return;
    EXPECT_EQ(opened.error().code(), code) << opened.error().message();
    EXPECT_NE(opened.error().message().find(path), std::string::npos) << opened.error().message();
    EXPECT_FALSE(opened.error().hint().empty()) << opened.error().message();
  };
  ASSERT_TRUE(os::write_file_durable(ground.path() + "/file", {}).ok());
  message_of(ground.path() + "/file", Missing::create, Code::invalid);
  message_of(ground.path() + "/typo", Missing::refuse, Code::not_found);
  message_of(ground.path() + "/not/mounted", Missing::create, Code::not_found);
  message_of("/proc/1/salvor-test", Missing::create, Code::not_found);
}

TEST(DirectoryStorage, MakesItsRootWhenAsked) {
  const auto ground = os::TemporaryDirectory::make().value();
  SystemRng rng;
  for (const std::string name : {"/new", "/newer/"}) {
    const auto storage = DirectoryStorage::open_path(ground.path() + name, Missing::create, rng);
    ASSERT_TRUE(storage.ok()) << to_string(storage.error());
    EXPECT_TRUE(put(**storage, "f", as_bytes("x"), Exists::refuse, {}).ok());
    EXPECT_EQ(os::read_file(ground.path() + name + "/f", 10).value(), "x");
  }
}

TEST(DirectoryStorage, ReportsAFullDiskWithAWayOut) {
  Machine machine;
  machine.disk.set_capacity(1000);
  const auto storage = machine.boot();
  EXPECT_EQ(storage->free_space({}).value(), 1000u);
  const auto outcome = put(*storage, "d/key", as_bytes(kOld), Exists::replace, {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code(), Code::out_of_space);
  EXPECT_FALSE(outcome.error().hint().empty());
  EXPECT_EQ(storage->free_space({}).value(), 1000u) << "the part that was written is still there";
}

TEST(DirectoryStorage, ReportsAReadOnlyFileSystemWithAWayOut) {
  Machine machine;
  const auto storage = machine.boot(os::fail_first("create", EROFS));
  const auto outcome = put(*storage, "key", as_bytes("x"), Exists::replace, {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code(), Code::denied);
  EXPECT_NE(outcome.error().hint().find("read-only"), std::string::npos);
}

TEST(DirectoryStorage, NoticesAFileThatShrinksWhileItIsRead) {
  const auto subject = on_disk(os::LocalFileSystem::Resolve::by_kernel);
  ASSERT_TRUE(put(*subject.storage, "f", as_bytes(kOld), Exists::replace, {}).ok());
  const auto stream = subject.storage->open("f", {}, {}).value();
  Bytes buffer(1000);
  ASSERT_TRUE(stream->read(buffer).ok());
  ASSERT_EQ(::truncate((subject.storage->describe() + "/f").c_str(), 500), 0);
  EXPECT_EQ(stream->read(buffer).error().code(), Code::corrupt);
}

}  // namespace
}  // namespace salvor::store
