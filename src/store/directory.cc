#include "store/directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/units.h"
#include "os/file_error.h"
#include "os/local_filesystem.h"
#include "os/steady_filesystem.h"
#include "store/stopped.h"

namespace salvor::store {

namespace {

class FileWriter final : public WriteStream {
 public:
  FileWriter(std::unique_ptr<os::Publisher::Draft> draft, std::string where, std::stop_token stop)
      : draft_(std::move(draft)), where_(std::move(where)), stop_(std::move(stop)) {}

  Result<> write(ByteView bytes) override {
    TRY(check_stop(stop_));
    return draft_->write(bytes).context(where_);
  }
  Result<> commit() override {
    TRY(check_stop(stop_));
    return draft_->commit().context(where_);
  }

 private:
  const std::unique_ptr<os::Publisher::Draft> draft_;
  const std::string where_;
  const std::stop_token stop_;
};

class FileReader final : public ReadStream {
 public:
  FileReader(std::unique_ptr<os::File> file, std::uint64_t begin, Content content, std::string name,
             std::stop_token stop)
      : file_(std::move(file)),
        content_(std::move(content)),
        at_(begin),
        end_(begin + *content_.length),
        name_(std::move(name)),
        stop_(std::move(stop)) {}

  Result<std::size_t> read(MutableByteView into) override {
    TRY(check_stop(stop_));
    const std::uint64_t wanted = std::min<std::uint64_t>(into.size(), end_ - at_);
    if (wanted == 0) return std::size_t{0};
    const auto got = file_->read_at(into.first(wanted), at_);
    if (!got) return os::file_error("read " + name_, got.error);
    if (got.value == 0) {
      return Error(Code::corrupt, name_ + " became shorter while it was read")
          .hint("Something else than salvor writes into this location.");
    }
    at_ += got.value;
    return got.value;
  }
  Content about() const override { return content_; }

