// Reading an archive that has no index of ours: the stream is read once, front to back, and every text is put into a
// spool file of gzip members with an index of its own. Texts are stored once although the archive holds them twice.
#pragma once

#include <memory>
#include <string>

#include "archive/archive.h"

namespace salvor::archive {

// `why_no_index` is what the Archive will answer. Hostile input is `corrupt`, see Archive::open.
Result<std::unique_ptr<Archive>> open_copy(store::Storage& storage, const Archive::OpenOptions& options,
                                           std::string why_no_index, std::stop_token stop);

}  // namespace salvor::archive
