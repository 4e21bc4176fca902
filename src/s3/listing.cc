#include "s3/listing.h"

#include <algorithm>
#include <vector>

namespace salvor::s3 {

namespace {

Error endless_list(const Client& client) {
  return Error(Code::corrupt, "the list of " + client.describe() + " goes on from where it was already");
}

Error foreign_key(const Client& client, const std::string& prefix) {
  return Error(Code::corrupt, "the list of " + client.describe() + " has a key that does not begin with " + prefix);
}

Result<> visit_page(const Client& client, const std::string& prefix, const ListPage& page,
                    const ListVisitors& visitors) {
  for (const ListedObject& object : page.objects) {
    if (!object.key.starts_with(prefix)) return foreign_key(client, prefix);
    if (visitors.object) TRY(visitors.object(object));
  }
  for (const std::string& name : page.prefixes) {
    if (!name.starts_with(prefix)) return foreign_key(client, prefix);
    if (visitors.prefix) TRY(visitors.prefix(name));
  }
  return {};
}

}  // namespace

Result<> list_objects(Client& client, const std::string& prefix, const std::string& delimiter,
                      const ListVisitors& visitors, std::stop_token stop) {
  std::string token;
  for (;;) {
    Call call{.query = {{"list-type", "2"}, {"encoding-type", "url"}}, .doing = "list"};
    if (!prefix.empty()) call.query.emplace_back("prefix", prefix);
    if (!delimiter.empty()) call.query.emplace_back("delimiter", delimiter);
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    const Answer answer = TRY(client.call(call, stop));
    const ListPage page = TRY(parse_list(answer.body).context("the list of " + client.describe()));
    TRY(visit_page(client, prefix, page, visitors));
    if (page.next.empty()) return {};
    if (page.next == token) return endless_list(client);
    token = page.next;
  }
}

Result<> list_objects_by_directory(Client& client, const std::string& prefix,
                                   const std::function<Result<>(const ListedObject&)>& visit, std::stop_token stop) {
  std::vector<ListedObject> objects;
  std::vector<std::string> directories;
  TRY(list_objects(client, prefix, "/",
                   {.object = [&](const ListedObject& object) { return objects.push_back(object), Result<>(); },
                    .prefix = [&](const std::string& name) { return directories.push_back(name), Result<>(); }},
                   stop));
  std::ranges::sort(objects, {}, &ListedObject::key);
  std::ranges::sort(directories);
  auto next = objects.begin();
  for (const std::string& directory : directories) {
    for (; next != objects.end() && next->key < directory; ++next) TRY(visit(*next));
    if (directory == prefix) return endless_list(client);
    TRY(list_objects_by_directory(client, directory, visit, stop));
  }
  for (; next != objects.end(); ++next) TRY(visit(*next));
  return {};
}

Result<bool> has_objects(Client& client, const std::string& prefix, std::stop_token stop) {
  std::string token;
  for (;;) {
    Call call{.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", "1"}, {"prefix", prefix}},
              .doing = "list"};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    const Answer answer = TRY(client.call(call, stop));
    const ListPage page = TRY(parse_list(answer.body).context("the list of " + client.describe()));
    if (!page.objects.empty() || page.next.empty()) return !page.objects.empty();
    if (page.next == token) return endless_list(client);  // an empty page may still be followed by others
    token = page.next;
  }
}

Result<> list_versions(Client& client, const std::string& prefix,
                       const std::function<Result<>(const ListedVersion&)>& visit, std::stop_token stop) {
  std::string key_marker, version_marker;
  for (;;) {
    Call call{.query = {{"versions", ""}, {"encoding-type", "url"}}, .doing = "list the versions of"};
    if (!prefix.empty()) call.query.emplace_back("prefix", prefix);
    if (!key_marker.empty()) {
      call.query.emplace_back("key-marker", key_marker);
      if (!version_marker.empty()) call.query.emplace_back("version-id-marker", version_marker);
    }
    const Answer answer = TRY(client.call(call, stop));
    const VersionPage page = TRY(parse_versions(answer.body).context("the versions of " + client.describe()));
    for (const ListedVersion& version : page.versions) {
      if (!version.key.starts_with(prefix)) return foreign_key(client, prefix);
      TRY(visit(version));
    }
    if (page.next_key.empty()) return {};
    if (page.next_key == key_marker && page.next_version == version_marker) return endless_list(client);
    key_marker = page.next_key;
    version_marker = page.next_version;
  }
}

}  // namespace salvor::s3