 private:
  const std::unique_ptr<os::File> file_;
  const Content content_;
  std::uint64_t at_;
  const std::uint64_t end_;
  const std::string name_;
  const std::stop_token stop_;
};

// A file never changes once it has its name, and what takes its place is another file.
std::string version_of(const os::FileStatus& status) {
  return std::to_string(status.device) + "-" + std::to_string(status.inode) + "-" +
         std::to_string(status.modified.time_since_epoch().count()) + "-" + std::to_string(status.size);
}

// "a/" sorts behind "a-b" because '/' follows '-', so keys come in byte order when directories are walked in this
// order.
std::string sort_name(const os::DirectoryEntry& entry) {
  return entry.kind == os::FileKind::directory ? entry.name + "/" : entry.name;
}

bool means_absent(int error) { return error == ENOENT || error == ENOTDIR || error == EISDIR; }

Result<> make_root(const std::string& path) {
  std::filesystem::path named(path);
  if (!named.has_filename()) named = named.parent_path();  // "backups/"
  if (::mkdir(named.c_str(), 0700) == 0) {
    const std::string above = named.has_parent_path() ? named.parent_path().string() : ".";
    const auto parent = TRY(os::LocalFileSystem::open_root(above));
    if (const auto synced = parent->sync_directory(""); !synced) return os::file_error("create " + path, synced.error);
    return {};
  }
  if (errno == EEXIST) return {};
  if (errno == ENOENT) {
    return Error(Code::not_found, "cannot create " + path + ": the directory above it does not exist")
        .hint("If it is on a network or removable disk, mount that first; otherwise create the directory above it.");
  }
  return os::file_error("create " + path, errno);
}

}  // namespace

Error silence_error(const std::string& location, const os::Silence& silence) {
  const std::string doing = silence.call + (silence.path.empty() ? "" : " " + silence.path);
  return Error(Code::deadline, "location " + location + " has not answered for " + format_duration(silence.lasting) +
                                   " (" + doing + "); still waiting")
      .hint("Its disk or file server is overloaded or out of reach. salvor goes on by itself when it answers again.");
}

Result<std::unique_ptr<DirectoryStorage>> DirectoryStorage::open_path(const std::string& path, Missing missing,
                                                                      Rng& rng, os::SilenceWatch* watch) {
  std::optional<os::SilenceWatch::Call> call;
  if (watch) call.emplace(*watch, "open", "");
  auto files = os::LocalFileSystem::open_root(path);
  if (!files.ok() && files.error().code() == Code::not_found) {
    if (missing == Missing::refuse) {
      return Error(Code::not_found, "location " + path + " does not exist")
          .hint("Check the spelling, and whether its disk or network share is mounted.");
    }
    TRY(make_root(path).context("location " + path));
    files = os::LocalFileSystem::open_root(path);
  }
  std::unique_ptr<os::FileSystem> tree = TRY(std::move(files).context("location " + path));
  if (watch) tree = os::make_watched(std::move(tree), *watch);
  return std::make_unique<DirectoryStorage>(os::make_steady(std::move(tree)), path, rng);
}

DirectoryStorage::DirectoryStorage(std::unique_ptr<os::FileSystem> files, std::string shown, Rng& rng)
    : files_(std::move(files)), shown_(std::move(shown)), publisher_(*files_, rng) {}

Error DirectoryStorage::failed(const std::string& doing, const std::string& key, int error) const {
  if (means_absent(error)) return Error(Code::not_found, "there is no " + key + " in " + shown_);
  return os::file_error(doing + " " + key + " in " + shown_, error);
}

Result<std::unique_ptr<WriteStream>> DirectoryStorage::create(const std::string& key, Exists exists,
                                                              std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  // Only to fail early, before gigabytes are sent; the promise is kept by commit().
  const auto found = files_->status(key);
  if (found && found.value.kind == os::FileKind::directory) {
    return Error(Code::conflict, key + " is a directory of other objects in " + shown_);
  }
  if (found && exists == Exists::refuse) return Error(Code::already_exists, key + " exists already in " + shown_);
  const auto overwrite = exists == Exists::refuse ? os::Overwrite::no : os::Overwrite::yes;
  auto draft = TRY(publisher_.begin(key, overwrite).context(shown_));
  return std::make_unique<FileWriter>(std::move(draft), shown_, std::move(stop));
}

Result<std::unique_ptr<ReadStream>> DirectoryStorage::open(const std::string& key, ByteRange range,
                                                           std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  auto file = files_->open(key);
  if (!file) return failed("open", key, file.error);
  const auto status = file.value->status();
  if (!status) return failed("open", key, status.error);
  const std::uint64_t size = status.value.size;
  const std::string name = key + " in " + shown_;
  if (range.offset > size) {
    return Error(Code::invalid, name + " has " + std::to_string(size) + " bytes, none from byte " +
                                    std::to_string(range.offset) + " on");
  }
  const std::uint64_t length = std::min(range.length.value_or(UINT64_MAX), size - range.offset);
  return std::make_unique<FileReader>(std::move(file.value), range.offset, Content{length, version_of(status.value)},
                                      name, std::move(stop));
}

Result<Entry> DirectoryStorage::stat(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  const auto found = files_->status(key);
  if (!found) return failed("look up", key, found.error);
  if (found.value.kind == os::FileKind::symlink) return failed("look up", key, ELOOP);
  if (found.value.kind != os::FileKind::regular) return failed("look up", key, ENOENT);
  return Entry{key, found.value.size, found.value.modified};
}

// In the order of sort_name. A directory that is gone is empty, except the root, whose loss is an error.
Result<std::vector<os::DirectoryEntry>> DirectoryStorage::sorted_entries(const std::string& directory) {
  auto listed = files_->list(directory);
  if (!listed) {
    if (!directory.empty() && means_absent(listed.error)) return std::vector<os::DirectoryEntry>{};
    return os::file_error("list " + (directory.empty() ? shown_ : directory + " in " + shown_), listed.error);
  }
  std::erase_if(listed.value, [&](const os::DirectoryEntry& entry) {
    const bool kept = entry.kind == os::FileKind::regular || entry.kind == os::FileKind::directory;
    return !kept || !check_key(os::join_path(directory, entry.name)).ok();
  });
  std::sort(listed.value.begin(), listed.value.end(),
            [](const auto& a, const auto& b) { return sort_name(a) < sort_name(b); });
  return std::move(listed.value);
}

Result<> DirectoryStorage::walk(const std::string& directory, std::string_view name_prefix, const Visit& visit,
                                std::stop_token stop) {
  for (const os::DirectoryEntry& entry : TRY(sorted_entries(directory))) {
    TRY(check_stop(stop));
    if (!entry.name.starts_with(name_prefix)) continue;
    const std::string key = os::join_path(directory, entry.name);
    if (entry.kind == os::FileKind::directory) {
      TRY(walk(key, "", visit, stop));
      continue;
    }
    const auto found = files_->status(key);
    if (!found && means_absent(found.error)) continue;  // removed meanwhile
    if (!found) return failed("look up", key, found.error);
    TRY(visit({key, found.value.size, found.value.modified}));
  }
  return {};
}

Result<> DirectoryStorage::list(const std::string& prefix, const Visit& visit, std::stop_token stop) {
  TRY(check_stop(stop));
  const auto [directory, name_prefix] = os::split_path(prefix);
  if (prefix.find('/') != std::string::npos) TRY(check_key(directory));
  return walk(directory, name_prefix, visit, std::move(stop));
}

Result<> DirectoryStorage::list_directories(const std::string& prefix,
                                            const std::function<Result<>(std::string_view)>& visit,
                                            std::stop_token stop) {
  TRY(check_stop(stop));
  const auto [directory, rest] = os::split_path(prefix);
  if (!rest.empty()) return Error(Code::invalid, "the prefix \"" + prefix + "\" does not end in '/'");
  if (!prefix.empty()) TRY(check_key(directory));
  for (const os::DirectoryEntry& entry : TRY(sorted_entries(directory))) {
    if (entry.kind != os::FileKind::directory) continue;
    // Directories may be empty for a moment, or hold nothing but a crashed writer's leftovers.
    bool has_object = false;
    const auto first_object = [&](const Entry&) -> Result<> {
      has_object = true;
      return Error(Code::cancelled, "one object is enough");
    };
    const auto walked = walk(os::join_path(directory, entry.name), "", first_object, stop);
    if (has_object) {
      TRY(visit(entry.name));
    } else if (!walked.ok()) {
      return walked.error().clone();
    }
  }
  return {};
}

Result<> DirectoryStorage::remove(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  return publisher_.remove(key).context(shown_);
}

Result<std::optional<std::uint64_t>> DirectoryStorage::free_space(std::stop_token stop) {
  TRY(check_stop(stop));
  const auto space = files_->free_space();
  if (space.error == ENOTSUP) return std::optional<std::uint64_t>{};
  if (!space) return os::file_error("ask for free space of " + shown_, space.error);
  return std::optional<std::uint64_t>{space.value};
}

Result<Capabilities> DirectoryStorage::capabilities(std::stop_token stop) {
  TRY(check_stop(stop));
  return Capabilities{.conditional_put = Offered::yes, .versioning = Offered::no, .object_lock = Offered::no};
}

Result<> DirectoryStorage::clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) {
  return clear_below("", take, std::move(stop));
}

