#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace salvor {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "salvor: internal error: %s is false at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace salvor
