#include "s3/fault.h"

#include <algorithm>
#include <array>

#include "base/units.h"
#include "s3/answers.h"

namespace salvor::s3 {

namespace {

struct Row {
  std::string_view s3_code;
  Code code;
  std::string_view says;  // after "cannot read KEY in LOCATION: "; empty: the server's own words
  std::string_view hint;
};

constexpr std::string_view kCheckKeys = "Check the access key and the secret key, and that they are for this endpoint.";
constexpr std::string_view kDamaged = "the bytes were damaged on the way";
constexpr std::string_view kBothKinds = "this store cannot have an object and a directory of the same name";

// Source: AWS, "Error responses"; MinIO's, Ceph's and versitygw's own codes.
constexpr std::array kRows = {
    Row{"NoSuchVersion", Code::not_found, "there is no such version", ""},
    Row{"NoSuchUpload", Code::not_found, "the multipart upload is not there any more",
        "Was it aborted by a lifecycle rule or another program?"},
    Row{"InvalidAccessKeyId", Code::unauthenticated, "the server does not know the access key", kCheckKeys},
    Row{"XAdminUserNotFound", Code::unauthenticated, "the server does not know the access key", kCheckKeys},
    Row{"SignatureDoesNotMatch", Code::unauthenticated, "the server finds the signature wrong", kCheckKeys},
    Row{"AuthFailure", Code::unauthenticated, "the server refuses the credentials", kCheckKeys},
    Row{"ExpiredToken", Code::unauthenticated, "the session's credentials have ended", "Renew them."},
    Row{"ExpiredTokenException", Code::unauthenticated, "the session's credentials have ended", "Renew them."},
    Row{"TokenRefreshRequired", Code::unauthenticated, "the session's credentials must be renewed", "Renew them."},
    Row{"InvalidToken", Code::unauthenticated, "the session token is not valid", "Renew the credentials."},
    Row{"InvalidTokenId", Code::unauthenticated, "the session token is not valid", "Renew the credentials."},
    Row{"InvalidObjectState", Code::unsupported, "the object lies in an archive class and cannot be read at once",
        "Have it restored from the archive first (aws s3api restore-object), which takes minutes to hours."},
    Row{"SlowDown", Code::throttled, "the server asks to slow down", ""},
    Row{"SlowDownRead", Code::throttled, "the server asks to slow down", ""},
    Row{"SlowDownWrite", Code::throttled, "the server asks to slow down", ""},
    Row{"Throttling", Code::throttled, "the server asks to slow down", ""},
    Row{"ThrottlingException", Code::throttled, "the server asks to slow down", ""},
    Row{"RequestLimitExceeded", Code::throttled, "the server asks to slow down", ""},
    Row{"TooManyRequests", Code::throttled, "the server asks to slow down", ""},
    Row{"RequestTimeout", Code::deadline, "the server waited too long for the request's body", ""},
    Row{"InternalError", Code::unavailable, "", ""},
    Row{"ServiceUnavailable", Code::unavailable, "", ""},
    Row{"OperationAborted", Code::unavailable, "another operation on it is under way", ""},
    Row{"ConditionalRequestConflict", Code::conflict, "somebody else writes it at this moment", ""},
    Row{"PreconditionFailed", Code::conflict, "it is not what it was", ""},
    Row{"BadDigest", Code::corrupt, kDamaged, ""},
    Row{"XAmzContentChecksumMismatch", Code::corrupt, kDamaged, ""},
    Row{"XAmzContentSHA256Mismatch", Code::corrupt, kDamaged, ""},
    Row{"IncompleteBody", Code::corrupt, kDamaged, ""},
    Row{"InvalidPart", Code::conflict, "a part of the upload is not there any more", ""},
    Row{"XMinioParentIsObject", Code::conflict, kBothKinds, ""},
    Row{"XMinioObjectExistsAsDirectory", Code::conflict, kBothKinds, ""},
    Row{"ObjectParentIsFile", Code::conflict, kBothKinds, ""},
    Row{"ExistingObjectIsDirectory", Code::conflict, kBothKinds, ""},
    Row{"EntityTooLarge", Code::invalid, "it is larger than the store takes", ""},
    Row{"InvalidRange", Code::invalid, "it has no such bytes", ""},
    Row{"QuotaExceeded", Code::out_of_space, "the quota is used up", "Delete what is not needed, or raise the quota."},
    Row{"StorageQuotaExceeded", Code::out_of_space, "the quota is used up", ""},
    Row{"XMinioAdminBucketQuotaExceeded", Code::out_of_space, "the bucket's quota is used up", ""},
    Row{"XMinioStorageFull", Code::out_of_space, "the server's disks are full",
        "Add disks or delete what is not needed."},
    Row{"InsufficientStorage", Code::out_of_space, "the server's disks are full", ""},
    Row{"ServerSideEncryptionConfigurationNotFoundError", Code::not_found, "", ""},
    Row{"NoSuchLifecycleConfiguration", Code::not_found, "no lifecycle is configured", ""},
    Row{"ObjectLockConfigurationNotFoundError", Code::not_found, "object lock is not configured", ""},
    Row{"NoSuchObjectLockConfiguration", Code::not_found, "the object has no lock", ""},
    Row{"NotImplemented", Code::unsupported, "", ""},
    Row{"MethodNotAllowed", Code::unsupported, "", ""},
};

struct StatusRow {
  int status;
  std::string_view made_up;  // the code for an answer without a document
  Code code;
};

constexpr std::array kStatuses = {
    StatusRow{301, "PermanentRedirect", Code::invalid},
    StatusRow{304, "NotModified", Code::conflict},
    StatusRow{307, "TemporaryRedirect", Code::invalid},
    StatusRow{308, "PermanentRedirect", Code::invalid},
    StatusRow{400, "BadRequest", Code::invalid},
    StatusRow{401, "Unauthorized", Code::unauthenticated},
    StatusRow{403, "AccessDenied", Code::denied},
    StatusRow{404, "NoSuchBucket", Code::not_found},
    StatusRow{405, "MethodNotAllowed", Code::unsupported},
    StatusRow{408, "RequestTimeout", Code::deadline},
    StatusRow{409, "Conflict", Code::conflict},
    StatusRow{412, "PreconditionFailed", Code::conflict},
    StatusRow{416, "InvalidRange", Code::invalid},
    StatusRow{429, "TooManyRequests", Code::throttled},
    StatusRow{501, "NotImplemented", Code::unsupported},
    StatusRow{503, "ServiceUnavailable", Code::unavailable},
    StatusRow{507, "InsufficientStorage", Code::out_of_space},
};

const StatusRow* row_of(int status) {
  const auto found =
      std::find_if(kStatuses.begin(), kStatuses.end(), [&](const StatusRow& r) { return r.status == status; });
  return found == kStatuses.end() ? nullptr : &*found;
}

Code code_of_status(int status) {
  if (const StatusRow* row = row_of(status)) return row->code;
  return status >= 500 ? Code::unavailable : Code::invalid;
}

// One printable line of at most 300 bytes: it comes from outside and ends up on terminals.
std::string one_line(std::string_view text) {
  std::string out(text.substr(0, 300));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

std::string begin(const FaultPlace& place) {
  return "cannot " + place.doing + " " + (place.key.empty() ? "" : place.key + " in ") + place.location + ": ";
}

Error skewed(const FaultPlace& place) {
  std::string says = "this machine's clock differs too much from the server's";
  if (place.skew) {
    const bool behind = *place.skew > Duration::zero();
    says = "this machine's clock is " + format_duration(behind ? *place.skew : -*place.skew) +
           (behind ? " behind" : " ahead of") + " the server's";
  }
  return Error(Code::unauthenticated, begin(place) + says).hint("Set the clock right, e.g. by NTP.");
}

Error other_region(const Fault& fault, const FaultPlace& place) {
  if (!fault.region.empty() && fault.region != place.region) {
    return Error(Code::invalid, begin(place) + "the bucket is in region " + fault.region + ", not in " + place.region)
        .hint("Set region=" + fault.region + " or leave the region out.");
  }
  return Error(Code::invalid, begin(place) + "the server sends to another endpoint for this bucket")
      .hint("Check the endpoint and the region.");
}

Error no_permission(const Fault& fault, const FaultPlace& place) {
  if (fault.code.starts_with("KMS")) {
    return Error(Code::denied, begin(place) + "the KMS key cannot be used: " + fault.message)
        .hint("Check that the key exists, is enabled and allows these credentials to use it.");
  }
  Error error(Code::denied,
              begin(place) + "these credentials have no permission to " + place.doing +
                  (fault.message.empty() || fault.message == "Access Denied" || fault.message == "Access Denied."
                       ? ""
                       : " (" + fault.message + ")"));
  // AWS: "If you don't have s3:ListBucket, Amazon S3 returns 403 for an object that does not exist".
  if (place.doing == "read" && !place.key.empty()) {
    return std::move(error).hint("Or the object does not exist: a store says so only to those who may list.");
  }
  return std::move(error).hint("Check the policies of the user and of the bucket.");
}

// "Bucket is missing ObjectLockConfiguration" (MinIO); others write "Object Lock Configuration".
bool misses_object_lock(const Fault& fault) {
  return fault.message.find("missing Object") != std::string::npos && fault.message.find("Lock") != std::string::npos;
}

constexpr Duration kAllowedSkew = std::chrono::minutes(15);

bool is_skewed(const Fault& fault, const FaultPlace& place) {
  if (fault.code == "RequestTimeTooSkewed" || fault.code == "RequestExpired") return true;
  // An answer to HEAD has no code.
  return fault.code == "AccessDenied" && fault.message.empty() && place.skew &&
         (*place.skew > kAllowedSkew || *place.skew < -kAllowedSkew);
}

}  // namespace

Fault read_fault(const net::HttpResponse& response, std::string_view body, bool has_key) {
  Fault fault;
  fault.status = response.status;
  if (const auto document = parse_error(body)) {
    fault.code = one_line(document->code);
    fault.message = one_line(document->message);
    fault.region = one_line(document->region);
  }
  if (const auto region = response.header("x-amz-bucket-region")) fault.region = one_line(*region);
  if (const auto id = response.header("x-amz-request-id")) fault.request_id = one_line(*id);
  if (!fault.code.empty()) return fault;
  if (const StatusRow* row = row_of(fault.status)) fault.code = row->made_up;
  if (fault.status == 404 && has_key) fault.code = "NoSuchKey";
  return fault;
}

Error fault_error(const Fault& fault, const FaultPlace& place) {
  if (fault.code == "NoSuchKey") return Error(Code::not_found, "there is no " + place.key + " in " + place.location);
  if (fault.code == "NoSuchBucket") {
    return Error(Code::invalid, "the bucket " + place.bucket + " does not exist at " + place.endpoint)
        .hint("Was it deleted? Check the bucket's name, the endpoint and the account.");
  }
  if (is_skewed(fault, place)) return skewed(place);
  if (means_other_region(fault)) return other_region(fault, place);
  if (fault.status == 403 && fault.code == "AccessDenied") return no_permission(fault, place);
  if (fault.code.starts_with("KMS")) return no_permission(fault, place);
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.s3_code == fault.code; });
  if (row != kRows.end() && !row->says.empty()) {
    return Error(row->code, begin(place) + std::string(row->says)).hint(std::string(row->hint));
  }
  Code code = row != kRows.end() ? row->code : code_of_status(fault.status);
  // "Not found" must mean the object, or backups would be taken for absent. Who knows what is missing here.
  if (row == kRows.end() && code == Code::not_found) code = Code::invalid;
  std::string says = "the server answers " + std::to_string(fault.status) +
                     (fault.code.empty() ? "" : " " + fault.code) +
                     (fault.message.empty() ? "" : ": " + fault.message) +
                     (fault.request_id.empty() ? "" : " (request " + fault.request_id + ")");
  Error error(code, begin(place) + says);
  if (misses_object_lock(fault)) {
    return std::move(error).hint(
        "The bucket was made without object lock, which most stores cannot add: make a bucket with it, or leave lock "
        "out.");
  }
  if (fault.message.find("checksum") != std::string::npos) {
    return std::move(error).hint("If this store knows no checksums, set checksum=none.");
  }
  return error;
}

bool is_worth_repeating(const Fault& fault) {
  if (fault.code == "NotImplemented") return false;
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.s3_code == fault.code; });
  const Code code = row != kRows.end() ? row->code : code_of_status(fault.status);
  return is_retryable(code) || (code == Code::corrupt && fault.status == 400) ||
         fault.code == "ConditionalRequestConflict";
}

bool is_worth_few_repetitions(const Fault& fault) { return fault.code == "ExistingObjectIsDirectory"; }

bool means_stale_credentials(const Fault& fault) {
  constexpr std::array<std::string_view, 6> kCodes = {"ExpiredToken",   "ExpiredTokenException", "TokenRefreshRequired",
                                                      "InvalidTokenId", "InvalidToken",          "InvalidAccessKeyId"};
  return std::find(kCodes.begin(), kCodes.end(), fault.code) != kCodes.end();
}

bool means_other_region(const Fault& fault) {
  return fault.status == 301 || fault.status == 307 || fault.status == 308 ||
         fault.code == "AuthorizationHeaderMalformed" || fault.code == "IllegalLocationConstraintException" ||
         (fault.status == 400 && fault.code == "BadRequest" && !fault.region.empty());
}

}  // namespace salvor::s3
