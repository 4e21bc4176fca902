#include "net/url.h"

#include <algorithm>
#include <charconv>

namespace salvor::net {

namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "http") return 80;
  if (scheme == "https") return 443;
  if (scheme == "socks5" || scheme == "socks5h") return 1080;
  return 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error bad(std::string_view why) { return Error(Code::invalid, "not a URL: " + std::string(why)); }

Result<> parse_user_info(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  url.user = TRY(percent_decode(text.substr(0, colon)));
  if (colon != std::string_view::npos) url.password = TRY(percent_decode(text.substr(colon + 1)));
  return {};
}

Result<> parse_port(std::string_view text, Url& url) {
  if (text.empty()) return {};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), url.port);
  if (fault != std::errc() || end != text.data() + text.size() || url.port == 0) {
    return bad("the port is not a number from 1 to 65535");
  }
  return {};
}

Result<> parse_host(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return bad("'[' without ']'");
    url.host = lower(text.substr(1, close - 1));
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return bad("text between ']' and the port");
    const auto in_address = [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; };
    if (url.host.find(':') == std::string::npos || !std::all_of(url.host.begin(), url.host.end(), in_address)) {
      return bad("no IPv6 address in the brackets");
    }
  } else {
    const std::size_t colon = text.find(':');
    url.host = lower(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon);
    const auto in_name = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || (c & 0x80) != 0; };
    if (!std::all_of(url.host.begin(), url.host.end(), in_name)) return bad("the host has a character no name has");
  }
  if (url.host.empty()) return bad("the host is missing");
  return parse_port(port.empty() ? port : port.substr(1), url);
}

}  // namespace

std::string bracketed(std::string_view host) {
  return host.find(':') == std::string_view::npos ? std::string(host) : "[" + std::string(host) + "]";
}

std::string Url::host_and_port() const { return bracketed(host) + ":" + std::to_string(port); }

std::string Url::authority() const { return port == default_port(scheme) ? bracketed(host) : host_and_port(); }

std::string Url::origin() const { return scheme + "://" + authority(); }

Result<Url> parse_url(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return bad("white space or a control character in it");
  }
  if (text.find('#') != std::string_view::npos) return bad("'#' in it");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad("\"https://\" or another scheme is missing");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  url.port = default_port(url.scheme);
  if (url.port == 0) return bad("its scheme is none of http, https, socks5, socks5h");
  std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    TRY(parse_user_info(authority.substr(0, at), url));
    authority.remove_prefix(at + 1);
  }
  TRY(parse_host(authority, url));
  const std::size_t question = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, question);
  if (question < rest.size()) url.query = rest.substr(question + 1);
  return url;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos || keep.find(c) != keep.npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("'%' without two hexadecimal digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace salvor::net