// What goes away meanwhile is nobody's loss.
Result<> DirectoryStorage::clear_below(const std::string& directory, const std::function<bool(const Leftover&)>& take,
                                       std::stop_token stop) {
  TRY(check_stop(stop));
  const auto listed = files_->list(directory);
  if (!listed && means_absent(listed.error) && !directory.empty()) return {};
  if (!listed) return os::file_error("list " + os::join_path(shown_, directory), listed.error);
  for (const os::DirectoryEntry& entry : listed.value) {
    const std::string path = os::join_path(directory, entry.name);
    if (entry.kind == os::FileKind::directory) {
      TRY(clear_below(path, take, stop));
    } else if (entry.kind == os::FileKind::regular && publisher_.is_of_another(entry.name)) {
      const auto status = files_->status(path);
      if (status && take({"temporary file " + path, status.value.size, status.value.modified})) {
        TRY(publisher_.remove(path).context(shown_));
      }
    }
  }
  return {};
}

Result<std::optional<Time>> DirectoryStorage::server_time(std::stop_token stop) {
  TRY(check_stop(stop));
  const auto time = publisher_.time_of("");
  if (!time) return os::file_error("ask for the time of " + shown_, time.error);
  return std::optional<Time>{time.value};
}

}  // namespace salvor::store
