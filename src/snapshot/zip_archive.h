// The form of an archive that is a zip. Its central records, some 80 bytes and the name for each entry, wait in a file
// without a name, since there may be millions.
#pragma once

#include <memory>

#include "snapshot/archive_writer.h"

namespace salvor::snapshot {

Result<std::unique_ptr<ArchiveWriter>> make_zip_archive(ArchiveFile& file);

}  // namespace salvor::snapshot
