#include "etcd/membership.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/big_endian.h"
#include "codec/json.h"
#include "crypto/sha1.h"

namespace salvor::etcd {

namespace {

using Urls = std::vector<std::string>;

std::uint64_t first_eight(ByteView bytes) { return load_big_endian(ByteView(crypto::sha1(bytes)).first(8)); }

// scheme://host:port without a path (etcd's client/pkg/types/urls.go).
Result<std::string> checked_url(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto wrong = [&](const char* why) {
    return Error(Code::invalid, "\"" + std::string(text) + "\" is no peer URL: " + why)
        .hint("Write it as etcd has it, such as https://10.0.0.1:2380.");
  };
  if (text.starts_with("unix://") || text.starts_with("unixs://")) return std::string(text);
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || (text.substr(0, scheme) != "http" && text.substr(0, scheme) != "https")) {
    return wrong("it begins with neither http:// nor https://");
  }
  const std::string_view host = text.substr(scheme + 3);
  if (host.find_first_of("/?#") != std::string_view::npos) return wrong("it has a path");
  const std::size_t colon = host.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon + 1);
  const bool is_number = !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number || colon == 0) return wrong("it does not end with host:port");
  return std::string(text);
}

Result<std::map<std::string, Urls>> parse_members(const std::vector<std::string>& initial_cluster) {
  std::map<std::string, Urls> members;
  for (const std::string& one : initial_cluster) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Code::invalid, "\"" + one + "\" in the initial cluster is not NAME=URL");
    }
    members[one.substr(0, equals)].push_back(TRY(checked_url(std::string_view(one).substr(equals + 1))));
  }
  for (auto& [name, urls] : members) std::ranges::sort(urls);
  return members;
}

}  // namespace

std::string member_json(const Member& member) {
  nlohmann::ordered_json json;
  json["id"] = member.id;
  json["peerURLs"] = member.peer_urls;
  if (member.is_learner) json["isLearner"] = true;
  if (!member.name.empty()) json["name"] = member.name;
  if (!member.client_urls.empty()) json["clientURLs"] = member.client_urls;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<NewCluster> plan_cluster(std::string_view name, const std::vector<std::string>& initial_cluster,
                                const std::vector<std::string>& advertised, std::string_view token) {
  const auto members = TRY(parse_members(initial_cluster));
  Urls own;
  for (const std::string& url : advertised) own.push_back(TRY(checked_url(url)));
  std::ranges::sort(own);
  const auto self = members.find(std::string(name));
  if (self == members.end()) {
    return Error(Code::invalid, "the initial cluster has no member \"" + std::string(name) + "\"")
        .hint("Name this member with --name, and list it with its peer URL in --initial-cluster.");
  }
  if (self->second != own) {
    return Error(Code::invalid, "the URLs of --initial-advertise-peer-urls are not those of \"" + std::string(name) +
                                    "\" in --initial-cluster");
  }
  NewCluster cluster;
  for (const auto& [member, urls] : members) {
    std::string text;
    for (const std::string& url : urls) text += url;
    text += token;
    cluster.members.push_back({.id = first_eight(as_bytes(text)), .name = member, .peer_urls = urls});
  }
  std::ranges::sort(cluster.members, {}, &Member::id);
  if (std::ranges::adjacent_find(cluster.members, {}, &Member::id) != cluster.members.end()) {
    return Error(Code::invalid, "two members of the initial cluster have the same URLs");
  }
  Bytes ids;
  for (const Member& member : cluster.members) append_big_endian(ids, member.id, 8);
  cluster.id = first_eight(ids);
  const auto found = std::ranges::find(cluster.members, name, &Member::name);
  cluster.self = static_cast<std::size_t>(found - cluster.members.begin());
  return cluster;
}

}  // namespace salvor::etcd
