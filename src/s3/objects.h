// The verbs on one object: head, get, put, copy, delete.
//
// Keys are whole, with the location's prefix. Errors are those of fault.h: not_found for an absent object, denied,
// unauthenticated, throttled, unavailable, deadline, out_of_space, cancelled; `invalid` for a bucket that is not there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "s3/answers.h"
#include "s3/checksum.h"
#include "s3/client.h"

namespace salvor::s3 {

// Until when an object cannot be deleted or overwritten. GOVERNANCE can be lifted by those with the right to bypass it,
// COMPLIANCE by nobody.
struct Retention {
  std::string mode;  // "GOVERNANCE" or "COMPLIANCE"
  Time until{};
};

struct PutOptions {
  bool refuse_existing = false;  // If-None-Match: *
  std::string if_match;          // an ETag: replace exactly that version
  // A name of this one write, kept as metadata, so that a write whose answer was lost is known again.
  std::string write_id;
  std::string content_type;
  std::map<std::string, std::string> metadata;  // names without "x-amz-meta-"
  std::optional<Retention> retention;
  bool legal_hold = false;
  std::optional<std::string> storage_class, tagging;  // instead of the configured ones
};

struct ObjectHead {
  std::uint64_t size = 0;
  std::string etag;  // with quotes, as If-Match wants it
  Time modified{};
  std::string version_id, storage_class, encryption;
  std::map<std::string, std::string> metadata;
  std::optional<Retention> retention;
  bool legal_hold = false;
};

struct Written {
  std::string etag, version_id;
};

// `version_id` empty: the current version.
Result<ObjectHead> head_object(Client& client, const std::string& key, const std::string& version_id,
                               std::stop_token stop);

// The bytes of the first part that an object was put together from; `etag` says which version is meant. The whole size
// for an object that was put at once.
Result<std::uint64_t> first_part_size(Client& client, const std::string& key, const std::string& etag,
                                      std::stop_token stop);

struct GetOptions {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  // above 0; absent: to the end
  std::uint64_t limit = 8 << 20;        // bytes to take at most; what is longer is cut there
  std::string version_id;
  std::string if_match;          // `conflict` when the object is another one by now
  std::string* spare = nullptr;  // its memory takes the bytes; who reads many pieces needs no new memory for each
};

struct Got {
  std::string bytes;
  std::uint64_t offset = 0;      // of the first byte
  std::uint64_t total_size = 0;  // of the object
  std::string etag, version_id;
  std::optional<StoredChecksum> checksum;  // of the object, when neither offset nor length was asked for
};

// One request. Without offset and length the body is checked against the object's checksum when it came whole.
// `invalid` for an offset at or behind the end of the object. `corrupt` for a body that is not what it should be.
Result<Got> get_object(Client& client, const std::string& key, const GetOptions& options, std::stop_token stop);

// At most 5 GiB. With refuse_existing or if_match: already_exists, conflict; `unsupported` where the store has no such
// conditions.
Result<Written> put_object(Client& client, const std::string& key, ByteView bytes, const PutOptions& options,
                           std::stop_token stop);

// A copy inside the bucket, made by the server; at most 5 GiB. An old version copied onto its own key is current again.
Result<Written> copy_object(Client& client, const std::string& from, const std::string& from_version,
                            const std::string& to, const PutOptions& options, std::stop_token stop);

// Success also when it was not there. Without a version and with versioning on, the object is hidden, not gone.
Result<> delete_object(Client& client, const KeyVersion& object, bool bypass_governance, std::stop_token stop);

// As many as there are, in requests of 1,000, or one by one where the store has no DeleteObjects. What could not be
// deleted is the result; an Error means that the rest was not tried.
Result<std::vector<DeleteFailure>> delete_objects(Client& client, std::span<const KeyVersion> objects,
                                                  bool bypass_governance, std::stop_token stop);

// Whether the object is there and was written under that write_id.
Result<bool> was_written_as(Client& client, const std::string& key, const std::string& write_id, std::stop_token stop);

// What put_object and create_upload send for `options` and the client's configuration, but the conditions.
std::vector<net::Header> headers_for_new_object(const Client& client, const PutOptions& options);
void add_conditions(const PutOptions& options, std::vector<net::Header>& headers);
// The refusal of a conditional write as the Error that put_object promises.
Error refused_condition(const Client& client, const Call& call, const Fault& fault, const PutOptions& options);

}  // namespace salvor::s3
