// Ledger: what a running backup has seen and what it still owes.
//
// The plan decides about single objects; the ledger remembers what reaches from one object to another: which
// namespaces have objects, which related items are wanted, which kinds were written. It holds names only, and only for
// kinds that take part in a rule that is on, so its size does not grow with the bulk of a cluster.
// Thread-safe: listings run in parallel.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/plan.h"
#include "backup/related.h"
#include "base/result.h"
#include "kube/object_head.h"

namespace salvor::backup {

struct Seen {
  bool take = false;
  std::string_view reason;            // why not
  std::optional<std::string> stored;  // the text to write instead of the object's own
};

struct Wanted {
  ObjectRef ref;
  const kube::Resource* resource = nullptr;  // lives as long as the plan
  bool may_be_missing = false;               // no warning when it is not found: not every kind has a CRD
  std::string why;                           // "named by pod team/db-0"
};

class Ledger {
 public:
  // The plan must outlive the ledger.
  Ledger(const Plan& plan, std::string backup_name);
  ~Ledger();

  // An object that a listing brought; `selector` as in Plan::accepts. `text` may be empty when the listing does not
  // read texts. An Error is about this object only: it is not saved, the backup goes on with an error.
  Result<Seen> see(const Listing& listing, const kube::ObjectHead& head, std::string_view text,
                   std::size_t selector = 0);
  // An object of `listing.first`; the LIST that follows skips it.
  Result<Seen> see_first(const Listing& listing, const kube::ObjectHead& head, std::string_view text);
  // An object that was wanted.
  Result<Seen> see_related(const Wanted& wanted, const kube::ObjectHead& head, std::string_view text);
  // Once no listing is running. Each item is handed out once; seeing them may make others wanted.
  std::vector<Wanted> take_wanted();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::backup
