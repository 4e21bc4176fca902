#include "store/s3_storage.h"

#include <algorithm>

#include "s3/listing.h"
#include "s3/multipart.h"
#include "s3/objects.h"
#include "s3/protection.h"
#include "store/s3_reader.h"
#include "store/s3_rights.h"
#include "store/s3_threats.h"
#include "store/s3_writer.h"
#include "store/stopped.h"

namespace salvor::store {

namespace {

constexpr std::size_t kMaxS3KeyBytes = 1024;  // S3's limit

// "a bucket that is not there" must not look like "an object that is not there".
Result<> check_bucket(s3::Client& client, std::stop_token stop) {
  if (client.bucket_seen_lately()) return {};
  const s3::Call call{.method = "HEAD", .doing = "look into"};
  const s3::Answer answer = TRY(client.ask(call, stop));
  // Who may not list may not ask for the bucket either; that says nothing about its objects.
  if (answer.fault && answer.fault->status != 403) return client.error_of(call, *answer.fault);
  return {};
}

}  // namespace

std::uint64_t part_size(std::uint32_t number, const S3StorageOptions& options) {
  if (options.uniform_parts) return options.part_bytes;
  const std::uint32_t thousands = (number - 1) / 1000;
  return options.part_bytes << (thousands < 6 ? thousands / 2 : thousands - 3);
}

S3Storage::S3Storage(std::shared_ptr<s3::Client> client, std::string prefix, S3StorageOptions options)
    : client_(std::move(client)), prefix_(prefix.empty() ? "" : prefix + "/"), options_(options) {}

Result<std::string> S3Storage::full_key(const std::string& key) const {
  TRY(check_key(key));
  std::string full = prefix_ + key;
  if (full.size() > kMaxS3KeyBytes) {
    return Error(Code::invalid, "a key of " + describe() + " is longer than 1024 bytes with the location's prefix")
        .hint("Choose a shorter prefix for the location.");
  }
  return full;
}

std::string S3Storage::full_prefix(const std::string& prefix) const { return prefix_ + prefix; }

Result<std::unique_ptr<WriteStream>> S3Storage::create(const std::string& key, Exists exists, std::stop_token stop) {
  TRY(check_stop(stop));
  const std::string full = TRY(full_key(key));
  const auto retention = retained_.with([&](const Retained& all) {
    const bool is_one = std::ranges::any_of(all.beginnings, [&](const auto& some) { return key.starts_with(some); });
    return is_one ? std::optional(all.retention) : std::nullopt;
  });
  return std::unique_ptr<WriteStream>(
      std::make_unique<S3Writer>(client_, full, key, exists, options_, retention, refusing_, std::move(stop)));
}

Result<std::unique_ptr<ReadStream>> S3Storage::open(const std::string& key, ByteRange range, std::stop_token stop) {
  TRY(check_stop(stop));
  const std::string full = TRY(full_key(key));
  return open_s3_reader(client_, full, range, options_, std::move(stop));
}

Result<Entry> S3Storage::stat(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  const std::string full = TRY(full_key(key));
  const auto head = s3::head_object(*client_, full, "", stop);
  if (head.ok()) return Entry{key, head->size, head->modified};
  if (head.error().code() == Code::not_found) TRY(check_bucket(*client_, stop));
  return head.error().clone();
}

Result<> S3Storage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                         std::stop_token stop) {
  TRY(check_stop(stop));
  if (const std::size_t slash = prefix.rfind('/'); slash != std::string::npos) TRY(check_key(prefix.substr(0, slash)));
  std::string last;
  const auto visit_object = [&](const s3::ListedObject& object) -> Result<> {
    TRY(check_stop(stop));
    const std::string key = object.key.substr(prefix_.size());
    if (!check_key(key).ok()) return {};  // not ours: "folder/", say, which consoles make
    if (!last.empty() && key <= last) {
      return Error(Code::unsupported, describe() + " does not list its keys in the order of their bytes");
    }
    last = key;
    return visit({key, object.size, object.modified, object.storage_class});
  };
  if (!keeps_directories()) {
    bool lists_by_directory = false;  // as its first answer tells
    const auto visit_first = [&](const s3::ListedObject& object) -> Result<> {
      lists_by_directory = last.empty() && keeps_directories();
      if (lists_by_directory) return Error(Code::cancelled, "another list is needed");
      return visit_object(object);
    };
    auto listed = s3::list_objects(*client_, full_prefix(prefix), "", {.object = visit_first, .prefix = {}}, stop);
    if (!lists_by_directory) return listed;
  }
  return s3::list_objects_by_directory(*client_, full_prefix(prefix), visit_object, stop);
}

