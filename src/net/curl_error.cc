#include "net/curl_error.h"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/units.h"

namespace salvor::net {

namespace {

// OpenSSL's X509_V_ERR_* that have an answer of their own (x509_vfy.h); the numbers are part of its ABI.
enum VerifyResult {
  kNotYetValid = 9,
  kExpired = 10,
  kSelfSigned = 18,
  kSelfSignedInChain = 19,
  kNoIssuer = 20,
  kNoFirstIssuer = 21,
  kWrongPurpose = 26,
  kNotTrusted = 27
};

bool has(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

Error untrusted(std::string_view server, const CurlFailure& failure) {
  const auto error = [&](std::string_view why, std::string hint) {
    return Error(Code::unauthenticated, std::string(server) + " is not trusted: " + std::string(why))
        .hint(std::move(hint));
  };
  switch (failure.verify_result) {
    case kExpired:
      return error("its certificate has expired", "Renew the server's certificate, or set this machine's clock right.");
    case kNotYetValid:
      return error("its certificate is not valid yet", "Check the clocks of this machine and of the server.");
    case kSelfSigned:
    case kSelfSignedInChain:
    case kNoIssuer:
    case kNoFirstIssuer:
    case kNotTrusted:
      return error("its certificate is signed by another authority than the expected one",
                   "Check that the address leads to the right server and that the certificate authority configured for "
                   "it is the one that signed its certificate.");
    case kWrongPurpose: return error("its certificate is not one for servers", "Issue a server certificate for it.");
    default: break;
  }
  if (has(failure.text, "subject name") || has(failure.text, "does not match") || has(failure.text, "host name")) {
    return error("its certificate does not name \"" + std::string(failure.expected_name) + "\"",
                 "Use an address that the certificate names, or set tls-server-name to one of its names.");
  }
  return error(failure.text, "Check the server's certificate and the certificate authority configured for it.");
}

// A TLS alert: the server refuses us. TLS 1.3 delivers it after the handshake, with the first read.
Error refused_by_alert(std::string_view server, const CurlFailure& failure) {
  std::string why(failure.text.substr(std::min(failure.text.find("alert"), failure.text.size())));
  if (!failure.with_identity && (has(why, "certificate required") || has(why, "handshake failure"))) {
    return Error(Code::unauthenticated, std::string(server) + " asks for a client certificate and none is configured")
        .hint("Configure a client certificate and key for this user.");
  }
  if (has(why, "protocol version")) {
    return Error(Code::unsupported, std::string(server) + " offers no TLS version from 1.2 on")
        .hint("Enable TLS 1.2 or later on the server.");
  }
  if (failure.with_identity && (has(why, "certificate") || has(why, "unknown ca"))) {
    return Error(Code::unauthenticated, std::string(server) + " refuses our client certificate (" + why + ")")
        .hint("Check that the client certificate is signed by the authority this server trusts and has not expired.");
  }
  return Error(Code::unauthenticated, std::string(server) + " refuses the TLS connection (" + why + ")");
}

Error tls_failed(std::string_view server, const CurlFailure& failure) {
  if (has(failure.text, "wrong version number") || has(failure.text, "packet length too long") ||
      has(failure.text, "http request")) {
    return Error(Code::invalid, std::string(server) + " does not speak TLS")
        .hint("The address says https; is the port the right one, or does the server speak plain http?");
  }
  if (has(failure.text, "alert")) return refused_by_alert(server, failure);
  if (has(failure.text, "unsupported protocol")) {
    return Error(Code::unsupported, std::string(server) + " offers no TLS version from 1.2 on")
        .hint("Enable TLS 1.2 or later on the server.");
  }
  return Error(Code::unavailable, std::string(server) + " gave up during the TLS handshake")
      .hint("Is something between here and the server cutting connections?");
}

Error not_connected(std::string_view place, int os_error) {
  const std::string what = "cannot connect to " + std::string(place) + ": ";
  if (os_error == ECONNREFUSED) {
    return Error(Code::unavailable, what + "connection refused")
        .hint("Nothing listens there: check that the server runs, and the address and port.");
  }
  char buffer[128];
  const char* reason = os_error ? strerror_r(os_error, buffer, sizeof buffer) : "no answer";
  return Error(Code::unavailable, what + reason).hint("Check the address, routes and firewalls on the way.");
}

Error name_not_found(std::string_view name) {
  return Error(Code::unavailable, "name \"" + std::string(name) + "\" not found")
      .hint("Check the spelling of the host name and that this machine's DNS knows it.");
}

Error lost(std::string_view server, const CurlFailure& failure) {
  std::string message = "connection to " + std::string(server) + " lost";
  if (failure.code == CURLE_GOT_NOTHING || failure.code == CURLE_ABORTED_BY_CALLBACK) message += " before it answered";
  if (failure.code == CURLE_PARTIAL_FILE) message += " in the middle of its answer";
  if (failure.os_error) {
    char buffer[128];
    message += std::string(" (") + strerror_r(failure.os_error, buffer, sizeof buffer) + ")";
  } else if (failure.code == CURLE_HTTP2_STREAM || failure.code == CURLE_HTTP2) {
    message += " (" + std::string(failure.text) + ")";
  }
  Error error(Code::unavailable, std::move(message));
  // A TLS 1.3 server that refuses a certificate may reset the connection before its alert is read.
  if (failure.with_identity && failure.os_error == ECONNRESET) {
    return std::move(error).hint("If this happens every time, the server may be refusing the client certificate.");
  }
  return error;
}

}  // namespace

Error curl_error(const CurlFailure& failure, const Url& target, const Url* proxy) {
  const std::string server = target.host_and_port();
  const std::string place = proxy ? "proxy " + proxy->host_and_port() : server;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST: return name_not_found(target.host);
    case CURLE_COULDNT_RESOLVE_PROXY: return name_not_found(proxy ? proxy->host : target.host);
    case CURLE_COULDNT_CONNECT: return not_connected(place, failure.os_error);
    case CURLE_OPERATION_TIMEDOUT:
      return Error(Code::unavailable, "cannot connect to " + place + ": no answer within " +
                                          format_duration(std::chrono::milliseconds(failure.connect_timeout_ms)))
          .hint("Check the address, routes and firewalls on the way.");
    case CURLE_PEER_FAILED_VERIFICATION: return untrusted(server, failure);
    case CURLE_SSL_CONNECT_ERROR: return tls_failed(server, failure);
    case CURLE_SSL_CERTPROBLEM:
      return Error(Code::invalid, "our client certificate and key cannot be used: " + std::string(failure.text))
          .hint("The certificate and the key must be PEM, without a passphrase, and belong together.");
    case CURLE_SSL_CACERT_BADFILE:
      return Error(Code::invalid, "the certificate authority configured for " + server + " holds no usable certificate")
          .hint("It must be one or more certificates in PEM form.");
    case CURLE_PROXY:
      return Error(Code::unavailable, "proxy " + (proxy ? proxy->host_and_port() : "") + " does not connect to " +
                                          server + ": " + std::string(failure.text));
    case CURLE_URL_MALFORMAT: return Error(Code::invalid, "not a URL that can be asked");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return Error(Code::unavailable, server + " does not answer in HTTP").hint("Check the port and the URL's scheme.");
    case CURLE_BAD_CONTENT_ENCODING: return Error(Code::corrupt, server + " sent a body that does not decompress");
    default: break;
  }
  if (proxy && !failure.request_sent && has(failure.text, "CONNECT")) {
    return Error(Code::unavailable, place + " does not connect to " + server + ": " + std::string(failure.text))
        .hint("Check that the proxy allows this host and port, and its user name and password.");
  }
  if (has(failure.text, "alert")) return refused_by_alert(server, failure);
  return lost(server, failure);
}

}  // namespace salvor::net
