// EntryStream: the entries of a directory one by one, for who walks two directories side by side. As much is held of it
// as one of its contents gives, whatever its size.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "repo/object_reader.h"
#include "repo/repository.h"
#include "snapshot/directory.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

// Not thread-safe.
class EntryStream {
 public:
  // One without entries.
  EntryStream() = default;
  // Errors: `invalid` when it is no directory, and those of repo::chunks_of.
  static Result<EntryStream> open(repo::Repository& repository, const DirEntry& directory, std::stop_token stop);

  // Nothing at the end. `corrupt` when the directory is damaged or not in stock's order (precedes()), and those of
  // read_content. After an Error the stream is over.
  Result<std::optional<DirEntry> > next();

 private:
  struct State;
  Result<> read_more();

  std::shared_ptr<State> state_;
};

}  // namespace salvor::snapshot
