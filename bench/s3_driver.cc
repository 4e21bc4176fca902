// s3_driver: moves files between a directory and a bucket through S3Storage, for bench/s3.py.
//
//   s3_driver upload DIRECTORY URL THREADS      every file of the directory becomes an object
//   s3_driver download URL DIRECTORY THREADS    every object becomes a file, not fsynced, as rclone and aws leave
//   theirs; with "-" for the directory the bytes go nowhere, which tells what the disk's cache costs
//
// Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "base/units.h"
#include "os/fd.h"
#include "os/file_error.h"
#include "s3/fixed_credentials.h"
#include "store/s3_location.h"

namespace salvor {
namespace {

constexpr std::size_t kPieceBytes = kMiB;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<> for_all(const std::vector<std::string>& names, unsigned threads,
                 const std::function<Result<>(const std::string&)>& one) {
  std::atomic<std::size_t> next{0};
  TaskGroup group;
  for (unsigned i = 0; i < threads; ++i) {
    group.start([&](std::stop_token stop) -> Result<> {
      for (std::size_t at; (at = next++) < names.size() && !stop.stop_requested();) TRY(one(names[at]));
      return {};
    });
  }
  return group.join();
}

Result<> upload(store::Storage& storage, const std::string& path, const std::string& key) {
  thread_local Bytes buffer(kPieceBytes);
  const os::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return os::file_error("open " + path, errno);
  const auto stream = TRY(storage.create(key, store::Exists::replace, {}));
  for (ssize_t got; (got = ::read(file.get(), buffer.data(), buffer.size())) != 0;) {
    if (got < 0) return os::file_error("read " + path, errno);
    TRY(stream->write(ByteView(buffer).first(static_cast<std::size_t>(got))));
  }
  return stream->commit();
}

Result<> download(store::Storage& storage, const std::string& key, const std::string& path) {
  thread_local Bytes buffer(kPieceBytes);
  const auto stream = TRY(storage.open(key, {}, {}));
  const bool discard = path.starts_with("-/");
  const os::Fd file(discard ? -1 : ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file && !discard) return os::file_error("create " + path, errno);
  while (const std::size_t got = TRY(stream->read(buffer))) {
    if (discard) continue;
    if (::write(file.get(), buffer.data(), got) != static_cast<ssize_t>(got))
      return os::file_error("write " + path, errno);
  }
  return {};
}

Result<> run(const std::string& mode, const std::string& from, const std::string& to, unsigned threads) {
  SystemClock clock;
  SystemRng rng;
  const auto location = TRY(store::parse_location(mode == "upload" ? to : from, {}));
  const store::S3Doors doors{
      .credentials = [](const s3::BucketConfig&) -> Result<std::shared_ptr<s3::CredentialSource>> {
        return std::shared_ptr<s3::CredentialSource>(std::make_shared<s3::FixedCredentials>(
            s3::Credentials{variable("AWS_ACCESS_KEY_ID"), os::Secret(variable("AWS_SECRET_ACCESS_KEY")), {}, {}}));
      },
      .proxy = {},
      .user_agent = "salvor/bench",
      .clock = clock};
  const auto storage = TRY(store::open_s3_location(std::get<store::S3Location>(location), rng, doors));
  std::vector<std::string> names;
  if (mode == "upload") {
    for (const auto& entry : std::filesystem::directory_iterator(from)) names.push_back(entry.path().filename());
    return for_all(names, threads,
                   [&](const std::string& name) { return upload(*storage, from + "/" + name, "files/" + name); });
  }
  TRY(storage->list("files/",
                    [&](const store::Entry& entry) -> Result<> {
                      names.push_back(entry.key.substr(6));
                      return {};
                    },
                    {}));
  return for_all(names, threads,
                 [&](const std::string& name) { return download(*storage, "files/" + name, to + "/" + name); });
}

}  // namespace
}  // namespace salvor

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: s3_driver upload|download FROM TO THREADS\n", stderr), 2;
  const auto outcome = salvor::run(argv[1], argv[2], argv[3], static_cast<unsigned>(std::atoi(argv[4])));
  if (outcome.ok()) return 0;
  std::fputs((to_string(outcome.error()) + "\n").c_str(), stderr);
  return 1;
}
