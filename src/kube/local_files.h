// LocalFiles: small text files by absolute path, below a root that tests choose. Symbolic links are followed: a pod's
// service account files are links that the kubelet turns to new ones.
#pragma once

#include <string>

#include "base/result.h"

namespace salvor::kube {

class LocalFiles {
 public:
  // `root` is put before every path; "" for the real file system.
  explicit LocalFiles(std::string root = {}) : root_(std::move(root)) {}

  // The whole file. `not_found` when there is none, `invalid` when it is a directory or larger than 16 MiB.
  Result<std::string> read(const std::string& path) const;
  bool exists(const std::string& path) const;

 private:
  std::string root_;
};

}  // namespace salvor::kube
