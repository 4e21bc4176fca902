// What libcurl reports, in words a person can act on. Only curl_client.cc and curl_exchange.cc use this.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "net/url.h"

namespace salvor::net {

struct CurlFailure {
  int code = 0;               // CURLcode
  std::string_view text;      // CURLOPT_ERRORBUFFER
  long verify_result = 0;     // CURLINFO_SSL_VERIFYRESULT: OpenSSL's X509_V_ERR_*
  int os_error = 0;           // CURLINFO_OS_ERRNO
  bool request_sent = false;  // a connection came about and the request may have reached the server
  bool with_identity = false;
  std::string_view expected_name;  // in the server's certificate
  long connect_timeout_ms = 0;
};

// The message names the server as host:port and, where it failed, the proxy.
Error curl_error(const CurlFailure& failure, const Url& target, const Url* proxy);

}  // namespace salvor::net
