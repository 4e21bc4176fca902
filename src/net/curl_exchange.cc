#include "net/curl_exchange.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "base/units.h"
#include "net/curl_error.h"

namespace salvor::net {

namespace {

constexpr std::size_t kMaxHeaders = 1000;
// The poll returns at least this often so that the idle watch looks at the clock.
constexpr std::int64_t kLongestPollMs = 1000;
// libcurl 7.88 at times takes the end of an HTTP/2 answer from the socket, waits for more and sees only at the next
// call that nothing is missing: one LIST in three lasted a second longer (measured). So a poll waits no longer than has
// been waited already.
constexpr std::int64_t kShortestHttp2PollMs = 1;
constexpr long kReadBuffer = 256 << 10;
constexpr long kAnswerBuffer = 16 << 10;  // to a write; libcurl allocates it for each request
// libcurl sends through a buffer of 64 KiB unless told otherwise; parts of an upload have megabytes.
constexpr std::size_t kLargeBody = 256 << 10;
constexpr long kWriteBuffer = 512 << 10;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// libcurl keeps the pointer only: the text must live as long as the handle may connect.
curl_blob blob_of(const std::string& text) { return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY}; }

// Only what the identity holds is sent. OpenSSL would add the authority, when it is among the trusted ones;
// kube-apiserver then checks a second signature with every request, which was 6 % of its time in a restore.
CURLcode send_no_authority(CURL*, void* context, void*) {
  SSL_CTX_set_mode(static_cast<SSL_CTX*>(context), SSL_MODE_NO_AUTO_CHAIN);
  return CURLE_OK;
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

CurlExchange::CurlExchange(const CurlClient::Options& options, const TlsIdentity& identity, CurlSession& session,
                           Clock& clock, const HttpRequest& request,
                           const std::function<void(const HttpResponse&)>& on_head, const BodySink& body)
    : options_(options),
      identity_(identity),
      multi_(session.multi),
      easy_(session.easy),
      clock_(clock),
      request_(request),
      on_head_(on_head),
      body_(body) {}

// The handle outlives this object and must not point into it.
CurlExchange::~CurlExchange() { curl_easy_reset(easy_); }

Result<HttpResponse> CurlExchange::run(std::stop_token stop) {
  target_ = TRY(parse_url(request_.url));
  if (!target_.user.empty()) return Error(Code::invalid, "user name in the URL of " + target_.host_and_port());
  proxy_ = options_.proxy.proxy_for(target_);
  TRY(set_options());
  TRY(drive(stop));
  if (!head_done_) return Error(Code::unavailable, target_.host_and_port() + " ended its answer before the headers");
  long connects = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connects);
  response_.connection_reused = connects == 0;
  return std::move(response_);
}

void CurlExchange::add_line(std::unique_ptr<curl_slist, FreeList>& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

Result<> CurlExchange::set_options() {
  curl_easy_reset(easy_);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for a name being looked up
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION,
                   options_.http2 && !request_.bulk ? long{CURL_HTTP_VERSION_2TLS} : long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, request_.method == "GET" ? kReadBuffer : kAnswerBuffer);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
  if (!options_.user_agent.empty()) curl_easy_setopt(easy_, CURLOPT_USERAGENT, options_.user_agent.c_str());
  set_callbacks();
  set_method_and_body();
  set_tls();
  set_proxy();
  return set_headers();
}

void CurlExchange::set_callbacks() {
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlExchange::header_arrived);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlExchange::body_arrived);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &CurlExchange::progressed);
  curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlExchange::about_to_send);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

