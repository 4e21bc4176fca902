// SummaryBuilder adds up what a directory holds, by the rules of stock: those of its own entries and of the summaries
// that its directories carry.
//
// Kopia: snapshot/snapshotfs/dir_manifest_builder.go.
#pragma once

#include <string>

#include "snapshot/entry.h"

namespace salvor::snapshot {

enum class Failure { fatal, ignored };

class SummaryBuilder {
 public:
  void add(const DirEntry& entry);
  // Something in the directory that is not among its entries because of an error.
  void add_failed(std::string path, std::string error, Failure failure);
  // `modified` is the directory's own time, which counts when it has no entries. Failed entries are sorted by path, and
  // all of them are in: stock's limit of 10 does not reach what it writes.
  DirectorySummary build(Time modified, std::string incomplete) const;

 private:
  DirectorySummary sum_;
  bool is_empty_ = true;
};

}  // namespace salvor::snapshot
