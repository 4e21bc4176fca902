#include "net/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace salvor::net {

namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  // 32 or 128
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string zero_ended(text);
  Address address;
  if (inet_pton(AF_INET, zero_ended.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (inet_pton(AF_INET6, zero_ended.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
    return address;
  }
  return std::nullopt;
}

bool same_prefix(const Address& a, const Address& b, int bits) {
  if (a.bits != b.bits || bits < 0 || bits > a.bits) return false;
  if (std::memcmp(a.bytes.data(), b.bytes.data(), static_cast<std::size_t>(bits / 8)) != 0) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const std::size_t at = static_cast<std::size_t>(bits / 8);
  return (a.bytes[at] ^ b.bytes[at]) >> (8 - rest) == 0;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = parse_address(host);
  if (!address) return false;
  if (address->bits == 32) return address->bytes[0] == 127;
  return same_prefix(*address, *parse_address("::1"), 128);
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// One entry of NO_PROXY that is a CIDR block.
bool in_block(std::string_view entry, std::string_view host) {
  const std::size_t slash = entry.find('/');
  if (slash == std::string_view::npos) return false;
  const auto block = parse_address(entry.substr(0, slash));
  const auto address = parse_address(host);
  int bits = -1;
  std::from_chars(entry.data() + slash + 1, entry.data() + entry.size(), bits);
  return block && address && same_prefix(*block, *address, bits);
}

// Splits "name:port" and "[v6]:port"; a bare IPv6 address has no port.
std::pair<std::string_view, std::string_view> split_port(std::string_view entry) {
  if (entry.starts_with('[')) {
    const std::size_t close = std::min(entry.find(']'), entry.size());
    const std::string_view after = close < entry.size() ? entry.substr(close + 1) : std::string_view();
    return {entry.substr(1, close - 1), after.starts_with(':') ? after.substr(1) : std::string_view()};
  }
  const std::size_t colon = entry.find(':');
  if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos) return {entry, {}};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool entry_matches(std::string_view entry, const Url& target) {
  if (entry == "*") return true;
  if (in_block(entry, target.host)) return true;
  auto [name, port] = split_port(entry);
  if (name.empty() || (!port.empty() && port != std::to_string(target.port))) return false;
  if (const auto address = parse_address(name)) {
    const auto host = parse_address(target.host);
    return host && same_prefix(*address, *host, address->bits);
  }
  std::string suffix(name.starts_with("*.") ? name.substr(1) : name);
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (suffix.starts_with('.')) return target.host.ends_with(suffix);
  return target.host == suffix || target.host.ends_with("." + suffix);
}

Result<Url> parse_proxy(std::string_view text) {
  Url url =
      TRY(parse_url(text.find("://") == std::string_view::npos ? "http://" + std::string(text) : std::string(text)));
  if (!url.query.empty() || (!url.path.empty() && url.path != "/")) {
    return Error(Code::invalid, "a proxy has no path").hint("Give it as http://host:port.");
  }
  return url;
}

}  // namespace

Result<ProxyChoice> ProxyChoice::fixed(std::string_view url) {
  ProxyChoice choice;
  choice.every_ = TRY(parse_proxy(url));
  return choice;
}

Result<ProxyChoice> ProxyChoice::from_environment(const Environment& environment) {
  ProxyChoice choice;
  const auto read = [&](const std::string& upper, const std::string& lower, std::optional<Url>& into) -> Result<> {
    const bool has_upper = !environment(upper).empty();
    const std::string text = has_upper ? environment(upper) : environment(lower);
    if (text.empty()) return {};
    into = TRY(parse_proxy(text).context("environment variable " + (has_upper ? upper : lower)));
    return {};
  };
  TRY(read("HTTPS_PROXY", "https_proxy", choice.https_));
  if (environment("REQUEST_METHOD").empty()) TRY(read("HTTP_PROXY", "http_proxy", choice.http_));
  choice.no_proxy_ = environment("NO_PROXY");
  if (choice.no_proxy_.empty()) choice.no_proxy_ = environment("no_proxy");
  return choice;
}

bool ProxyChoice::bypassed(const Url& target) const {
  if (is_loopback(target.host)) return true;
  std::string_view rest = no_proxy_;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (entry_matches(without_space(rest.substr(0, comma)), target)) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

const Url* ProxyChoice::proxy_for(const Url& target) const {
  if (every_) return &*every_;
  const std::optional<Url>& chosen = target.is_tls() ? https_ : http_;
  return chosen && !bypassed(target) ? &*chosen : nullptr;
}

}  // namespace salvor::net
