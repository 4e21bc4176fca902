#include "store/s3_storage.h"

#include "s3/listing.h"
#include "s3/multipart.h"
#include "s3/objects.h"
#include "s3/protection.h"
#include "store/s3_reader.h"
#include "store/s3_rights.h"
#include "store/s3_writer.h"
#include "store/stopped.h"

namespace salvor::store {

namespace {

constexpr std::size_t kMaxKeyBytes = 1024;  // S3's limit

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
  if (full.size() > kMaxKeyBytes) {
    return Error(Code::invalid, "a key of " + describe() + " is longer than 1024 bytes with the location's prefix")
        .hint("Choose a shorter prefix for the location.");
  }
  return full;
}

std::string S3Storage::full_prefix(const std::string& prefix) const { return prefix_ + prefix; }

Result<std::unique_ptr<WriteStream>> S3Storage::create(const std::string& key, Exists exists, std::stop_token stop) {
  TRY(check_stop(stop));
  const std::string full = TRY(full_key(key));
  return std::unique_ptr<WriteStream>(
      std::make_unique<S3Writer>(client_, full, key, exists, options_, refusing_, std::move(stop)));
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
  return s3::list_objects(*client_, full_prefix(prefix), "", {.object = visit_object, .prefix = {}}, stop);
}

// MinIO rolls up objects that are deleted in a bucket with versions, as if they were there. Where nobody may ask for
// versions they are taken to be there.
Result<bool> S3Storage::shows_deleted_directories(std::stop_token stop) {
  if (client_->config().endpoint.empty()) return false;  // AWS does not
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
  const bool to_be_checked = TRY(shows_deleted_directories(stop));
  const auto visit_prefix = [&](const std::string& found) -> Result<> {
    TRY(check_stop(stop));
    if (found.size() <= full.size() + 1 || !found.ends_with('/')) return {};
    const std::string name = found.substr(full.size(), found.size() - full.size() - 1);
    if (!check_key(name).ok()) return {};
    if (to_be_checked && !TRY(s3::has_objects(*client_, found, stop))) return {};
    return visit(name);
  };
  return s3::list_objects(*client_, full, "/", {.object = {}, .prefix = visit_prefix}, stop);
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

Result<std::size_t> S3Storage::abort_uploads(Time before, std::stop_token stop) {
  std::vector<s3::ListedUpload> old;
  TRY(s3::list_uploads(
      *client_, prefix_,
      [&](const s3::ListedUpload& upload) -> Result<> {
        if (upload.initiated < before) old.push_back(upload);
        return {};
      },
      stop));
  for (const s3::ListedUpload& upload : old) TRY(s3::abort_upload(*client_, upload.key, upload.upload_id, stop));
  return old.size();
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
