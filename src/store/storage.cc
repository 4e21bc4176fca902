#include "store/storage.h"

#include <algorithm>

#include "codec/utf8.h"
#include "os/publish.h"
#include "store/stopped.h"

namespace salvor::store {

namespace {

constexpr std::size_t kMaxKeyBytes = 1024;  // S3's limit
constexpr std::size_t kMaxPartBytes = 255;  // of a file name
constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::uint64_t kMostReservedBytes = 256 << 20;

const char* fault_of_part(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part == "." || part == "..") return "has a part \".\" or \"..\"";
  if (part.size() > kMaxPartBytes) return "has a part longer than 255 bytes";
  if (os::is_scratch_name(part)) return "has a part that is reserved for temporary files";
  return nullptr;
}

const char* fault_of_key(std::string_view key) {
  if (key.empty()) return "is empty";
  if (key.size() > kMaxKeyBytes) return "is longer than 1024 bytes";
  if (!codec::is_utf8(key)) return "is not UTF-8";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(key.begin(), key.end(), is_control)) return "has control characters";
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t slash = std::min(key.find('/', start), key.size());
    if (const char* fault = fault_of_part(key.substr(start, slash - start))) return fault;
    start = slash + 1;
  }
  return nullptr;
}

// Reads until the end of the stream, at most `limit` bytes and one more.
Result<Bytes> read_up_to(ReadStream& stream, std::uint64_t limit) {
  Bytes bytes;
  const std::uint64_t piece = buffer_size(stream, kPieceBytes);
  // Growing would take twice the room for what may be tens of MB. A store that claims more than comes costs address
  // space.
  if (const auto length = stream.about().length) {
    const std::uint64_t wanted = std::min({*length, limit, kMostReservedBytes});
    bytes.reserve(wanted + std::min(piece, limit - wanted + 1));
  }
  while (bytes.size() <= limit) {
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + std::min(piece, limit - old_size + 1));
    const std::size_t got = TRY(stream.read(MutableByteView(bytes).subspan(old_size)));
    bytes.resize(old_size + got);
    if (got == 0) break;
  }
  return bytes;
}

}  // namespace

std::size_t buffer_size(const ReadStream& stream, std::size_t most) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(stream.about().length.value_or(most), 1, most));
}

Result<> Storage::retain_new(const Retention&, std::vector<std::string>) {
  return Error(Code::unsupported, "objects in " + describe() + " cannot be locked against removal");
}

Result<> Storage::retain(const std::string& key, const Retention&, std::stop_token) {
  return Error(Code::unsupported, key + " in " + describe() + " cannot be locked against removal");
}

Result<Capabilities> Storage::capabilities(std::stop_token stop) {
  TRY(check_stop(stop));
  return Capabilities{};
}

Result<std::optional<Time>> Storage::server_time(std::stop_token stop) {
  TRY(check_stop(stop));
  return std::optional<Time>{};
}

Result<std::vector<Right>> Storage::excess_rights(const std::string&, std::stop_token stop) {
  TRY(check_stop(stop));
  return std::vector<Right>{};
}

Result<std::vector<Threat>> Storage::threats(const std::string&, std::stop_token stop) {
  TRY(check_stop(stop));
  return std::vector<Threat>{};
}

Result<> Storage::clear_leftovers(const std::function<bool(const Leftover&)>&, std::stop_token) { return {}; }

Result<> Storage::undelete(const std::string&, const std::function<bool(const Removed&)>&, std::stop_token stop) {
  TRY(check_stop(stop));
  return Error(Code::unsupported, describe() + " keeps nothing of what was removed")
      .hint(
          "Only a bucket with versioning does. Is there a copy in another location, or a snapshot of the file system?");
}

Result<> check_key(std::string_view key) {
  const char* fault = fault_of_key(key);
  if (!fault) return {};
  // The key itself may hold anything, so only its harmless part is repeated.
  const std::string shown(
      key.substr(0, key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"))
          .substr(0, 80));
  return Error(Code::invalid, "key \"" + shown + (shown.size() < key.size() ? "...\" " : "\" ") + fault);
}

Result<> put(Storage& storage, const std::string& key, ByteView bytes, Exists exists, std::stop_token stop) {
  const auto stream = TRY(storage.create(key, exists, std::move(stop)));
  TRY(stream->write(bytes));
  return stream->commit();
}

Result<Bytes> get(Storage& storage, const std::string& key, std::uint64_t limit, std::stop_token stop) {
  const auto stream = TRY(storage.open(key, {}, std::move(stop)));
  Bytes bytes = TRY(read_up_to(*stream, limit));
  if (bytes.size() > limit) {
    return Error(Code::invalid, key + " in " + storage.describe() + " is larger than " + std::to_string(limit) +
                                    " bytes, more than such an object can have");
  }
  return bytes;
}

Result<Bytes> get_range(Storage& storage, const std::string& key, std::uint64_t offset, std::uint64_t length,
                        std::stop_token stop) {
  const auto too_short = [&] {
    return Error(Code::corrupt, key + " in " + storage.describe() + " ends before byte " +
                                    std::to_string(offset + length) + ", which its index names")
        .hint("The object was cut or replaced: verify the backup, and use another copy of it.");
  };
  auto opened = storage.open(key, {offset, length}, std::move(stop));
  if (!opened.ok() && opened.error().code() == Code::invalid) {
    // Beyond the end, which for our caller means that the object is shorter than it must be.
    return check_key(key).ok() ? too_short() : std::move(opened).error();
  }
  const auto stream = TRY(std::move(opened));
  Bytes bytes = TRY(read_up_to(*stream, length));
  if (bytes.size() < length) return too_short();
  bytes.resize(length);
  return bytes;
}

Result<bool> exists(Storage& storage, const std::string& key, std::stop_token stop) {
  const auto found = storage.stat(key, std::move(stop));
  if (found.ok()) return true;
  if (found.error().code() == Code::not_found) return false;
  return found.error().clone();
}

}  // namespace salvor::store
