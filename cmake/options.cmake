# Warnings, sanitizers and linker, the same for every target.
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
                    -Wno-missing-field-initializers)  # designated initialisers name what matters
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # TRY; and libstdc++ 12's stable_sort calls what libstdc++ 12 deprecated.
  add_compile_options(-Wno-gnu-statement-expression -Wno-deprecated-declarations)
else()
  # g++ 12 reports impossible overreads and uninitialised values inside the standard library once it inlines
  # std::variant and std::string; clang and the sanitizers watch those classes of defect.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overread -Wno-array-bounds
                      -Wno-stringop-overflow -Wno-dangling-pointer)
endif()
add_compile_definitions(SALVOR_VERSION="${PROJECT_VERSION}")
if(SALVOR_SANITIZE)
  add_compile_options(-fsanitize=${SALVOR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SALVOR_SANITIZE})
  add_compile_definitions(SALVOR_SANITIZED)
  if(SALVOR_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
else()
  add_compile_options(-fstack-protector-strong)
  if(CMAKE_BUILD_TYPE STREQUAL Release)
    add_compile_definitions(_FORTIFY_SOURCE=2)
    # g++ writes short copies as "rep movs", whose start costs more than glibc's whole call (a tenth of writing JSON).
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
      add_compile_options(-mstringop-strategy=libcall)
    endif()
  endif()
  add_link_options(-Wl,-z,relro,-z,now)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
# Objects do not depend on where the checkout is, so that another checkout finds them in the compiler cache
# (tools/build tells ccache).
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
