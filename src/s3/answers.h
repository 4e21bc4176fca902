// Answers: what S3's XML documents say, as values, and the documents that go the other way.
//
// Everything here is a pure function of hostile text. A document with another root than expected is `corrupt`; numbers
// that are none, and keys that do not decode, too. Elements that are missing or unknown are not: stores differ.
// Source: AWS, "Amazon S3 API Reference".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace salvor::s3 {

struct ListedObject {
  std::string key;
  std::uint64_t size = 0;
  Time modified{};
  std::string etag;           // without quotes
  std::string storage_class;  // empty: not told
  bool operator==(const ListedObject&) const = default;
};

struct ListPage {
  std::vector<ListedObject> objects;
  std::vector<std::string> prefixes;  // CommonPrefixes
  std::string next;                   // continuation token; empty: this was the last page
};

// One version of an object, or a delete marker that hides the older ones.
struct ListedVersion {
  std::string key, version_id;
  bool latest = false;
  bool delete_marker = false;
  std::uint64_t size = 0;
  Time modified{};
  std::string etag, storage_class;
};

struct VersionPage {
  std::vector<ListedVersion> versions;
  std::string next_key, next_version;  // empty: this was the last page
};

struct ListedUpload {
  std::string key, upload_id;
  Time initiated{};
};

struct UploadPage {
  std::vector<ListedUpload> uploads;
  std::string next_key, next_upload;
};

struct Part {
  std::uint32_t number = 0;
  std::string etag;      // with quotes, as the server gave it
  std::string checksum;  // Base64, empty: none
  std::uint64_t size = 0;
};

struct PartPage {
  std::vector<Part> parts;
  std::optional<std::uint32_t> next_number;
};

// What DeleteObjects could not delete.
struct DeleteFailure {
  std::string key, version_id, code, message;
};

struct ObjectLockRule {
  bool enabled = false;
  std::string default_mode;  // GOVERNANCE, COMPLIANCE or empty
  std::uint32_t default_days = 0, default_years = 0;
};

// A rule that can take objects away or move them to where they cannot be read at once.
struct LifecycleRule {
  std::string id, prefix;
  bool enabled = false;
  bool filtered = false;  // also by tags or size, so it may hit fewer objects than the prefix says
  std::optional<std::uint32_t> expiration_days, noncurrent_days, abort_upload_days;
  std::optional<Time> expiration_date;
  struct Transition {
    std::optional<std::uint32_t> days;
    std::string storage_class;
  };
  std::vector<Transition> transitions;
};

// An <Error> document, or what of it could be read.
struct ErrorDocument {
  std::string code, message, region, bucket;
};

// With `encoding-type=url` asked for; keys are decoded when the server says that it did so.
Result<ListPage> parse_list(std::string_view xml);
Result<VersionPage> parse_versions(std::string_view xml);
Result<UploadPage> parse_uploads(std::string_view xml);
Result<PartPage> parse_parts(std::string_view xml);
Result<std::string> parse_created_upload(std::string_view xml);  // the upload's id
Result<std::vector<DeleteFailure>> parse_deleted(std::string_view xml);
// "Enabled", "Suspended" or "" for a bucket that never had versions.
Result<std::string> parse_versioning(std::string_view xml);
Result<ObjectLockRule> parse_object_lock(std::string_view xml);
Result<std::vector<LifecycleRule>> parse_lifecycle(std::string_view xml);
// Nothing when the text is no <Error> document. CompleteMultipartUpload and CopyObject answer 200 with one.
std::optional<ErrorDocument> parse_error(std::string_view xml);
// The ETag in a CompleteMultipartUploadResult or CopyObjectResult; "" when there is none.
Result<std::string> parse_result_etag(std::string_view xml);

struct KeyVersion {
  std::string key, version_id;  // an empty version: the current one
};
std::string delete_document(std::span<const KeyVersion> objects);
// `checksum_element` such as "ChecksumCRC32"; empty: none.
std::string complete_document(std::span<const Part> parts, std::string_view checksum_element);

}  // namespace salvor::s3
