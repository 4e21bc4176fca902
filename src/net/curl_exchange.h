// Exchange: one request and its response on one libcurl session. Only curl_client.cc uses this.
//
// Lives on the stack of the calling thread for the time of the exchange; libcurl's callbacks point to it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>

#include "net/curl_client.h"

namespace salvor::net {

// A multi handle owns the connections, the easy handle runs one transfer after the other on them.
struct CurlSession {
  CurlSession() : multi(curl_multi_init()), easy(curl_easy_init()) {}
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;
  ~CurlSession() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }

  CURLM* const multi;
  CURL* const easy;
  std::shared_ptr<const TlsIdentity> identity;  // that its connections were made with
};

class CurlExchange {
 public:
  CurlExchange(const CurlClient::Options& options, const TlsIdentity& identity, CurlSession& session, Clock& clock,
               const HttpRequest& request, const std::function<void(const HttpResponse&)>& on_head,
               const BodySink& body);
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange();

  Result<HttpResponse> run(std::stop_token stop);

 private:
  Result<> set_options();
  Result<> set_headers();
  void set_method_and_body();
  void set_tls();
  void set_server_name();
  void set_proxy();
  void set_callbacks();
  Result<> drive(std::stop_token stop);
  std::optional<CURLcode> finished();
  std::int64_t longest_poll_ms(Duration idle) const;
  Error failure(CURLcode code);

  static std::size_t header_arrived(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t body_arrived(char* piece, std::size_t size, std::size_t count, void* self);
  static int progressed(void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up);
  static int about_to_send(void* self, char*, char*, int, int);
  Result<> take_header(std::string_view line);
  Result<> finish_head();
  bool may_be_sent_again() const { return request_.method == "GET" || request_.method == "HEAD"; }

  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  void add_line(std::unique_ptr<curl_slist, FreeList>& list, const std::string& line);

  const CurlClient::Options& options_;
  const TlsIdentity& identity_;
  CURLM* const multi_;
  CURL* const easy_;
  Clock& clock_;
  const HttpRequest& request_;
  const std::function<void(const HttpResponse&)>& on_head_;
  const BodySink& body_;

  Url target_;
  const Url* proxy_ = nullptr;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<curl_slist, FreeList> connect_to_;
  bool decoding_ = false;
  char error_text_[CURL_ERROR_SIZE] = {};

  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool head_done_ = false;
  bool over_http2_ = false;  // known with the head of the answer
  bool sent_ = false;        // a connection exists and the request goes out
  bool moved_ = false;       // bytes moved since the flag was cleared
  curl_off_t bytes_moved_ = 0;
  std::optional<Error> stopped_by_;  // an Error of ours or of the sink that ended the transfer
};

}  // namespace salvor::net
