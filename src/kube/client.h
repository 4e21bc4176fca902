// Client: the Kubernetes API as salvor uses it. Paths, paging, retries and errors are decided here; bytes travel
// through a net::HttpClient, so a test can put a fault between the two.
//
// Objects are passed as their JSON text. Errors carry the message of the server's Status; codes follow its reason:
// NotFound not_found, AlreadyExists already_exists, Conflict conflict, Forbidden denied, Unauthorized unauthenticated,
// Invalid/BadRequest invalid, Expired/Gone expired, TooManyRequests throttled (retry_after set), Timeout and
// ServerTimeout deadline, 5xx unavailable.
// Reads are retried on unavailable, deadline and throttled. A write is retried only when the server said that it did
// not happen (429); otherwise the caller gets the Error and looks before it repeats.
// Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "kube/discovery.h"
#include "kube/resource.h"
#include "kube/warning.h"
#include "net/http_client.h"

namespace salvor::kube {

// Adds the credentials of the moment to a request; called before every attempt. See kube/credentials.h.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual Result<> authenticate(net::HttpRequest& request, std::stop_token stop) = 0;
  // After a 401: forget what was cached. True when another attempt makes sense.
  virtual bool refresh_after_unauthorized() = 0;
};

struct ListOptions {
  std::string ns;              // all namespaces when empty
  std::string label_selector;  // in the API's syntax
  std::string field_selector;
  std::uint32_t page_limit = 0;  // 0: grows with the list; see list.cc
};

struct ListEnd {
  std::string resource_version;  // of the snapshot that was read
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  bool one_snapshot = true;  // false: the position expired and the rest was read from a newer state
};

enum class PatchType { json, merge, strategic, apply };

struct WriteOptions {
  std::string field_manager = "salvor";
  bool dry_run = false;
  bool force = false;            // server-side apply: take fields over from other managers
  std::string subresource;       // "status", "scale"
  Warnings* warnings = nullptr;  // receives those of the answer
};

enum class Propagation { background, foreground, orphan };

struct DeleteOptions {
  std::optional<Propagation> propagation;
  std::optional<std::int64_t> grace_seconds;
  std::string uid;               // precondition
  std::string resource_version;  // precondition
  bool dry_run = false;
};

enum class WatchEventType { added, modified, deleted, bookmark, relisted };
struct WatchEvent {
  WatchEventType type;
  std::string_view object;  // "relisted": empty; the caller's picture starts anew with the added events that follow
};

struct ServerVersion {
  std::string major, minor, git_version;
};

class Client {
 public:
  struct Options {
    std::string server;  // "https://127.0.0.1:6443", no trailing slash
    std::string user_agent;
    int max_retries = 5;
    std::chrono::milliseconds idle_timeout{60'000};
    std::vector<net::Header> headers;  // impersonation
  };

  Client(Options options, net::HttpClient& http, Authenticator& authenticator, Clock& clock, Log log);

  Result<ServerVersion> version(std::stop_token stop);
  // What the server offers; see kube/discovery.h for how dead groups are reported.
  Result<Discovery> discover(std::stop_token stop);

  using ItemSink = std::function<Result<>(std::string_view item)>;
  Result<ListEnd> list(const Resource& resource, const ListOptions& options, const ItemSink& sink,
                       std::stop_token stop);
  // Follows a collection until the stop is requested or `sink` returns an Error.
  Result<> watch(const Resource& resource, const ListOptions& options,
                 const std::function<Result<>(const WatchEvent&)>& sink, std::stop_token stop);

  Result<std::string> get(const Resource& resource, std::string_view ns, std::string_view name, std::stop_token stop);
  Result<std::string> create(const Resource& resource, std::string_view ns, std::string_view object,
                             const WriteOptions& options, std::stop_token stop);
  Result<std::string> update(const Resource& resource, std::string_view ns, std::string_view name,
                             std::string_view object, const WriteOptions& options, std::stop_token stop);
  Result<std::string> patch(const Resource& resource, std::string_view ns, std::string_view name, PatchType type,
                            std::string_view patch, const WriteOptions& options, std::stop_token stop);
  Result<> remove(const Resource& resource, std::string_view ns, std::string_view name, const DeleteOptions& options,
                  std::stop_token stop);

  // One GET of any path below the server, for documents that are not objects ("/version", "/openapi/v3").
  Result<std::string> get_path(std::string_view path, std::string_view accept, std::stop_token stop);

  const std::string& server() const { return options_.server; }

 private:
  struct Call;
  class Lister;
  net::HttpRequest request_for(const Call& call) const;
  Error refusal(const Call& call, const net::HttpResponse& response, std::string_view body);
  Result<net::HttpResponse> send(const Call& call, const net::BodySink& body, std::stop_token stop);
  Result<std::string> send_for_text(const Call& call, std::stop_token stop, Warnings* warnings = nullptr);

  const Options options_;
  net::HttpClient& http_;
  Authenticator& authenticator_;
  Clock& clock_;
  Log log_;
};

}  // namespace salvor::kube
