// The tar entries of a tree of files: owners, modes, links, times to the nanosecond, names and sizes without bounds.
//
// A ustar header where it can hold all that; what it cannot goes into a pax header before it (path, linkpath, size,
// uid, gid, mtime). GNU tar, Go's archive/tar, Python's tarfile and libarchive read both. Reading is not done here.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"

namespace salvor::codec {

enum class PaxType : char { file = '0', symlink = '2', directory = '5' };

struct PaxEntry {
  PaxType type = PaxType::file;
  std::string name;        // of a directory with a '/' at its end
  std::string link = {};   // where a symlink leads
  std::uint32_t mode = 0;  // the 12 bits of chmod(2)
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;  // of a file: so many bytes follow, and tar_padding(size) zeros
  Time modified{};
};

// Requires: no NUL in name and link.
void append_pax_header(Bytes& out, const PaxEntry& entry);

}  // namespace salvor::codec
