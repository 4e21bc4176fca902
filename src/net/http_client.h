// HttpClient: one request, its response streamed to the caller's thread.
//
// The body is pushed in pieces to `body` on the calling thread while it arrives; memory is bounded by the piece size
// (at most 256 KiB). When `body` returns an Error the exchange ends with it. A status of any kind is a successful
// exchange; only the absence of a valid response is an Error: unavailable (cannot connect, connection lost),
// deadline, unauthenticated (TLS: their certificate is not trusted, or ours refused), cancelled.
// Thread-safe: threads share connections' configuration, each exchange has a connection to itself or a stream of one;
// connections are reused.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace salvor::net {

using Header = std::pair<std::string, std::string>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;              // absolute, already encoded
  std::vector<Header> headers;  // values never logged
  std::string_view body;        // must outlive the exchange
  // A large answer or one of very many calls: HTTP/1.1, which costs both ends less than HTTP/2's frames. Calls that run
  // at the same time have connections of their own either way.
  bool bulk = false;
  std::chrono::milliseconds connect_timeout{10'000};
  // The exchange fails with `deadline` when no byte moves for this long. A watch sets it high.
  std::chrono::milliseconds idle_timeout{60'000};
  // The same for the whole exchange, however its bytes dribble. 0: no limit.
  std::chrono::milliseconds total_timeout{0};
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;  // names in lower case
  bool connection_reused = false;

  // The first header of that name (lower case), or nothing.
  std::optional<std::string_view> header(std::string_view name) const;
};

using BodySink = std::function<Result<>(std::string_view piece)>;

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // `on_head` (may be empty) is called once, before the first piece, with status and headers.
  virtual Result<HttpResponse> exchange(const HttpRequest& request,
                                        const std::function<void(const HttpResponse&)>& on_head, const BodySink& body,
                                        std::stop_token stop) = 0;
};

}  // namespace salvor::net
