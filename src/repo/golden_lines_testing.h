// The lines of a file in src/repo/golden: answers of stock kopia's own code, made by small programs that called it.
#pragma once

#include <string>
#include <vector>

namespace salvor::repo {

// Without the comment lines at its head, which begin with '#'. Aborts when there is no such file.
std::vector<std::string> golden_lines(const std::string& name);

}  // namespace salvor::repo
