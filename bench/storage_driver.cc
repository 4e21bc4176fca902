// storage_driver: times a directory location for bench/storage.py.
//
//   storage_driver write DIRECTORY COUNT BYTES THREADS   COUNT objects through DirectoryStorage, each durable
//   storage_driver plain DIRECTORY COUNT BYTES THREADS   the same files by bare system calls: write, fsync, directory
//   fsync storage_driver read DIRECTORY COUNT BYTES THREADS    reads them back through DirectoryStorage
//
// Prints {"seconds": S}. Objects stand in directories of a thousand, as backups do.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "base/units.h"
#include "os/fd.h"
#include "store/directory.h"

namespace salvor {
namespace {

constexpr std::size_t kPieceBytes = kMiB;
constexpr std::uint64_t kPerDirectory = 1000;

std::string directory_of(std::uint64_t number) { return "backups/set-" + std::to_string(number / kPerDirectory); }
std::string key_of(std::uint64_t number) { return directory_of(number) + "/object-" + std::to_string(number); }

struct Job {
  std::string directory;
  std::uint64_t count, bytes, threads;
};

// `one` for every number, by that many threads.
Result<> for_all(const Job& job, const std::function<Result<>(std::uint64_t)>& one) {
  std::atomic<std::uint64_t> next{0};
  TaskGroup threads;
  for (std::uint64_t i = 0; i < job.threads; ++i) {
    threads.start([&](std::stop_token stop) -> Result<> {
      for (std::uint64_t number; (number = next++) < job.count && !stop.stop_requested();) TRY(one(number));
      return {};
    });
  }
  return threads.join();
}

Result<> write_through(store::Storage& storage, const Job& job, ByteView piece) {
  return for_all(job, [&](std::uint64_t number) -> Result<> {
    const auto stream = TRY(storage.create(key_of(number), store::Exists::replace, {}));
    for (std::uint64_t at = 0; at < job.bytes; at += kPieceBytes) {
      TRY(stream->write(piece.first(std::min<std::uint64_t>(kPieceBytes, job.bytes - at))));
    }
    return stream->commit();
  });
}

Result<> read_through(store::Storage& storage, const Job& job) {
  return for_all(job, [&](std::uint64_t number) -> Result<> {
    thread_local Bytes buffer(kPieceBytes);
    const auto stream = TRY(storage.open(key_of(number), {}, {}));
    std::uint64_t size = 0;
    while (const std::size_t got = TRY(stream->read(buffer))) size += got;
    if (size != job.bytes) return Error(Code::corrupt, key_of(number) + " has another size");
    return {};
  });
}

Result<> write_plainly(const Job& job, ByteView piece) {
  const auto failed = [](const std::string& what) { return errno_error(what, errno); };
  ::mkdir((job.directory + "/backups").c_str(), 0700);
  for (std::uint64_t i = 0; i < job.count; i += kPerDirectory) {
    ::mkdir((job.directory + "/" + directory_of(i)).c_str(), 0700);
  }
  return for_all(job, [&](std::uint64_t number) -> Result<> {
    const std::string path = job.directory + "/" + key_of(number), temporary = path + ".new";
    const os::Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    if (!file) return failed("create");
    for (std::uint64_t at = 0; at < job.bytes; at += kPieceBytes) {
      const ByteView part = piece.first(std::min<std::uint64_t>(kPieceBytes, job.bytes - at));
      if (::write(file.get(), part.data(), part.size()) != static_cast<ssize_t>(part.size())) return failed("write");
    }
    if (::fsync(file.get()) != 0) return failed("fsync");
    if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename");
    const os::Fd directory(::open((job.directory + "/" + directory_of(number)).c_str(), O_RDONLY | O_DIRECTORY));
    if (!directory || ::fsync(directory.get()) != 0) return failed("fsync of the directory");
    return {};
  });
}

Result<> run(std::string_view mode, const Job& job) {
  SystemClock clock;
  SystemRng rng;
  Bytes piece(kPieceBytes);
  rng.fill(piece);
  const auto storage = TRY(store::DirectoryStorage::open_path(job.directory, store::Missing::refuse, rng));
  const Duration begun = clock.monotonic();
  if (mode == "write")
    TRY(write_through(*storage, job, piece));
  else if (mode == "plain")
    TRY(write_plainly(job, piece));
  else if (mode == "read")
    TRY(read_through(*storage, job));
  else
    return Error(Code::invalid, "unknown mode");
  std::printf("{\"seconds\": %.6f}\n", std::chrono::duration<double>(clock.monotonic() - begun).count());
  return {};
}

}  // namespace
}  // namespace salvor

int main(int argc, char** argv) {
  if (argc != 6) return std::fputs("usage: storage_driver write|plain|read DIRECTORY COUNT BYTES THREADS\n", stderr), 2;
  const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 10); };
  const auto outcome = salvor::run(argv[1], {argv[2], number(3), number(4), number(5)});
  if (outcome.ok()) return 0;
  std::fputs((to_string(outcome.error()) + "\n").c_str(), stderr);
  return 1;
}
