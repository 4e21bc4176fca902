// One call to the API server: credentials, retries, and errors. Paging is in list.cc, following in watch.cc.

#include "kube/client.h"

#include <algorithm>

#include "kube/call.h"
#include "kube/status.h"
#include "net/retry.h"

namespace salvor::kube {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMaxRefusalBytes = 256 << 10;
constexpr milliseconds kLongestServerWait{30'000};
// A call is not begun again this long after its first attempt. Six silent minutes for each of some hanging resources
// would add up to hours; one repetition after a timeout still finds its way around a connection that died unnoticed.
constexpr milliseconds kPatience{90'000};

// What one attempt brought back: a success, whose body went to the sink, or a refusal.
struct Attempt {
  net::HttpResponse response;
  std::string refusal_body;
};

bool is_success(int status) { return status >= 200 && status < 300; }

std::string_view content_type_of(PatchType type) {
  switch (type) {
    case PatchType::json: return "application/json-patch+json";
    case PatchType::merge: return "application/merge-patch+json";
    case PatchType::strategic: return "application/strategic-merge-patch+json";
    case PatchType::apply: return "application/apply-patch+yaml";  // JSON is YAML
  }
  return {};
}

std::string query_of(const WriteOptions& options, bool patch) {
  std::string query = "?fieldManager=" + percent_encode(options.field_manager);
  if (options.dry_run) query += "&dryRun=All";
  if (patch && options.force) query += "&force=true";
  return query;
}

std::string delete_body(const DeleteOptions& options) {
  std::string body = R"({"kind":"DeleteOptions","apiVersion":"v1")";
  if (options.propagation) {
    static constexpr std::string_view kNames[] = {"Background", "Foreground", "Orphan"};
    body += R"(,"propagationPolicy":")" + std::string(kNames[static_cast<int>(*options.propagation)]) + '"';
  }
  if (options.grace_seconds) body += R"(,"gracePeriodSeconds":)" + std::to_string(*options.grace_seconds);
  if (!options.uid.empty() || !options.resource_version.empty()) {
    std::string conditions;
    if (!options.uid.empty()) conditions += R"("uid":")" + options.uid + '"';
    if (!options.resource_version.empty()) {
      conditions += (conditions.empty() ? "" : ",") + (R"("resourceVersion":")" + options.resource_version + '"');
    }
    body += R"(,"preconditions":{)" + conditions + "}";
  }
  if (options.dry_run) body += R"(,"dryRun":["All"])";
  return body + "}";
}

std::string object_name(const Resource& resource, std::string_view ns, std::string_view name) {
  std::string text = resource.group_resource();
  if (!ns.empty() || !name.empty()) text += ' ';
  if (!ns.empty()) text += std::string(ns) + (name.empty() ? "" : "/");
  return text + std::string(name);
}

}  // namespace

Client::Client(Options options, net::HttpClient& http, Authenticator& authenticator, Clock& clock, Log log)
    : options_(std::move(options)), http_(http), authenticator_(authenticator), clock_(clock), log_(std::move(log)) {}

net::HttpRequest Client::request_for(const Call& call) const {
  net::HttpRequest request;
  request.method = call.method;
  request.url = options_.server + call.path;
  request.body = call.body;
  request.bulk = call.is_bulk;
  request.idle_timeout = call.idle_timeout.value_or(options_.idle_timeout);
  request.headers = options_.headers;
  request.headers.emplace_back("accept", call.accept);
  request.headers.emplace_back("user-agent", options_.user_agent);
  if (!call.content_type.empty()) request.headers.emplace_back("content-type", call.content_type);
  return request;
}