// SeaweedFS lists in the order of a walk through directories, and a directory outlives its last object. Known from the
// first answer on.
bool S3Storage::keeps_directories() const {
  return !client_->config().endpoint.empty() && client_->server().starts_with("SeaweedFS");
}

// MinIO rolls up objects that are deleted in a bucket with versions, as if they were there. Where nobody may ask for
// versions they are taken to be there.
Result<bool> S3Storage::shows_empty_directories(std::stop_token stop) {
  if (client_->config().endpoint.empty()) return false;  // AWS does not
  if (keeps_directories()) return true;
  if (const int known = shows_deleted_.load(); known >= 0) return known == 1;
  const auto versioning = s3::bucket_versioning(*client_, std::move(stop));
  if (!versioning.ok() && versioning.error().code() != Code::denied) return versioning.error().clone();
  const bool shows = !versioning.ok() || !versioning->empty();
  shows_deleted_.store(shows ? 1 : 0);
  return shows;
}

Result<> S3Storage::list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                                     std::stop_token stop) {
  TRY(check_stop(stop));
  if (!prefix.empty() && !prefix.ends_with('/')) {
    return Error(Code::invalid, "the prefix \"" + prefix + "\" does not end in '/'");
  }
  if (!prefix.empty()) TRY(check_key(prefix.substr(0, prefix.size() - 1)));
  const std::string full = full_prefix(prefix);
  bool to_be_checked = TRY(shows_empty_directories(stop));
  std::vector<std::string> directories;
  const auto collect = [&](const std::string& found) { return directories.push_back(found), Result<>(); };
  TRY(s3::list_objects(*client_, full, "/", {.object = {}, .prefix = collect}, stop));
  if (keeps_directories()) {
    std::ranges::sort(directories);
    to_be_checked = true;
  }
  for (const std::string& found : directories) {
    TRY(check_stop(stop));
    if (found.size() <= full.size() + 1 || !found.ends_with('/')) continue;
    const std::string name = found.substr(full.size(), found.size() - full.size() - 1);
    if (!check_key(name).ok()) continue;
    if (to_be_checked && !TRY(s3::has_objects(*client_, found, stop))) continue;
    TRY(visit(name));
  }
  return {};
}

Result<> S3Storage::remove(const std::string& key, std::stop_token stop) {
  TRY(check_stop(stop));
  const std::string full = TRY(full_key(key));
  return s3::delete_object(*client_, {full, ""}, false, stop);
}

Result<std::optional<std::uint64_t>> S3Storage::free_space(std::stop_token stop) {
  TRY(check_stop(stop));
  return std::optional<std::uint64_t>{};
}

Result<> S3Storage::check_retention(const Retention& retention) const {
  if (retention.mode != "GOVERNANCE" && retention.mode != "COMPLIANCE") {
    return Error(Code::unsupported, describe() + " knows no lock of the kind \"" + retention.mode + "\"");
  }
  if (client_->config().checksum == s3::ChecksumKind::none) {
    return Error(Code::unsupported, "objects in " + describe() +
                                        " cannot be locked while it has checksum=none: S3 takes them with one only");
  }
  return {};
}

