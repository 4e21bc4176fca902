#include "s3/sts_answer.h"

#include "s3/xml.h"

namespace salvor::s3 {

namespace {

os::Secret secret_of(const XmlElement& parent, std::string_view child) { return os::Secret::take(parent.text(child)); }

}  // namespace

Result<Credentials> parse_sts_credentials(std::string_view text, const std::string& action) {
  const Result<Xml> xml = Xml::parse(text);
  if (!xml.ok()) return Error(Code::invalid, "STS answers with something that is no XML");
  const XmlElement root = xml->root();
  const XmlElement element = root.child(action + "Result").child("Credentials");
  if (root.name() != action + "Response" || !element)
    return Error(Code::invalid, "the answer of STS has no Credentials");
  Credentials credentials{
      element.text("AccessKeyId"), secret_of(element, "SecretAccessKey"), secret_of(element, "SessionToken"), {}};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || credentials.session_token.empty()) {
    return Error(Code::invalid, "the answer of STS lacks a part of the credentials");
  }
  const Result<Time> expires = parse_rfc3339(element.text("Expiration"));
  if (!expires.ok()) return Error(Code::invalid, "the answer of STS has no Expiration");
  credentials.expires = *expires;
  return credentials;
}

StsRefusal parse_sts_refusal(std::string_view text) {
  const Result<Xml> xml = Xml::parse(text);
  if (!xml.ok() || xml->root().name() != "ErrorResponse") return {};
  const XmlElement error = xml->root().child("Error");
  return {error.text("Code"), error.text("Message")};
}

}  // namespace salvor::s3
