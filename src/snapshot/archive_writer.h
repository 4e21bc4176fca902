// ArchiveWriter: the form of an archive that a snapshot is restored into: tar, tar packed with gzip, or zip.
//
// Entries come one after the other, each below the directory that came before it. What a form cannot hold: zip has
// whole seconds only. All errors are of the archive's file and end the restore.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "snapshot/archive_file.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

enum class ArchiveFormat { tar, tgz, zip };

// Paths are names divided by '/', relative to the root. Not thread-safe.
class ArchiveWriter {
 public:
  virtual ~ArchiveWriter() = default;

  // Bytes that a path may have.
  virtual std::size_t longest_path() const = 0;

  virtual Result<> directory(const std::string& path, const DirEntry& entry) = 0;
  virtual Result<> symlink(const std::string& path, const DirEntry& entry, const std::string& to) = 0;
  // Requires: as many bytes as the entry says.
  virtual Result<> file(const std::string& path, const DirEntry& entry, ByteView bytes) = 0;

  // A file in pieces, which together are as long as the entry says.
  virtual Result<> begin_file(const std::string& path, const DirEntry& entry) = 0;
  virtual Result<> add(ByteView bytes) = 0;
  virtual Result<> end_file() = 0;
  // Instead of end_file(): the rest cannot be had, so the archive shall not have the file. False when it was on its way
  // already: then zeros stand where bytes are missing.
  virtual Result<bool> drop_file() = 0;

  virtual Result<> finish() = 0;
};

// `file` must outlive it and is committed by the caller. Errors: no space for what a zip keeps until its end.
Result<std::unique_ptr<ArchiveWriter>> make_archive_writer(ArchiveFormat format, ArchiveFile& file);

}  // namespace salvor::snapshot
