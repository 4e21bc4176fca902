// What `backup` and `restore` commands share in looking at a location: both kinds of records are Kubernetes objects
// with metadata, spec and status, listed, described and read the same way.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/bodies.h"
#include "cli/output.h"
#include "store/storage.h"

namespace salvor::cli {

struct RecordKind {
  std::string_view word;  // "backup"
  Result<std::vector<std::string>> (*names)(store::Storage&, std::stop_token);
  Result<Json> (*read)(store::Storage&, std::string_view, std::stop_token);
};

std::string name_of(const Json& record);

// The records that were named, or all that match --selector, oldest first. A damaged one among all is reported and
// passed over; a named one that is missing or damaged is an Error.
Result<std::vector<Json>> read_records(const Invocation& invocation, store::Storage& storage, const RecordKind& kind);

using Row = std::vector<std::string> (*)(const Json& record);
Result<Outcome> print_records(const Invocation& invocation, std::string_view word, const std::vector<Json>& records,
                              std::vector<Column> columns, Row row);

using Describe = std::function<Result<std::string>(const Json& record, bool details)>;
Result<Outcome> describe_records(const Invocation& invocation, std::string_view word, const std::vector<Json>& records,
                                 const Describe& describe);

// Name, labels, phase, times and the spec, for people.
std::string record_block(const Json& record);
// {"v1/Secret":["team/db"]} as an indented list.
std::string resource_block(const Json& list);

// A gzip log, decompressed while it is printed.
Result<Outcome> print_log(const Invocation& invocation, store::Storage& storage, const std::string& key);
// Copies an object of the location to a file, or to standard output for "-". An existing file needs --force.
Result<Outcome> download(const Invocation& invocation, store::Storage& storage, const std::string& key,
                         const std::string& path);

}  // namespace salvor::cli
