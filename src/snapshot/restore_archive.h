// Restoring a snapshot, or a part of one, into an archive (archive_writer.h), in the order of the tree.
//
//   walk the tree ─▶ batches of entries ─▶ threads read their contents, pack by pack ─▶ written in order
//                                                         large files, by chunks read ahead ─┘
//
// What is damaged costs only the files that need it, and is told by its path. Memory: some batches of 4 MiB for each
// thread, or the chunks of a large file that are read ahead; and of each directory on the way down what one of its
// contents holds.
#pragma once

#include <stop_token>

#include "repo/repository.h"
#include "snapshot/archive_writer.h"
#include "snapshot/restore.h"

namespace salvor::snapshot {

// Of the options its target does not matter. A directory's entries stand in the archive without the directory itself,
// as in stock; a file or link under its own name. The caller commits the file. Errors that are not of one entry: the
// archive's file, the storage, cancelled.
Result<> restore_archive(repo::Repository& repository, const DirEntry& root, ArchiveWriter& archive,
                         const RestoreOptions& options, RestoreProgress& progress, const RestoreProblem& problem,
                         std::stop_token stop);

}  // namespace salvor::snapshot
