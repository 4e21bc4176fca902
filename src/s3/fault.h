// Fault: a refusal by an S3 server, and the one table that turns its vocabulary into ours.
//
// An answer has a status, usually an <Error> document with a code, and headers that tell the bucket's region and the
// server's time. What cannot be told apart by the code alone is told apart here: a bucket that vanished, one in another
// region, missing write permission and a wrong clock are four sentences, not one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "net/http_client.h"

namespace salvor::s3 {

struct Fault {
  int status = 0;
  std::string code;     // "NoSuchKey"; made up from the status when the answer has no document
  std::string message;  // the server's, cut to a line
  std::string region;   // where the bucket is, when the server says so
  std::string request_id;
};

// `is_head`: the answer can have no document.
Fault read_fault(const net::HttpResponse& response, std::string_view body, bool has_key);

// What the request was about.
struct FaultPlace {
  std::string doing;     // "write", "read", "list", "delete"
  std::string key;       // empty: the bucket
  std::string location;  // "s3://bucket/prefix at http://minio:9000"
  std::string bucket, endpoint, region;
  std::optional<Duration> skew;  // the server's clock minus ours
};

Error fault_error(const Fault& fault, const FaultPlace& place);

// The same request may succeed if it is sent again.
bool is_worth_repeating(const Fault& fault);
// Such a refusal may also be for good, so that it is believed after a few repetitions. versitygw says that a directory
// is in the way also when another writer removed that directory at the same time.
bool is_worth_few_repetitions(const Fault& fault);
// The credentials ended or are not known (any more).
bool means_stale_credentials(const Fault& fault);
// The bucket is in another region than the request was signed for or sent to.
bool means_other_region(const Fault& fault);

}  // namespace salvor::s3
