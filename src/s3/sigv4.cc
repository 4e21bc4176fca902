#include "s3/sigv4.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/hex.h"
#include "crypto/hmac_sha256.h"
#include "net/url.h"

namespace salvor::s3 {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours(7 * 24);

// Proxies rewrite these or libcurl makes them; what carries the signature cannot be part of it.
constexpr std::array<std::string_view, 9> kNotSigned = {"accept-encoding", "authorization",   "connection",
                                                        "content-length",  "expect",          "te",
                                                        "user-agent",      "x-amzn-trace-id", "transfer-encoding"};

using Canonical = std::map<std::string, std::string>;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

// Without white space at the ends, and one space for each run of it.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

Canonical canonical_headers(const net::HttpRequest& request, const net::Url& url) {
  Canonical headers;
  for (const auto& [name, value] : request.headers) {
    const std::string key = lower(name);
    if (std::find(kNotSigned.begin(), kNotSigned.end(), key) != kNotSigned.end()) continue;
    const auto [place, is_new] = headers.try_emplace(key, canonical_value(value));
    if (!is_new) place->second += "," + canonical_value(value);
  }
  headers.try_emplace("host", url.authority());
  return headers;
}

std::string names_of(const Canonical& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

// Parameters sorted by encoded name, then value. A name without '=' counts as one with an empty value.
Result<std::string> canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
    parameters.emplace_back(encode_query(TRY(net::percent_decode(pair.substr(0, equals)))),
                            encode_query(TRY(net::percent_decode(value))));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    out += out.empty() ? "" : "&";
    out += name;
    out += '=';
    out += value;
  }
  return out;
}

std::string canonical_request(std::string_view method, const std::string& path, const std::string& query,
                              const Canonical& headers, std::string_view payload_hash) {
  std::string out(method);
  out += '\n' + path + '\n' + query + '\n';
  for (const auto& [name, value] : headers) out += name + ':' + value + '\n';
  out += '\n' + names_of(headers) + '\n';
  out += payload_hash;
  return out;
}

std::string path_to_sign(const net::Url& url, std::string_view service) {
  const std::string path = url.path.empty() ? "/" : url.path;
  return service == "s3" ? path : encode_path(path);
}

std::string_view text_of(const crypto::Sha256Digest& digest) { return as_text(digest); }

}  // namespace

std::string encode_query(std::string_view text) { return net::percent_encode(text); }
std::string encode_path(std::string_view text) { return net::percent_encode(text, "/"); }

std::string amz_date(Time time) {
  std::string text = format_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string Signer::scope(std::string_view date) const {
  return std::string(date) + "/" + region_ + "/" + service_ + "/aws4_request";
}

os::Secret Signer::signing_key(const os::Secret& secret, std::string_view date) const {
  return day_key_.with([&](DayKey& kept) {
    if (kept.date == date && kept.secret == secret && !kept.key.empty()) return kept.key.copy();
    std::string begin = "AWS4" + std::string(secret.reveal());
    crypto::Sha256Digest key = crypto::hmac_sha256(as_bytes(begin), as_bytes(date));
    os::wipe(begin);
    for (const std::string_view part :
         {std::string_view(region_), std::string_view(service_), std::string_view("aws4_request")}) {
      key = crypto::hmac_sha256(key, as_bytes(part));
    }
    kept = {std::string(date), secret.copy(), os::Secret(text_of(key))};
    return kept.key.copy();
  });
}

std::string Signer::signature(const Credentials& credentials, std::string_view timestamp,
                              std::string_view canonical) const {
  const std::string_view date = timestamp.substr(0, 8);
  const std::string to_sign = std::string(kAlgorithm) + "\n" + std::string(timestamp) + "\n" + scope(date) + "\n" +
                              to_hex(crypto::sha256(as_bytes(canonical)));
  const os::Secret key = signing_key(credentials.secret_access_key, date);
  return to_hex(crypto::hmac_sha256(as_bytes(key.reveal()), as_bytes(to_sign)));
}

Result<> Signer::sign(net::HttpRequest& request, const Credentials& credentials, Time now,
                      std::string_view payload_hash) const {
  const net::Url url = TRY(net::parse_url(request.url));
  const std::string timestamp = amz_date(now);
  request.headers.emplace_back("x-amz-date", timestamp);
  if (service_ == "s3") request.headers.emplace_back("x-amz-content-sha256", payload_hash);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", credentials.session_token.reveal());
  }
  const Canonical headers = canonical_headers(request, url);
  const std::string canonical = canonical_request(request.method, path_to_sign(url, service_),
                                                  TRY(canonical_query(url.query)), headers, payload_hash);
  request.headers.emplace_back("authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key_id +
                                                    "/" + scope(timestamp.substr(0, 8)) +
                                                    ", SignedHeaders=" + names_of(headers) +
                                                    ", Signature=" + signature(credentials, timestamp, canonical));
  return {};
}

Result<std::string> Signer::presign(std::string_view method, std::string_view text, const Credentials& credentials,
                                    Time now, std::chrono::seconds lifetime) const {
  if (lifetime <= std::chrono::seconds(0) || lifetime > kLongestLifetime) {
    return Error(Code::invalid, "a presigned URL lasts between one second and seven days");
  }
  const net::Url url = TRY(net::parse_url(text));
  const std::string timestamp = amz_date(now);
  std::string query =
      url.query + (url.query.empty() ? "" : "&") + "X-Amz-Algorithm=" + std::string(kAlgorithm) +
      "&X-Amz-Credential=" + encode_query(credentials.access_key_id + "/" + scope(timestamp.substr(0, 8))) +
      "&X-Amz-Date=" + timestamp + "&X-Amz-Expires=" + std::to_string(lifetime.count());
  if (!credentials.session_token.empty()) {
    query += "&X-Amz-Security-Token=" + encode_query(credentials.session_token.reveal());
  }
  query = TRY(canonical_query(query + "&X-Amz-SignedHeaders=host"));
  const std::string path = path_to_sign(url, service_);
  const std::string canonical = canonical_request(method, path, query, {{"host", url.authority()}},
                                                  service_ == "s3" ? kUnsignedPayload : kEmptyPayloadHash);
  return url.origin() + (url.path.empty() ? "/" : url.path) + "?" + query +
         "&X-Amz-Signature=" + signature(credentials, timestamp, canonical);
}

}  // namespace salvor::s3