void CurlExchange::set_method_and_body() {
  const std::string& method = request_.method;
  const bool has_body = method == "POST" || method == "PUT" || method == "PATCH" || !request_.body.empty();
  if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.empty() ? "" : request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    if (request_.body.size() > kLargeBody) curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kWriteBuffer);
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void CurlExchange::set_tls() {
  const TlsSettings& tls = options_.tls;
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  curl_easy_setopt(easy_, CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (tls.insecure) {
    for (const CURLoption option :
         {CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST, CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST}) {
      curl_easy_setopt(easy_, option, 0L);
    }
  }
  if (!tls.authorities.empty()) {
    curl_blob blob = blob_of(tls.authorities);
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(easy_, CURLOPT_PROXY_CAINFO_BLOB, &blob);
    // Without this the system's directory of authorities would be trusted as well.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy_, CURLOPT_PROXY_CAPATH, nullptr);
  }
  if (!identity_.certificate.empty()) {
    curl_blob certificate = blob_of(identity_.certificate);
    curl_blob key = blob_of(identity_.private_key);
    curl_easy_setopt(easy_, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy_, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(easy_, CURLOPT_SSLKEY_BLOB, &key);
    curl_easy_setopt(easy_, CURLOPT_SSLKEYTYPE, "PEM");
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &send_no_authority);
    curl_easy_setopt(easy_, CURLOPT_KEYPASSWD, "");  // OpenSSL would ask for a passphrase on the terminal
  }
  if (!tls.server_name.empty() && target_.is_tls()) set_server_name();
}

// libcurl takes SNI and the name to verify from the URL. So the URL gets the expected name, the connection is led to
// the real place, and the Host header keeps saying what it would have said.
void CurlExchange::set_server_name() {
  Url named = target_;
  named.host = options_.tls.server_name;
  const std::string rest = target_.path + (target_.query.empty() ? "" : "?" + target_.query);
  curl_easy_setopt(easy_, CURLOPT_URL, (named.origin() + rest).c_str());
  add_line(connect_to_, named.host_and_port() + ":" + target_.host_and_port());
  curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_.get());
  add_line(headers_, "Host: " + target_.authority());
}

void CurlExchange::set_proxy() {
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "");  // decided by ProxyChoice; libcurl must not read the environment
  curl_easy_setopt(easy_, CURLOPT_PROXY, proxy_ ? proxy_->host_and_port().c_str() : "");
  if (!proxy_) return;
  long type = CURLPROXY_HTTP;
  if (proxy_->scheme == "https") type = CURLPROXY_HTTPS;
  if (proxy_->scheme.starts_with("socks5")) type = CURLPROXY_SOCKS5_HOSTNAME;  // as Go: the proxy looks names up
  curl_easy_setopt(easy_, CURLOPT_PROXYTYPE, type);
  if (!proxy_->user.empty()) {
    curl_easy_setopt(easy_, CURLOPT_PROXYUSERNAME, proxy_->user.c_str());
    curl_easy_setopt(easy_, CURLOPT_PROXYPASSWORD, proxy_->password.c_str());
  }
}

Result<> CurlExchange::set_headers() {
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (!is_clean(name) || !is_clean(value)) {
      return Error(Code::invalid, "a line break in the value of request header \"" + name + "\"")
          .hint("Does a token or password contain one?");
    }
    if (equal_ignoring_case(name, "accept-encoding")) {
      curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, value.c_str());
      decoding_ = true;
      continue;
    }
    has_content_type |= equal_ignoring_case(name, "content-type");
    add_line(headers_, value.empty() ? name + ";" : name + ": " + value);  // libcurl's way to send an empty value
  }
  if (!has_content_type) add_line(headers_, "Content-Type:");  // no guess of libcurl's
  add_line(headers_, "Expect:");                               // no waiting for "100 Continue" before a large body
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

std::optional<CURLcode> CurlExchange::finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return std::nullopt;
}

