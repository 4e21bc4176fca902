// Whether a sanitizer watches this build. Then a step takes ten times as long and memory is not what the program asked
// for: tests that try every case take a sample, and tests of memory have nothing to say.
#pragma once

namespace salvor {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // g++
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)  // clang
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif
#else
constexpr bool kIsSanitized = false;
#endif

}  // namespace salvor
