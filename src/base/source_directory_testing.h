// Where this checkout is, for tests that run its scripts. Kept in one translation unit, so that all others compile to
// the same object in every checkout and a compiler cache can serve them.
#pragma once

#include <string>

namespace salvor {

std::string source_directory();

}  // namespace salvor
