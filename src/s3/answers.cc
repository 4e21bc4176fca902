#include "s3/answers.h"

#include <algorithm>
#include <charconv>

#include "net/url.h"
#include "s3/xml.h"

namespace salvor::s3 {

namespace {

Result<Xml> document(std::string_view text, std::string_view root) {
  Xml xml = TRY(Xml::parse(text));
  if (xml.root().name() != root) {
    return Error(Code::corrupt, "an answer is not the expected " + std::string(root) + " document")
        .hint("Is this an S3 server, and no proxy or login page before it?");
  }
  return xml;
}

template <class Number>
Result<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return Error(Code::corrupt, "an answer has something else where a number should be");
  }
  return value;
}

template <class Number>
Result<std::optional<Number>> maybe_number(XmlElement element) {
  if (!element) return std::optional<Number>{};
  return std::optional<Number>(TRY(number<Number>(element.text())));
}

// For display only, so that a strange date is no reason to fail.
Time time_of(std::string_view text) {
  auto time = parse_rfc3339(text);
  return time.ok() ? *time : Time{};
}

bool is_true(std::string_view text) { return text == "true" || text == "True"; }

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

// How the keys of one document are written. encoding-type=url is a form's encoding: a space may be '+'.
class Keys {
 public:
  explicit Keys(XmlElement root) : encoded_(root.text("EncodingType") == "url") {}

  Result<std::string> read(std::string_view text) const {
    if (!encoded_) return std::string(text);
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '+', ' ');
    auto decoded = net::percent_decode(plain);
    if (!decoded.ok()) return Error(Code::corrupt, "a listed key is not encoded as the answer says");
    return decoded;
  }

 private:
  const bool encoded_;
};

Result<ListedObject> read_object(XmlElement element, const Keys& keys) {
  ListedObject object;
  object.key = TRY(keys.read(element.text("Key")));
  object.size = TRY(number<std::uint64_t>(element.text("Size")));
  object.modified = time_of(element.text("LastModified"));
  object.etag = unquoted(element.text("ETag"));
  object.storage_class = element.text("StorageClass");
  return object;
}

Result<ListedVersion> read_version(XmlElement element, const Keys& keys) {
  ListedVersion version;
  version.delete_marker = element.name() == "DeleteMarker";
  version.key = TRY(keys.read(element.text("Key")));
  version.version_id = element.text("VersionId");
  version.latest = is_true(element.text("IsLatest"));
  if (!version.delete_marker) version.size = TRY(number<std::uint64_t>(element.text("Size")));
  version.modified = time_of(element.text("LastModified"));
  version.etag = unquoted(element.text("ETag"));
  version.storage_class = element.text("StorageClass");
  return version;
}

Result<Part> read_part(XmlElement element) {
  Part part;
  part.number = TRY(number<std::uint32_t>(element.text("PartNumber")));
  part.etag = element.text("ETag");
  part.size = TRY(number<std::uint64_t>(element.text("Size")));
  for (const std::string_view name : {"ChecksumCRC32", "ChecksumCRC32C", "ChecksumSHA256"}) {
    if (const XmlElement found = element.child(name)) part.checksum = found.text();
  }
  return part;
}

Result<LifecycleRule> read_rule(XmlElement element) {
  LifecycleRule rule;
  rule.id = element.text("ID");
  rule.enabled = element.text("Status") == "Enabled";
  const XmlElement filter = element.child("Filter"), both = filter.child("And");
  for (const XmlElement place : {element, filter, both}) {
    if (const XmlElement prefix = place.child("Prefix")) rule.prefix = prefix.text();
    for (const std::string_view name : {"Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}) {
      if (place.child(name)) rule.filtered = true;
    }
  }
  const XmlElement expiration = element.child("Expiration");
  rule.expiration_days = TRY(maybe_number<std::uint32_t>(expiration.child("Days")));
  if (const XmlElement date = expiration.child("Date")) rule.expiration_date = time_of(date.text());
  rule.noncurrent_days =
      TRY(maybe_number<std::uint32_t>(element.child("NoncurrentVersionExpiration").child("NoncurrentDays")));
  rule.abort_upload_days =
      TRY(maybe_number<std::uint32_t>(element.child("AbortIncompleteMultipartUpload").child("DaysAfterInitiation")));
  TRY(element.each("Transition", [&](XmlElement transition) -> Result<> {
    rule.transitions.push_back(
        {TRY(maybe_number<std::uint32_t>(transition.child("Days"))), transition.text("StorageClass")});
    return {};
  }));
  return rule;
}

}  // namespace

Result<ListPage> parse_list(std::string_view text) {
  const Xml xml = TRY(document(text, "ListBucketResult"));
  const XmlElement root = xml.root();
  const Keys keys(root);
  ListPage page;
  TRY(root.each("Contents", [&](XmlElement element) -> Result<> {
    page.objects.push_back(TRY(read_object(element, keys)));
    return {};
  }));
  TRY(root.each("CommonPrefixes", [&](XmlElement element) -> Result<> {
    page.prefixes.push_back(TRY(keys.read(element.text("Prefix"))));
    return {};
  }));
  if (!is_true(root.text("IsTruncated"))) return page;
  page.next = root.text("NextContinuationToken");
  if (page.next.empty()) return Error(Code::corrupt, "a list says that it goes on and not where");
  return page;
}

