#include "os/file_error.h"

#include <cerrno>

namespace salvor::os {

namespace {

const char* hint_for(int errno_value) {
  switch (errno_value) {
    case ENOSPC: return "The file system is full: free some space, or use another place.";
    case EDQUOT: return "The disk quota is used up: free some space, raise the quota, or use another place.";
    case EROFS: return "The file system is mounted read-only: mount it writable, or use another place.";
    case EACCES:
    case EPERM: return "Check owner and permissions of the file and of the directories above it.";
    case ESTALE: return "The NFS server replaced or lost this file or directory: check the mount, then try again.";
    case EIO: return "The device or file server reported a failure: look into the kernel's log (dmesg).";
    case ELOOP: return "Symbolic links are not followed here: replace the link by what it points to.";
    case EMFILE:
    case ENFILE: return "Too many files are open: raise the limit (ulimit -n).";
    case ENAMETOOLONG: return "Choose shorter names.";
    default: return "";
  }
}

}  // namespace

Error file_error(std::string_view what, int errno_value) {
  Error error = errno_error(what, errno_value);
  const char* hint = hint_for(errno_value);
  return *hint ? std::move(error).hint(hint) : std::move(error);
}

}  // namespace salvor::os
