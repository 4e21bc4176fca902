// Comparing what a restore would write with what is there.
//
// Both sides are brought into one form (rules.h, reset). For the plan of a large cluster that form is never kept: each
// side is reduced to a Digest, and only objects whose digests differ are looked at again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "codec/json.h"

namespace salvor::restore {

using Digest = std::array<std::uint64_t, 2>;

// Reduces objects to 128 bits that are equal exactly when the objects mean the same. Members of an object are summed,
// so their order does not count and nothing is sorted. The key is drawn at random for each run: nobody can craft a
// backup whose object passes for another.
//
// Left out on both sides: server-owned metadata, managedFields, status, apiVersion, kind, metadata.name and
// metadata.namespace (the two were paired by them), the restore labels, members that are null, empty label and
// annotation maps.
class Digester {
 public:
  explicit Digester(Rng& rng);
  // Neither form is for concurrent use; copies share the buffers, so that another thread takes a `twin`.
  Digest of(const Json& object) const;
  struct FromText {
    Digest digest{};
    std::string ns, name, backup_label, restore_label;
    bool controlled = false;  // another object's controller made it
  };
  // The same, from text and without building a document.
  Result<FromText> of(std::string_view text);
  Digester twin() const { return Digester(key_); }

  using Key = std::array<std::uint64_t, 4>;

 private:
  explicit Digester(const Key& key);
  Key key_{};
  struct Buffers;
  std::shared_ptr<Buffers> buffers_;  // kept from object to object
};

// One difference, as people read it. Values are shortened; values of Secrets are never shown.
struct FieldChange {
  std::string path;          // "spec.replicas", "metadata.labels[app.kubernetes.io/name]"
  std::string live, backup;  // "" when absent on that side
};

// What differs between two objects in the same form; at most `limit` changes, the last of which then says how many more
// there are.
std::vector<FieldChange> differences(const Json& live, const Json& backup, std::string_view group_resource,
                                     std::size_t limit = 50);

// The live ServiceAccount with what the backup adds: secrets and pull secrets by name, labels and annotations by key.
// What both have stays as it is live.
Json merge_service_accounts(const Json& live, const Json& backup);

// Drops what Digester leaves out, so that equal digests mean equal documents, and of claims the volume that a
// controller may have chosen. Done to both sides before they are compared.
void normalise(Json& object, std::string_view group_resource);

}  // namespace salvor::restore
