// Lists of what a bucket holds: objects, their old versions.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "s3/answers.h"
#include "s3/client.h"

namespace salvor::s3 {

// Every object whose key starts with `prefix`, in the server's order, which is that of the keys' bytes. With a
// delimiter, keys that have it behind the prefix are rolled up: `visit_prefix` gets each such beginning once, delimiter
// included. Either visitor may be empty; an Error of theirs ends the list with it. They may call the client.
struct ListVisitors {
  std::function<Result<>(const ListedObject&)> object;
  std::function<Result<>(const std::string& prefix)> prefix;
};
Result<> list_objects(Client& client, const std::string& prefix, const std::string& delimiter,
                      const ListVisitors& visitors, std::stop_token stop);

// The same objects in the order of their keys' bytes from a server that keeps directories and lists one after the
// other: there "a/x" comes before "a-". Each directory is a list of its own, sorted here; in memory are the names of
// one directory for each level.
Result<> list_objects_by_directory(Client& client, const std::string& prefix,
                                   const std::function<Result<>(const ListedObject&)>& visit, std::stop_token stop);

// Whether any object has a key that starts with `prefix`.
Result<bool> has_objects(Client& client, const std::string& prefix, std::stop_token stop);

// Every version and delete marker, newest first for each key.
Result<> list_versions(Client& client, const std::string& prefix,
                       const std::function<Result<>(const ListedVersion&)>& visit, std::stop_token stop);

}  // namespace salvor::s3
