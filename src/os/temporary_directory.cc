#include "os/temporary_directory.h"

#include <cerrno>
#include <cstdlib>

#include "os/environment.h"
#include "os/file.h"
#include "os/file_error.h"

namespace salvor::os {

std::string default_temporary_directory() {
  const auto variable = process_environment()("TMPDIR");
  return variable && !variable->empty() ? *variable : "/tmp";
}

Result<TemporaryDirectory> TemporaryDirectory::make(const std::string& parent) {
  const std::string below = parent.empty() ? default_temporary_directory() : parent;
  std::string path = below + "/salvor-XXXXXX";
  if (!::mkdtemp(path.data())) return file_error("create a temporary directory in " + below, errno);
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!path_.empty()) (void)remove_tree(path_);  // best effort: nobody is left to be told
}

}  // namespace salvor::os
