// Prepare: from an object's text in the archive to the object that is written, or to the reason why none is.
//
//   backup's text -> skip? -> reset -> adapt -> modifiers -> namespace -> restore labels
//
// The plan and its execution call the same function, so what was planned is what is written.
#pragma once

#include <nlohmann/json.hpp>  // Prepared holds documents by value; three sources include this header
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "restore/request.h"

namespace salvor::restore {

struct Prepared {
  std::optional<std::string> skip;  // the reason; the rest is then empty
  Json object;
  Json managed_fields;        // as they are in the backup
  Json status;                // what is restored through the status endpoint; null: nothing
  std::vector<Error> errors;  // of modifiers; the object is written all the same, as stock Velero does
};

// What to say of an archive's entry whose text is about (ns, name).
Error other_object(std::string_view ns, std::string_view name);

class Preparer {
 public:
  // `by_status` tells whether spec.restoreStatus names a resource.
  Preparer(const Request& request, const RuleContext& context, std::vector<std::string> status_resources);

  // `ns` and `name` are where the archive keeps the object. A text that says something else is `corrupt`: it would pass
  // by the filters under one name and be written under another.
  Result<Prepared> prepare(std::string_view group_resource, std::string_view ns, std::string_view name,
                           std::string_view text) const;
  // A live object in the form in which it is compared with a prepared one.
  Result<Json> comparable(std::string_view group_resource, std::string_view live_text) const;
  // True when prepare() would do no more to this text than reset its metadata and label it, so that digests of the two
  // texts may be compared as they are.
  bool is_plain(std::string_view group_resource, std::string_view text) const;

 private:
  const Request& request_;
  const RuleContext& context_;
  const std::vector<std::string> status_resources_;  // sorted group resources in the archive whose status is restored
};

}  // namespace salvor::restore
