// Removing snapshots: their manifests are declared gone, and nothing else is touched. What no snapshot needs any more,
// maintenance finds and removes. [kopia cli/command_snapshot_delete.go, repo/manifest/manifest_manager.go Delete]
#pragma once

#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/repository.h"

namespace salvor::snapshot {

enum class Missing { refused, passed_over };  // a snapshot that is gone already

// By the ids of their manifests, as list_snapshots gives them, those of damaged ones too. All are gone for everybody
// when this returns; how many were removed. `user` and `host` are said by the session's marker. not_found, with nothing
// removed, when there is none of that id and that is refused, or it is the manifest of something else.
Result<std::size_t> remove_snapshots(repo::Repository& repository, std::span<const std::string> ids, Missing missing,
                                     const std::string& user, const std::string& host, Clock& clock, Rng& rng,
                                     std::stop_token stop);

}  // namespace salvor::snapshot
