#include "store/s3_rights.h"

#include "codec/base64.h"
#include "crypto/md5.h"
#include "s3/objects.h"

namespace salvor::store {

namespace {

struct Setting {
  std::string query, document, action, advice;
};

const Setting kSettings[] = {
    {"versioning", "<VersioningConfiguration", "suspend the bucket's versions",
     "Take s3:PutBucketVersioning away: then what an attacker removes can be brought back."},
    {"lifecycle", "<LifecycleConfiguration", "change the bucket's lifecycle rules",
     "Take s3:PutLifecycleConfiguration away: a rule can delete every backup over night."},
    {"policy", "{", "change who may use the bucket", "Take s3:PutBucketPolicy away."},
};

Offered granted(const s3::Answer& answer) {
  if (!answer.fault) return Offered::yes;
  if (answer.fault->status == 401 || answer.fault->status == 403) return Offered::no;
  const std::string& code = answer.fault->code;
  const bool was_read = code.starts_with("Malformed") || code == "InvalidPolicyDocument" || code == "BucketNotEmpty";
  return was_read ? Offered::yes : Offered::unknown;
}

// Nothing to tell where there are no versions.
Result<std::optional<Right>> over_versions(s3::Client& client, const std::string& probe, const s3::Written& written,
                                           std::stop_token stop) {
  if (written.version_id.empty() || written.version_id == "null") return std::optional<Right>();
  const s3::Call call{
      .method = "DELETE", .key = probe, .query = {{"versionId", written.version_id}}, .doing = "delete a version of"};
  const s3::Answer answer = TRY(client.ask(call, std::move(stop)));
  return std::optional(Right{"delete old versions for good", granted(answer),
                             "Take s3:DeleteObjectVersion away, or lock the bucket's objects."});
}

Result<Right> over_setting(s3::Client& client, const Setting& setting, std::stop_token stop) {
  const s3::Call call{
      .method = "PUT",
      .query = {{setting.query, ""}},
      // MinIO asks for the checksum before it asks for the permission.
      .headers = {{"content-md5", codec::encode_base64(as_text(crypto::md5(as_bytes(setting.document))))}},
      .body = setting.document,
      .doing = "try to change the " + setting.query + " of"};
  const s3::Answer answer = TRY(client.ask(call, std::move(stop)));
  return Right{setting.action, granted(answer), setting.advice};
}

Result<Right> over_bucket(s3::Client& client, const std::string& probe, std::stop_token stop) {
  Right right{"delete the bucket", Offered::unknown, "Take s3:DeleteBucket away."};
  const s3::Call look{.method = "HEAD", .key = probe, .doing = "look at"};
  const s3::Answer seen = TRY(client.ask(look, stop));
  const bool refuses_full_buckets =
      client.config().endpoint.empty() || seen.response.header("server").value_or("").starts_with("MinIO");
  if (seen.fault || !refuses_full_buckets) return right;
  const s3::Answer answer = TRY(client.ask({.method = "DELETE", .doing = "try to delete"}, std::move(stop)));
  right.granted = granted(answer);
  return right;
}

}  // namespace

Result<std::vector<Right>> s3_excess_rights(s3::Client& client, const std::string& probe, std::stop_token stop) {
  std::vector<Right> rights;
  const s3::Written written = TRY(s3::put_object(client, probe, as_bytes("probe"), {}, stop));
  rights.push_back(TRY(over_bucket(client, probe, stop)));
  for (const Setting& setting : kSettings) rights.push_back(TRY(over_setting(client, setting, stop)));
  if (auto versions = TRY(over_versions(client, probe, written, stop))) rights.push_back(*std::move(versions));
  TRY(s3::delete_object(client, {probe, ""}, false, stop));
  return rights;
}

}  // namespace salvor::store
