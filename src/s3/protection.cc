#include "s3/protection.h"

#include "codec/base64.h"
#include "crypto/md5.h"
#include "s3/listing.h"
#include "s3/xml.h"

namespace salvor::s3 {

namespace {

constexpr std::string_view kNamespace = R"( xmlns="http://s3.amazonaws.com/doc/2006-03-01/")";

bool is_absent(const Fault& fault) {
  return fault.status == 501 || fault.status == 405 ||
         (fault.status == 404 && fault.code != "NoSuchBucket" && fault.code != "NoSuchKey");
}

// Nothing when the bucket has no such configuration.
Result<std::optional<std::string>> configuration(Client& client, const std::string& name, std::stop_token stop) {
  const Call call{.query = {{name, ""}}, .doing = "read the " + name + " configuration of"};
  Answer answer = TRY(client.ask(call, stop));
  if (answer.fault && is_absent(*answer.fault)) return std::optional<std::string>{};
  if (answer.fault) return client.error_of(call, *answer.fault);
  return std::optional(std::move(answer.body));
}

Result<> put_document(Client& client, const KeyVersion& object, const std::string& name, const std::string& document,
                      bool bypass_governance, std::stop_token stop) {
  Call call{
      .method = "PUT", .key = object.key, .query = {{name, ""}}, .body = document, .doing = "set the " + name + " of"};
  if (!object.version_id.empty()) call.query.emplace_back("versionId", object.version_id);
  call.headers = {{"content-type", "application/xml"},
                  {"content-md5", codec::encode_base64(as_text(crypto::md5(as_bytes(document))))}};
  if (bypass_governance) call.headers.emplace_back("x-amz-bypass-governance-retention", "true");
  TRY(client.call(call, stop));
  return {};
}

}  // namespace

Result<std::string> bucket_versioning(Client& client, std::stop_token stop) {
  const auto text = TRY(configuration(client, "versioning", stop));
  if (!text) return std::string();
  return parse_versioning(*text);
}

Result<ObjectLockRule> bucket_object_lock(Client& client, std::stop_token stop) {
  const auto text = TRY(configuration(client, "object-lock", stop));
  if (!text) return ObjectLockRule{};
  return parse_object_lock(*text);
}

Result<std::vector<LifecycleRule>> bucket_lifecycle(Client& client, std::stop_token stop) {
  const auto text = TRY(configuration(client, "lifecycle", stop));
  if (!text) return std::vector<LifecycleRule>{};
  return parse_lifecycle(*text);
}

Result<> set_retention(Client& client, const KeyVersion& object, const Retention& retention, bool bypass_governance,
                       std::stop_token stop) {
  const std::string document = "<Retention" + std::string(kNamespace) + "><Mode>" + xml_escape(retention.mode) +
                               "</Mode><RetainUntilDate>" + format_rfc3339(retention.until) +
                               "</RetainUntilDate></Retention>";
  return put_document(client, object, "retention", document, bypass_governance, stop);
}

Result<> set_legal_hold(Client& client, const KeyVersion& object, bool on, std::stop_token stop) {
  const std::string document =
      "<LegalHold" + std::string(kNamespace) + "><Status>" + (on ? "ON" : "OFF") + "</Status></LegalHold>";
  return put_document(client, object, "legal-hold", document, false, stop);
}

Result<std::size_t> undelete(Client& client, const std::string& prefix, const TakeHidden& take, std::stop_token stop) {
  std::size_t count = 0;
  std::vector<KeyVersion> markers;
  const auto remove_markers = [&]() -> Result<> {
    const auto failures = TRY(delete_objects(client, markers, false, stop));
    if (!failures.empty()) {
      return Error(Code::denied, "the delete marker of " + failures[0].key + " in " + client.describe() +
                                     " cannot be removed: " + failures[0].code + " " + failures[0].message);
    }
    markers.clear();
    return {};
  };
  // An object can be hidden by several markers, and is visible only without all that are newer than its last version.
  std::string key;
  std::vector<KeyVersion> above;
  Time hidden{};  // since the oldest of them
  TRY(list_versions(
      client, prefix,
      [&](const ListedVersion& version) -> Result<> {
        if (version.key != key) above.clear();
        const bool is_top = version.key != key || !above.empty();
        key = version.key;
        if (version.delete_marker) {
          if (!is_top) return {};
          above.push_back({version.key, version.version_id});
          hidden = version.modified;
          return {};
        }
        if (!above.empty() && take(version, hidden)) {
          ++count;
          markers.insert(markers.end(), above.begin(), above.end());
        }
        above.clear();
        return markers.size() >= 1000 ? remove_markers() : Result<>{};
      },
      stop));
  TRY(remove_markers());
  return count;
}

}  // namespace salvor::s3
