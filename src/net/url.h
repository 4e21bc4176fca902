// Url: an absolute http or https (or proxy) address taken apart.
//
//   scheme://user:password@host:port/path?query        user info, port, path and query may be absent
//
// IPv6 addresses stand in brackets in text and without them in `host`. Only what salvor sends is accepted: no white
// space, control characters or fragments, so that a URL can never smuggle a second header line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::net {

struct Url {
  std::string scheme;  // lower case
  std::string user;    // decoded, as is the password
  std::string password;
  std::string host;        // lower case, IPv6 without brackets
  std::uint16_t port = 0;  // the scheme's own when the text names none
  std::string path;        // "" or begins with '/', still encoded
  std::string query;       // without '?', still encoded

  bool is_tls() const { return scheme == "https"; }
  // "host:port" for messages, always with the port; IPv6 in brackets.
  std::string host_and_port() const;
  // "scheme://host[:port]" without user info; the port is left out when it is the scheme's own.
  std::string origin() const;
  // The value of a Host header.
  std::string authority() const;
};

// `invalid` when the text is not such a URL. The message never repeats the text, which may hold a password.
Result<Url> parse_url(std::string_view text);

// RFC 3986 percent-encoding of everything except unreserved characters and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = {});
// Nothing is lost on a stray '%': it is `invalid`.
Result<std::string> percent_decode(std::string_view text);

// "::1" becomes "[::1]", names and IPv4 stay.
std::string bracketed(std::string_view host);

}  // namespace salvor::net