Result<> CurlExchange::drive(std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
  struct Membership {
    CURLM* multi;
    CURL* easy;
    ~Membership() { curl_multi_remove_handle(multi, easy); }  // of an unfinished transfer: closes its connection
  };
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return Error(Code::internal, "libcurl refuses its handle");
  const Membership membership{multi_, easy_};
  const Duration begin = clock_.monotonic();
  Duration last_move = begin;
  for (;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "request to " + target_.host_and_port() + " stopped");
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
      return Error(Code::internal, std::string("libcurl: ") + curl_multi_strerror(code));
    }
    if (const auto code = finished()) {
      if (stopped_by_) return std::move(*stopped_by_);
      if (*code == CURLE_OK) return {};
      return failure(*code);
    }
    const Duration now = clock_.monotonic();
    const bool moved = std::exchange(moved_, false);
    if (moved || !sent_) last_move = now;
    const Duration idle = now - last_move;
    if (idle >= request_.idle_timeout) {
      return Error(Code::deadline,
                   target_.host_and_port() + " sent nothing for " + format_duration(request_.idle_timeout))
          .hint("Is the server overloaded, or the connection cut without notice?");
    }
    Duration allowed = request_.idle_timeout - idle;
    if (request_.total_timeout.count() > 0) {
      const Duration rest = request_.total_timeout - (now - begin);
      if (rest <= Duration::zero()) {
        return Error(Code::deadline, target_.host_and_port() + " did not end its answer within " +
                                         format_duration(request_.total_timeout));
      }
      allowed = std::min(allowed, rest);
    }
    if (moved) continue;  // more may be there: a poll for each TLS record of a long list would only say so
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(allowed).count();
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::min(left, longest_poll_ms(idle))), nullptr);
  }
}

std::int64_t CurlExchange::longest_poll_ms(Duration idle) const {
  if (!over_http2_) return kLongestPollMs;
  return std::clamp(std::chrono::floor<std::chrono::milliseconds>(idle).count(), kShortestHttp2PollMs, kLongestPollMs);
}

Error CurlExchange::failure(CURLcode code) {
  CurlFailure failure;
  failure.code = code;
  failure.text = error_text_[0] ? error_text_ : curl_easy_strerror(code);
  curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  long os_error = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
  failure.os_error = static_cast<int>(os_error);
  failure.request_sent = sent_;
  failure.with_identity = !identity_.certificate.empty();
  failure.expected_name = options_.tls.server_name.empty() ? target_.host : options_.tls.server_name;
  failure.connect_timeout_ms = static_cast<long>(request_.connect_timeout.count());
  return curl_error(failure, target_, proxy_);
}

int CurlExchange::about_to_send(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  // The second time: the kept connection died without an answer, and libcurl would send the request again. What the
  // server did with a write is unknown then, so it is not repeated here.
  if (exchange.sent_ && !exchange.may_be_sent_again()) return CURL_PREREQFUNC_ABORT;
  exchange.sent_ = exchange.moved_ = true;
  return CURL_PREREQFUNC_OK;
}

int CurlExchange::progressed(void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (down + up != std::exchange(exchange.bytes_moved_, down + up)) exchange.moved_ = true;
  return 0;
}

std::size_t CurlExchange::header_arrived(char* line, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  exchange.moved_ = true;
  Result<> taken = exchange.take_header({line, size * count});
  if (taken.ok()) return size * count;
  exchange.stopped_by_ = std::move(taken).error();
  return CURL_WRITEFUNC_ERROR;
}

Result<> CurlExchange::take_header(std::string_view line) {
  if (head_done_) return {};  // trailers
  header_bytes_ += line.size();
  if (header_bytes_ > options_.max_header_bytes || response_.headers.size() >= kMaxHeaders) {
    return Error(Code::invalid, target_.host_and_port() + " sends more headers than any server should")
        .hint("Is this the right server?");
  }
  if (line.starts_with("HTTP/")) {  // also after "100 Continue"
    response_.headers.clear();
    return {};
  }
  line = trimmed(line);
  if (line.empty()) return finish_head();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  response_.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  return {};
}

Result<> CurlExchange::finish_head() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) return {};
  response_.status = static_cast<int>(status);
  long version = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
  over_http2_ = version == CURL_HTTP_VERSION_2_0;
  if (decoding_) {
    // The pieces come decoded: the length and encoding on the wire are not theirs.
    std::erase_if(response_.headers,
                  [](const Header& h) { return h.first == "content-encoding" || h.first == "content-length"; });
  }
  head_done_ = true;
  if (on_head_) on_head_(response_);
  return {};
}

std::size_t CurlExchange::body_arrived(char* piece, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  exchange.moved_ = true;
  if (!exchange.body_) return size * count;
  Result<> taken = exchange.body_({piece, size * count});
  if (taken.ok()) return size * count;
  exchange.stopped_by_ = std::move(taken).error();
  return CURL_WRITEFUNC_ERROR;
}

}  // namespace salvor::net
