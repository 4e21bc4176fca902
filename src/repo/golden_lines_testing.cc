#include "repo/golden_lines_testing.h"

#include <fstream>

#include "base/check.h"
#include "base/source_directory_testing.h"

namespace salvor::repo {

std::vector<std::string> golden_lines(const std::string& name) {
  std::ifstream file(source_directory() + "/src/repo/golden/" + name);
  CHECK(file.is_open());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("# ")) lines.push_back(line);
  }
  return lines;
}

}  // namespace salvor::repo
