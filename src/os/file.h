// Whole files and directories by their names, for everything that is not a Storage: configuration, credentials, spool
// space.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "os/fd.h"

namespace salvor::os {

// Opens with O_CLOEXEC, EINTR repeated.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0600);

// The whole file. More than `limit` bytes, a directory or a device is `invalid`.
Result<std::string> read_file(const std::string& path, std::uint64_t limit);
// Replaces or creates `path` durably (os/publish.h); never leaves a half-written file. A symbolic link is replaced.
Result<> write_file_durable(const std::string& path, ByteView bytes, unsigned mode = 0600);
// The same, but an existing file stays as it is and is `already_exists`.
Result<> create_file_durable(const std::string& path, ByteView bytes, unsigned mode = 0600);

// Names in the directory, sorted by bytes.
Result<std::vector<std::string>> list_names(const std::string& directory);
// Like `mkdir -p`; the directories it creates get `mode`.
Result<> make_directories(const std::string& path, unsigned mode = 0700);
// Removes a file or a directory with all that is in it; symbolic links are removed, not followed. Absent is success.
Result<> remove_tree(const std::string& path);
// Bytes that this user may still write on the file system of `path`.
Result<std::uint64_t> free_space(const std::string& path);
bool is_directory(const std::string& path);

// All of it, EINTR and short reads and writes settled. `read_all` reads to the end of the stream.
Result<> write_all(const Fd& fd, ByteView bytes, std::string_view name);
Result<std::string> read_all(const Fd& fd, std::uint64_t limit, std::string_view name);

}  // namespace salvor::os
