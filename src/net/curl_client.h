// CurlClient: HttpClient on libcurl, with one trust and one identity for all its connections.
//
// A session is an easy handle and a private multi handle that owns its connections. The calling thread takes a warm
// session, drives it to the end of the exchange and gives it back; the session used last is taken first, so the number
// of open connections follows the number of threads that are really at work. No thread of its own, no shared
// connection cache: libcurl's may not be used by two threads. A stop request wakes the poll at once.
//
// Redirects are answers, not followed: credentials go to the server they were meant for and nowhere else. Only GET and
// HEAD are sent again by themselves when a kept connection turns out to be dead.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/proxy.h"

namespace salvor::net {

// A client certificate (with its chain) and its private key, both PEM. Empty: none.
struct TlsIdentity {
  std::string certificate;
  std::string private_key;
  bool operator==(const TlsIdentity&) const = default;
};

struct TlsSettings {
  std::string authorities;  // PEM; when empty, the system's are trusted
  std::string server_name;  // expected in the certificate and sent as SNI instead of the URL's host
  bool insecure = false;    // trust any certificate
};

class CurlClient final : public HttpClient {
 public:
  struct Options {
    TlsSettings tls;
    TlsIdentity identity;
    ProxyChoice proxy;
    std::string user_agent;  // unless the request brings its own
    bool http2 = true;       // offered over TLS
    std::size_t max_idle_sessions = 64;
    std::size_t max_header_bytes = 256 << 10;
  };

  CurlClient(Options options, Clock& clock);
  ~CurlClient() override;

  // Asks for and undoes a content encoding only when the request has an accept-encoding header.
  Result<HttpResponse> exchange(const HttpRequest& request, const std::function<void(const HttpResponse&)>& on_head,
                                const BodySink& body, std::stop_token stop) override;

  // The identity of exchanges that begin from now on; connections made with another one are closed. Thread-safe.
  void set_identity(TlsIdentity identity);

 private:
  class Pool;
  const Options options_;
  Clock& clock_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace salvor::net
