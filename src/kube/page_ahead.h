// PageAhead: one page of a list, fetched by a thread of its own while the page before it is still being worked on.
//
// Fetching is the server's encoding, TLS and HTTP; working is cutting, hashing and compressing. Side by side they take
// as long as the slower one, and the server begins a page before the last one is done with. What has arrived and is not
// yet wanted is bounded; the connection then waits.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/channel.h"
#include "net/http_client.h"

namespace salvor::kube {

class PageAhead {
 public:
  // Sends the request and streams the answer's body to the sink, as Client::send does. Called in the new thread.
  using Fetch = std::function<Result<net::HttpResponse>(const net::BodySink& body, std::stop_token stop)>;

  PageAhead(Fetch fetch, std::stop_token stop);
  // Gives up what is still being fetched.
  ~PageAhead();
  PageAhead(const PageAhead&) = delete;
  PageAhead& operator=(const PageAhead&) = delete;

  // Hands the body on in order, in the calling thread, and then tells how the fetch ended. Call once.
  Result<net::HttpResponse> drain(const net::BodySink& body, std::stop_token stop);

 private:
  static constexpr std::size_t kMostBytesWaiting = 2 << 20;
  static constexpr std::size_t kPieceBytes = 128 << 10;

  void run(const Fetch& fetch);

  std::stop_source stop_;
  std::stop_callback<std::function<void()>> follow_;
  Channel<std::string> pieces_{kMostBytesWaiting};
  std::optional<Result<net::HttpResponse>> answer_;  // set before the channel is closed
  std::jthread thread_;
};

}  // namespace salvor::kube