Result<> S3Storage::retain_new(const Retention& retention, std::vector<std::string> beginnings) {
  TRY(check_retention(retention));
  retained_.with([&](Retained& all) { all = {retention, std::move(beginnings)}; });
  return {};
}

Result<> S3Storage::retain(const std::string& key, const Retention& retention, std::stop_token stop) {
  TRY(check_stop(stop));
  TRY(check_retention(retention));
  const std::string full = TRY(full_key(key));
  return s3::set_retention(*client_, {full, ""}, retained_now(*client_, retention), false, std::move(stop));
}

Result<std::vector<Threat>> S3Storage::threats(const std::string& prefix, std::stop_token stop) {
  TRY(check_stop(stop));
  return threats_by_rules(TRY(s3::bucket_lifecycle(*client_, std::move(stop))), full_prefix(prefix));
}

// Multipart uploads: their parts cost storage. Their age is that of the beginning, since parts tell no time everywhere.
Result<> S3Storage::clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) {
  std::vector<s3::ListedUpload> uploads;
  const auto visit = [&](const s3::ListedUpload& upload) { return uploads.push_back(upload), Result<>(); };
  TRY(s3::list_uploads(*client_, prefix_, visit, stop));
  for (const s3::ListedUpload& upload : uploads) {
    Leftover left{"unfinished upload of " + upload.key.substr(prefix_.size()), 0, upload.initiated};
    auto parts = s3::list_parts(*client_, upload.key, upload.upload_id, stop);
    if (!parts.ok() && parts.error().code() == Code::not_found) continue;  // it ended meanwhile
    for (const s3::Part& part : TRY(std::move(parts))) left.size += part.size;
    if (take(left)) TRY(s3::abort_upload(*client_, upload.key, upload.upload_id, stop));
  }
  return {};
}

Result<> S3Storage::undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                             std::stop_token stop) {
  TRY(check_stop(stop));
  const auto versioning = s3::bucket_versioning(*client_, stop);  // who may not ask may still be right
  if (versioning.ok() && versioning->empty()) return Storage::undelete(prefix, take, std::move(stop));
  const auto wanted = [&](const s3::ListedVersion& last, Time removed) {
    const std::string key = last.key.substr(prefix_.size());
    return check_key(key).ok() && take({key, last.size, last.modified, removed});
  };
  TRY(s3::undelete(*client_, full_prefix(prefix), wanted, stop));
  return {};
}

Result<Capabilities> S3Storage::capabilities(std::stop_token stop) {
  const auto offered = [](bool yes) { return yes ? Offered::yes : Offered::no; };
  Capabilities found;
  if (const std::optional<bool> refuses = can_refuse()) found.conditional_put = offered(*refuses);
  if (const auto versioning = s3::bucket_versioning(*client_, stop); versioning.ok()) {
    found.versioning = offered(*versioning == "Enabled");
  }
  if (const auto lock = s3::bucket_object_lock(*client_, stop); lock.ok()) found.object_lock = offered(lock->enabled);
  TRY(check_stop(stop));
  return found;
}

// Every answer has a Date; an object that is not there is enough to get one.
Result<std::optional<Time>> S3Storage::server_time(std::stop_token stop) {
  const auto head = stat("salvor-clock", stop);
  if (!head.ok() && head.error().code() != Code::not_found) return head.error().clone();
  const std::optional<Duration> skew = client_->clock_skew();
  if (!skew) return std::optional<Time>();
  return std::optional<Time>(client_->clock().now() + *skew);
}

Result<std::vector<Right>> S3Storage::excess_rights(const std::string& prefix, std::stop_token stop) {
  TRY(check_stop(stop));
  return s3_excess_rights(*client_, TRY(full_key(prefix + "probe")), std::move(stop));
}

std::optional<bool> S3Storage::can_refuse() const {
  const int known = refusing_->load();
  if (known < 0) return std::nullopt;
  return known == 1;
}

}  // namespace salvor::store
