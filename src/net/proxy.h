// Which proxy a request goes through, decided as Go's net/http does, because that is what every Kubernetes tool does.
//
// From the environment: HTTPS_PROXY for https, HTTP_PROXY for http (upper case before lower; HTTP_PROXY is ignored in a
// CGI program, where a caller could set it), unless NO_PROXY names the host. localhost and loopback addresses never use
// a proxy. A fixed proxy, such as a kubeconfig's proxy-url, is used for every request.
// NO_PROXY: comma-separated; "*" all; an IP address or CIDR block; "name" it and its subdomains; ".name" or "*.name"
// its subdomains only; each with an optional ":port".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/url.h"

namespace salvor::net {

// The value of an environment variable, empty when not set.
using Environment = std::function<std::string(std::string_view name)>;

class ProxyChoice {
 public:
  ProxyChoice() = default;  // always direct
  static Result<ProxyChoice> fixed(std::string_view url);
  static Result<ProxyChoice> from_environment(const Environment& environment);

  // Nothing for a direct connection.
  const Url* proxy_for(const Url& target) const;

 private:
  bool bypassed(const Url& target) const;

  std::optional<Url> every_;
  std::optional<Url> http_;
  std::optional<Url> https_;
  std::string no_proxy_;
};

}  // namespace salvor::net
