// The manifests of a repository: the union of all its manifest contents. Of several entries with one id the one that
// was modified last counts, and hides the manifest when it says "deleted". Where two entries are of the same
// nanosecond, in stock the order of a hash map decides; here the one that is not deleted stays, so that whatever the
// order nothing is taken for deleted that may not be.
//
// A value; entries are copied in and stay where they are. Kopia: repo/manifest/committed_manifest_manager.go.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "repo/manifest_content.h"

namespace salvor::repo {

class ManifestSet {
 public:
  void merge(ManifestEntry entry);

  // nullptr when there is none, or it was deleted. Good until the next merge.
  const ManifestEntry* get(std::string_view id) const;
  // Those that have all these labels, oldest first, of one time by id. Where one is wanted, of policies or of the
  // parameters of maintenance, the last one is the one that stock takes.
  std::vector<const ManifestEntry*> find(const Labels& labels) const;

 private:
  std::map<std::string, ManifestEntry, std::less<> > entries_;
};

}  // namespace salvor::repo