Result<net::HttpResponse> Client::send(const Call& call, const net::BodySink& body, std::stop_token stop) {
  SystemRng rng;
  bool refreshed = false;
  const Duration began = clock_.monotonic();
  for (int attempt = 0;; ++attempt) {
    bool delivered = false;
    Attempt now;
    const auto sink = [&](std::string_view piece) -> Result<> {
      if (is_success(now.response.status)) {
        delivered = true;
        return body(piece);
      }
      now.refusal_body.append(piece.substr(0, kMaxRefusalBytes - std::min(kMaxRefusalBytes, now.refusal_body.size())));
      return {};
    };
    log_.debug("request", {{"method", call.method}, {"path", call.path}});
    net::HttpRequest request = request_for(call);
    TRY(authenticator_.authenticate(request, stop));
    Result<net::HttpResponse> answer =
        http_.exchange(request, [&](const net::HttpResponse& head) { now.response = head; }, sink, stop);
    if (answer.ok() && is_success(answer->status)) return answer;

    const bool answered = answer.ok();
    Error error = answered ? refusal(call, *answer, now.refusal_body) : std::move(answer).error().context(call.what);
    if (error.code() == Code::unauthenticated && answered && !refreshed &&
        authenticator_.refresh_after_unauthorized()) {
      refreshed = true;
      continue;
    }
    const bool may_repeat = call.is_read ? is_retryable(error.code()) : error.code() == Code::throttled;
    const bool out_of_patience = clock_.monotonic() - began > kPatience;
    if (!may_repeat || delivered || out_of_patience || attempt >= options_.max_retries) {
      if (call.refusal_body) *call.refusal_body = std::move(now.refusal_body);
      return error;
    }
    const milliseconds wait = std::max(net::backoff(attempt, rng),
                                       std::min(error.retry_after().value_or(milliseconds(0)), kLongestServerWait));
    log_.debug("retrying", {{"call", call.what}, {"reason", error}, {"wait_ms", wait.count()}});
    if (!clock_.wait(wait, stop)) return Error(Code::cancelled, call.what + ": stopped");
  }
}

Error Client::refusal(const Call& call, const net::HttpResponse& response, std::string_view body) {
  Refusal refusal{response.status, body, {}};
  if (const auto header = response.header("retry-after")) {
    refusal.retry_after = net::parse_retry_after(*header, clock_.now());
  }
  return refusal_error(call.what, refusal);
}

// send() repeats what had not begun to arrive; a read that broke off in its body is asked for anew here.
Result<std::string> Client::send_for_text(const Call& call, std::stop_token stop, Warnings* warnings) {
  for (int broken = 0;; ++broken) {
    std::string text;
    const auto append = [&](std::string_view piece) -> Result<> {
      text.append(piece);
      return {};
    };
    const Result<net::HttpResponse> answer = send(call, append, stop);
    if (answer.ok()) {
      for (const auto& [name, value] : answer->headers) {
        if (warnings && name == "warning") append_warnings(*warnings, value);
      }
      return text;
    }
    const bool broke_off = call.is_read && !text.empty() && is_retryable(answer.error().code());
    if (!broke_off || broken >= options_.max_retries) return answer.error().clone();
  }
}

Result<std::string> Client::get(const Resource& resource, std::string_view ns, std::string_view name,
                                std::stop_token stop) {
  return send_for_text({.what = "get " + object_name(resource, ns, name), .path = path_of(resource, ns, name)}, stop);
}

Result<std::string> Client::create(const Resource& resource, std::string_view ns, std::string_view object,
                                   const WriteOptions& options, std::stop_token stop) {
  return send_for_text({.what = "create " + object_name(resource, ns, {}),
                        .method = "POST",
                        .path = path_of(resource, ns, {}) + query_of(options, false),
                        .body = object,
                        .content_type = "application/json",
                        .is_bulk = true,
                        .is_read = false},
                       stop, options.warnings);
}

Result<std::string> Client::update(const Resource& resource, std::string_view ns, std::string_view name,
                                   std::string_view object, const WriteOptions& options, std::stop_token stop) {
  return send_for_text({.what = "update " + object_name(resource, ns, name),
                        .method = "PUT",
                        .path = path_of(resource, ns, name, options.subresource) + query_of(options, false),
                        .body = object,
                        .content_type = "application/json",
                        .is_read = false},
                       stop, options.warnings);
}

Result<std::string> Client::patch(const Resource& resource, std::string_view ns, std::string_view name, PatchType type,
                                  std::string_view patch, const WriteOptions& options, std::stop_token stop) {
  return send_for_text({.what = "patch " + object_name(resource, ns, name),
                        .method = "PATCH",
                        .path = path_of(resource, ns, name, options.subresource) + query_of(options, true),
                        .body = patch,
                        .content_type = std::string(content_type_of(type)),
                        .is_read = false},
                       stop, options.warnings);
}

Result<> Client::remove(const Resource& resource, std::string_view ns, std::string_view name,
                        const DeleteOptions& options, std::stop_token stop) {
  const std::string body = delete_body(options);
  TRY(send_for_text({.what = "delete " + object_name(resource, ns, name),
                     .method = "DELETE",
                     .path = path_of(resource, ns, name),
                     .body = body,
                     .content_type = "application/json",
                     .is_read = false},
                    stop));
  return {};
}

Result<std::string> Client::get_path(std::string_view path, std::string_view accept, std::stop_token stop) {
  return send_for_text({.what = "get " + std::string(path), .path = std::string(path), .accept = std::string(accept)},
                       stop);
}

}  // namespace salvor::kube
