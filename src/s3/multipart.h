// Multipart uploads: an object sent in parts that the server joins at the end.
//
// Between create and complete the parts cost storage and are seen by nobody but list_uploads; every path that does not
// complete must abort. Limits of S3: 10,000 parts, each but the last of at least 5 MiB and at most 5 GiB.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "s3/objects.h"

namespace salvor::s3 {

inline constexpr std::uint32_t kMaxParts = 10'000;
inline constexpr std::uint64_t kMinPartBytes = 5 << 20;

// The upload's id.
Result<std::string> create_upload(Client& client, const std::string& key, const PutOptions& options,
                                  std::stop_token stop);

// Parts may be sent in any order and at the same time. `number` from 1.
Result<Part> upload_part(Client& client, const std::string& key, const std::string& upload_id, std::uint32_t number,
                         ByteView bytes, std::stop_token stop);

struct Completed {
  Written written;
  // The server says that there is no such upload, or that the object exists. Either an attempt of ours joined the parts
  // unheard, or somebody else was at work: look at the object.
  bool unknown = false;
};

// `parts` in the order of their numbers. Of `options` only the conditions count.
Result<Completed> complete_upload(Client& client, const std::string& key, const std::string& upload_id,
                                  std::span<const Part> parts, const PutOptions& options, std::stop_token stop);

// Success also when there is no such upload. A part that was on its way may revive what an abort removed (AWS says so
// of AbortMultipartUpload): this asks until the server no longer knows the upload, and is `conflict` when it always
// does.
Result<> abort_upload(Client& client, const std::string& key, const std::string& upload_id, std::stop_token stop);

Result<> list_uploads(Client& client, const std::string& prefix,
                      const std::function<Result<>(const ListedUpload&)>& visit, std::stop_token stop);
// What the server has of an upload, so that it can be gone on with.
Result<std::vector<Part>> list_parts(Client& client, const std::string& key, const std::string& upload_id,
                                     std::stop_token stop);

}  // namespace salvor::s3
