// Manifests into a repository: one content for one manifest or for the word that it is gone.
#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/content_writer.h"
#include "repo/manifest_content.h"

namespace salvor::repo {

// The id of the new manifest; ContentWriter::flush makes it one that others see. `data` is JSON.
Result<std::string> put_manifest(ContentWriter& contents, Labels labels, std::string data, Clock& clock, Rng& rng,
                                 std::stop_token stop);
// Manifests are never changed; removing one is an entry that says so. `modified` is the manifest's own time: what hides
// it must be later.
Result<> remove_manifest(ContentWriter& contents, const std::string& id, Time modified, Clock& clock,
                         std::stop_token stop);

}  // namespace salvor::repo
