// ID[/PATH], as commands take the name of something in a snapshot.
#pragma once

#include <algorithm>
#include <stop_token>
#include <string_view>

#include "repo/repository.h"
#include "snapshot/tree.h"

namespace salvor::cli {

inline Result<snapshot::DirEntry> named_entry(repo::Repository& repository, std::string_view name,
                                              std::stop_token stop) {
  const std::string_view id = name.substr(0, name.find('/'));
  snapshot::DirEntry root = TRY(snapshot::find_root(repository, id, stop));
  return snapshot::entry_at(repository, std::move(root), name.substr(std::min(name.size(), id.size() + 1)), stop);
}

}  // namespace salvor::cli
