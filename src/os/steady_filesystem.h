// SteadyFileSystem: any FileSystem, without its moods.
//
//   EINTR         the call is made again
//   short writes  write_at goes on until everything is written
//   ESTALE        (NFS: the server forgot a handle) the root is opened again by name and the call made once more;
//                 an open file that is read goes on only when its name still leads to the same file
//
// A file's sync and writes are not repeated after ESTALE: what was written before may be lost with the handle.
// Because a repeated call may meet the traces of its first try, rename can end in ENOENT and link in EEXIST though
// the first try did the work; os/publish.h looks at what is there instead of trusting the answer.
#pragma once

#include <memory>

#include "os/filesystem.h"

namespace salvor::os {

std::unique_ptr<FileSystem> make_steady(std::unique_ptr<FileSystem> inner);

}  // namespace salvor::os
