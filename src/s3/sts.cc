#include "s3/sts.h"

#include "base/bytes.h"
#include "base/hex.h"
#include "crypto/sha256.h"
#include "net/url.h"
#include "s3/sigv4.h"
#include "s3/sts_answer.h"

namespace salvor::s3 {

namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};

class Form {
 public:
  explicit Form(const std::string& action) { text_ = "Action=" + action + "&Version=2011-06-15"; }
  ~Form() { os::wipe(text_); }
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += '&';
    text_ += name;
    text_ += '=';
    text_ += net::percent_encode(value);
  }
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

// Unique enough to find a run in CloudTrail.
std::string session_name(const std::string& given, Clock& clock) {
  if (!given.empty()) return given;
  return "salvor-" +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count());
}

net::HttpRequest request_to(const StsEndpoint& sts, std::string_view body) {
  return {.method = "POST",
          .url = sts.url,
          .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}, {"accept", "text/xml"}},
          .body = body,
          .connect_timeout = kTimeout,
          .idle_timeout = kTimeout};
}

Code code_of(int status, const std::string& code) {
  if (status == 429 || code.starts_with("Throttling")) return Code::throttled;
  if (status >= 500 || code == "IDPCommunicationError") return Code::unavailable;
  return Code::unauthenticated;
}

std::string hint_for(const std::string& code) {
  if (code == "AccessDenied") {
    return "The role's trust policy must name who asks, and an external id if it wants one; who asks needs "
           "sts:AssumeRole.";
  }
  if (code == "ExpiredToken" || code == "ExpiredTokenException") return "Renew what the role is assumed with.";
  if (code == "InvalidIdentityToken") return "The account needs an identity provider for this cluster's issuer.";
  if (code == "SignatureDoesNotMatch" || code == "RequestExpired")
    return "Check the secret key and this machine's clock.";
  if (code == "InvalidClientTokenId") return "The access key does not exist, or not in this partition.";
  if (code == "RegionDisabledException") return "Enable STS in this region, or set AWS_REGION to another.";
  return {};
}

Result<Credentials> read_answer(const SmallAnswer& answer, const std::string& action, const os::Secret& shown) {
  if (answer.status == 200) return parse_sts_credentials(answer.body.reveal(), action);
  const StsRefusal refusal = parse_sts_refusal(answer.body.reveal());
  const std::string code = fit_to_show(refusal.code, shown);
  const std::string message = fit_to_show(refusal.message, shown);
  std::string why = "STS refuses";
  if (code.empty()) why += " with status " + std::to_string(answer.status);
  for (const std::string& part : {code, message}) why += part.empty() ? "" : ": " + part;
  return Error(code_of(answer.status, code), std::move(why)).hint(hint_for(code));
}

}  // namespace

Result<Credentials> assume_role(const AssumeRole& step, const Credentials& source, const StsEndpoint& sts,
                                const HttpDoor& door, std::stop_token stop) {
  Form form("AssumeRole");
  form.add("RoleArn", step.role_arn);
  form.add("RoleSessionName", session_name(step.session_name, door.clock));
  form.add("ExternalId", step.external_id);
  if (step.duration) form.add("DurationSeconds", std::to_string(step.duration->count()));
  const Signer signer(sts.region, "sts");
  const std::string hash = to_hex(crypto::sha256(as_bytes(form.text())));
  // Signed anew for each attempt: a signature is good for the time it was made.
  const auto make = [&]() -> Result<net::HttpRequest> {
    net::HttpRequest request = request_to(sts, form.text());
    TRY(signer.sign(request, source, door.clock.now(), hash));
    return request;
  };
  const std::string whom = "role " + step.role_arn;
  const SmallAnswer answer = TRY(ask(door, make, {}, stop).context(whom));
  return read_answer(answer, "AssumeRole", source.session_token).context(whom);
}

Result<Credentials> assume_role_with_token(const AssumeRoleWithToken& step, const StsEndpoint& sts,
                                           const ReadFile& files, const HttpDoor& door, std::stop_token stop) {
  const std::string whom = "role " + step.role_arn + " by web identity";
  Result<os::Secret> token = files(step.token_file);
  if (!token.ok()) return Error(Code::unauthenticated, whom + ": " + token.error().message());
  std::string_view shown = token->reveal();
  while (shown.ends_with('\n') || shown.ends_with('\r') || shown.ends_with(' ')) shown.remove_suffix(1);
  if (shown.empty()) return Error(Code::unauthenticated, whom + ": " + step.token_file + " is empty");
  Form form("AssumeRoleWithWebIdentity");
  form.add("RoleArn", step.role_arn);
  form.add("RoleSessionName", session_name(step.session_name, door.clock));
  form.add("WebIdentityToken", shown);
  const auto make = [&]() -> Result<net::HttpRequest> { return request_to(sts, form.text()); };
  const SmallAnswer answer = TRY(ask(door, make, {}, stop).context(whom));
  return read_answer(answer, "AssumeRoleWithWebIdentity", *token).context(whom);
}

}  // namespace salvor::s3
