# The target blake3: the official C code of BLAKE3 with its assembler, which Debian ships inside librust-blake3-dev.
# Included before cmake/options.cmake: our warnings and sanitizers are for our code.
enable_language(C ASM)

file(GLOB blake3_folders /usr/share/cargo/registry/blake3-*/c)
list(LENGTH blake3_folders blake3_found)
if(blake3_found EQUAL 0)
  message(FATAL_ERROR "BLAKE3's C code is missing: install librust-blake3-dev, or run tools/setup")
endif()
list(GET blake3_folders -1 blake3_folder)

set(blake3_sources ${blake3_folder}/blake3.c ${blake3_folder}/blake3_dispatch.c ${blake3_folder}/blake3_portable.c)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
  foreach(set sse2 sse41 avx2 avx512)
    list(APPEND blake3_sources ${blake3_folder}/blake3_${set}_x86-64_unix.S)
  endforeach()
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
  list(APPEND blake3_sources ${blake3_folder}/blake3_neon.c)
endif()
add_library(blake3 STATIC ${blake3_sources})
target_include_directories(blake3 SYSTEM PUBLIC ${blake3_folder})
# Also where our own code is not optimised: unit tests hash megabytes.
target_compile_options(blake3 PRIVATE -O3)
