#include "store/memory.h"

#include <algorithm>
#include <vector>

#include "store/bytes_reader.h"
#include "store/stopped.h"

namespace salvor::store {

class MemoryStorage::Writer final : public WriteStream {
 public:
  Writer(MemoryStorage& storage, std::string key, Exists exists, std::stop_token stop)
      : storage_(storage), key_(std::move(key)), exists_(exists), stop_(std::move(stop)) {}

  Result<> write(ByteView bytes) override {
    TRY(check_stop(stop_));
    append(bytes_, bytes);
    return {};
  }
  Result<> commit() override {
    TRY(check_stop(stop_));
    const Time now = storage_.clock_.now();  // before the lock: no lock is taken below another
    const std::optional<Time> retained_until = storage_.end_of_new(key_, now);
    return storage_.objects_.with([&](Objects& objects) -> Result<> {
      TRY(storage_.check_room(objects, key_, exists_));
      objects[key_] = {std::make_shared<const Bytes>(std::move(bytes_)), now, ++storage_.versions_, retained_until};
      return {};
    });
  }

 private:
  MemoryStorage& storage_;
  const std::string key_;
  const Exists exists_;
  const std::stop_token stop_;
  Bytes bytes_;
};

std::optional<Time> MemoryStorage::end_of_new(const std::string& key, Time now) const {
  return retained_.with([&](const Retained& all) {
    const bool is_one = std::ranges::any_of(all.beginnings, [&](const auto& some) { return key.starts_with(some); });
    return is_one ? std::optional(all.retention.end(now)) : std::nullopt;
  });
}

Result<> MemoryStorage::retain_new(const Retention& retention, std::vector<std::string> beginnings) {
  retained_.with([&](Retained& all) { all = {retention, std::move(beginnings)}; });
  return {};
}

Result<> MemoryStorage::retain(const std::string& key, const Retention& retention, std::stop_token stop) {
  TRY(check_stop(stop));
  const Time end = retention.end(clock_.now());
  return objects_.with([&](Objects& objects) -> Result<> {
    const auto found = objects.find(key);
    if (found == objects.end()) return absent(key);
    found->second.retained_until = end;
    return {};
  });
}

std::optional<Time> MemoryStorage::retained_until(const std::string& key) const {
  return objects_.with([&](const Objects& objects) {
    const auto found = objects.find(key);
    return found == objects.end() ? std::nullopt : found->second.retained_until;
  });
}

Error MemoryStorage::absent(const std::string& key) const {
  return Error(Code::not_found, "there is no " + key + " in " + shown_);
}

// A name is either an object or a directory, as in a file system.
Result<> MemoryStorage::check_room(const Objects& objects, const std::string& key, Exists exists) const {
  if (exists == Exists::refuse && objects.contains(key)) {
    return Error(Code::already_exists, key + " exists already in " + shown_);
  }
  const auto below = objects.lower_bound(key + "/");
  const bool is_directory = below != objects.end() && below->first.starts_with(key + "/");
  bool under_object = false;
  for (std::size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1)) {
    under_object = under_object || objects.contains(key.substr(0, slash));
  }
  if (!is_directory && !under_object) return {};
  return Error(Code::conflict, key + " in " + shown_ + ": an object and a directory cannot have the same name");
}

Result<std::unique_ptr<WriteStream>> MemoryStorage::create(const std::string& key, Exists exists,
                                                           std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  TRY(objects_.with([&](const Objects& objects) { return check_room(objects, key, exists); }));
  return std::make_unique<Writer>(*this, key, exists, std::move(stop));
}

Result<std::unique_ptr<ReadStream>> MemoryStorage::open(const std::string& key, ByteRange range, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  const auto [bytes, modified, version, until] = objects_.with([&](const Objects& objects) {
    const auto found = objects.find(key);
    return found == objects.end() ? Object{} : found->second;
  });
  if (!bytes) return absent(key);
  return read_bytes(bytes, std::to_string(version), range, key + " in " + shown_, std::move(stop));
}

Result<Entry> MemoryStorage::stat(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  return objects_.with([&](const Objects& objects) -> Result<Entry> {
    const auto found = objects.find(key);
    if (found == objects.end()) return absent(key);
    return Entry{key, found->second.bytes->size(), found->second.modified};
  });
}

Result<> MemoryStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                             std::stop_token stop) {
  TRY(check_stop(stop));
  if (const std::size_t slash = prefix.rfind('/'); slash != std::string::npos) TRY(check_key(prefix.substr(0, slash)));
  const auto entries = objects_.with([&](const Objects& objects) {
    std::vector<Entry> found;
    for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix); ++at) {
      found.push_back({at->first, at->second.bytes->size(), at->second.modified});
    }
    return found;
  });
  for (const Entry& entry : entries) {  // without the lock: the visitor may call us
    TRY(check_stop(stop));
    TRY(visit(entry));
  }
  return {};
}

Result<> MemoryStorage::list_directories(const std::string& prefix,
                                         const std::function<Result<>(std::string_view)>& visit, std::stop_token stop) {
  if (!prefix.empty() && !prefix.ends_with('/')) {
    return Error(Code::invalid, "the prefix \"" + prefix + "\" does not end in '/'");
  }
  std::vector<std::string> names;
  TRY(list(
      prefix,
      [&](const Entry& entry) -> Result<> {
        const std::size_t slash = entry.key.find('/', prefix.size());
        if (slash == std::string::npos) return {};
        std::string name = entry.key.substr(prefix.size(), slash - prefix.size());
        if (names.empty() || names.back() != name) names.push_back(std::move(name));
        return {};
      },
      stop));
  for (const std::string& name : names) {
    TRY(check_stop(stop));
    TRY(visit(name));
  }
  return {};
}

Result<> MemoryStorage::remove(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_key(key));
  objects_.with([&](Objects& objects) { objects.erase(key); });
  return {};
}

Result<std::optional<std::uint64_t>> MemoryStorage::free_space(std::stop_token stop) {
  TRY(check_stop(stop));
  return std::optional<std::uint64_t>{};
}

Result<Capabilities> MemoryStorage::capabilities(std::stop_token stop) {
  TRY(check_stop(stop));
  return Capabilities{.conditional_put = Offered::yes, .versioning = Offered::no, .object_lock = Offered::no};
}

Result<std::optional<Time>> MemoryStorage::server_time(std::stop_token stop) {
  TRY(check_stop(stop));
  return std::optional<Time>{clock_.now()};
}

}  // namespace salvor::store
