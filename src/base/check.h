// CHECK(condition): a programmer's promise. When it is broken the process aborts, because going on could save or
// restore the wrong thing. Never used for input: input errors are Results.
#pragma once

namespace salvor {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define CHECK(condition) ((condition) ? static_cast<void>(0) : ::salvor::check_failed(#condition, __FILE__, __LINE__))
