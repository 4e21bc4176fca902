// Whether a sanitizer watches this build. Then a step takes ten times as long and memory is not what the program asked
// for: tests that try every case take a sample, and tests of memory have nothing to say.
#pragma once

#include <cstdint>

namespace salvor {

#ifdef SALVOR_SANITIZED
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

// The case after `number` in a test that puts a fault into every call: under a sanitizer the early ones and a sample of
// the others.
constexpr std::uint64_t next_case(std::uint64_t number) { return number + 1 + (kIsSanitized ? number / 2 : 0); }

}  // namespace salvor
