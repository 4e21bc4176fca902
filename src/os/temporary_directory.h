// TemporaryDirectory: a directory with a random name, removed with everything in it when its owner goes.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace salvor::os {

// TMPDIR, or /tmp when that is not set.
std::string default_temporary_directory();

class TemporaryDirectory {
 public:
  // Below `parent`, or below the default one when that is empty. Mode 0700.
  static Result<TemporaryDirectory> make(const std::string& parent = {});
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace salvor::os
