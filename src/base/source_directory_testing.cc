#include "base/source_directory_testing.h"

namespace salvor {

std::string source_directory() { return SALVOR_SOURCE_DIR; }

}  // namespace salvor