Result<VersionPage> parse_versions(std::string_view text) {
  const Xml xml = TRY(document(text, "ListVersionsResult"));
  const XmlElement root = xml.root();
  const Keys keys(root);
  VersionPage page;
  TRY(root.each("", [&](XmlElement element) -> Result<> {
    if (element.name() != "Version" && element.name() != "DeleteMarker") return {};
    page.versions.push_back(TRY(read_version(element, keys)));
    return {};
  }));
  if (!is_true(root.text("IsTruncated"))) return page;
  page.next_key = TRY(keys.read(root.text("NextKeyMarker")));
  page.next_version = root.text("NextVersionIdMarker");
  if (page.next_key.empty()) return Error(Code::corrupt, "a list of versions says that it goes on and not where");
  return page;
}

Result<UploadPage> parse_uploads(std::string_view text) {
  const Xml xml = TRY(document(text, "ListMultipartUploadsResult"));
  const XmlElement root = xml.root();
  const Keys keys(root);
  UploadPage page;
  TRY(root.each("Upload", [&](XmlElement element) -> Result<> {
    page.uploads.push_back(
        {TRY(keys.read(element.text("Key"))), element.text("UploadId"), time_of(element.text("Initiated"))});
    return {};
  }));
  if (!is_true(root.text("IsTruncated"))) return page;
  page.next_key = TRY(keys.read(root.text("NextKeyMarker")));
  page.next_upload = root.text("NextUploadIdMarker");
  if (page.next_key.empty()) return Error(Code::corrupt, "a list of uploads says that it goes on and not where");
  return page;
}

Result<PartPage> parse_parts(std::string_view text) {
  const Xml xml = TRY(document(text, "ListPartsResult"));
  PartPage page;
  TRY(xml.root().each("Part", [&](XmlElement element) -> Result<> {
    page.parts.push_back(TRY(read_part(element)));
    return {};
  }));
  if (!is_true(xml.root().text("IsTruncated"))) return page;
  page.next_number = TRY(number<std::uint32_t>(xml.root().text("NextPartNumberMarker")));
  return page;
}

Result<std::string> parse_created_upload(std::string_view text) {
  const Xml xml = TRY(document(text, "InitiateMultipartUploadResult"));
  std::string id = xml.root().text("UploadId");
  if (id.empty()) return Error(Code::corrupt, "a multipart upload began without an id");
  return id;
}

Result<std::vector<DeleteFailure>> parse_deleted(std::string_view text) {
  const Xml xml = TRY(document(text, "DeleteResult"));
  std::vector<DeleteFailure> failures;
  TRY(xml.root().each("Error", [&](XmlElement element) -> Result<> {
    failures.push_back({element.text("Key"), element.text("VersionId"), element.text("Code"), element.text("Message")});
    return {};
  }));
  return failures;
}

Result<std::string> parse_versioning(std::string_view text) {
  const Xml xml = TRY(document(text, "VersioningConfiguration"));
  return xml.root().text("Status");
}

Result<ObjectLockRule> parse_object_lock(std::string_view text) {
  const Xml xml = TRY(document(text, "ObjectLockConfiguration"));
  ObjectLockRule rule;
  rule.enabled = xml.root().text("ObjectLockEnabled") == "Enabled";
  const XmlElement retention = xml.root().child("Rule").child("DefaultRetention");
  rule.default_mode = retention.text("Mode");
  rule.default_days = TRY(maybe_number<std::uint32_t>(retention.child("Days"))).value_or(0);
  rule.default_years = TRY(maybe_number<std::uint32_t>(retention.child("Years"))).value_or(0);
  return rule;
}

Result<std::vector<LifecycleRule>> parse_lifecycle(std::string_view text) {
  const Xml xml = TRY(document(text, "LifecycleConfiguration"));
  std::vector<LifecycleRule> rules;
  TRY(xml.root().each("Rule", [&](XmlElement element) -> Result<> {
    rules.push_back(TRY(read_rule(element)));
    return {};
  }));
  return rules;
}

std::optional<ErrorDocument> parse_error(std::string_view text) {
  const auto xml = Xml::parse(text);
  if (!xml.ok() || xml->root().name() != "Error") return std::nullopt;
  const XmlElement root = xml->root();
  return ErrorDocument{root.text("Code"), root.text("Message"), root.text("Region"), root.text("BucketName")};
}

Result<std::string> parse_result_etag(std::string_view text) {
  const Xml xml = TRY(Xml::parse(text));
  return xml.root().text("ETag");
}

std::string delete_document(std::span<const KeyVersion> objects) {
  std::string out = R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
  for (const KeyVersion& object : objects) {
    out += "<Object><Key>" + xml_escape(object.key) + "</Key>";
    if (!object.version_id.empty()) out += "<VersionId>" + xml_escape(object.version_id) + "</VersionId>";
    out += "</Object>";
  }
  return out + "</Delete>";
}

std::string complete_document(std::span<const Part> parts, std::string_view checksum_element) {
  std::string out = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  for (const Part& part : parts) {
    out +=
        "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>" + xml_escape(part.etag) + "</ETag>";
    if (!checksum_element.empty() && !part.checksum.empty()) {
      const std::string name(checksum_element);
      out += "<" + name + ">" + xml_escape(part.checksum) + "</" + name + ">";
    }
    out += "</Part>";
  }
  return out + "</CompleteMultipartUpload>";
}

}  // namespace salvor::s3
