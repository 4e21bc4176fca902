#include "net/libcurl.h"

// Hidden, so that libcurl's own calls do not come here.
#pragma GCC visibility push(hidden)
#include <curl/curl.h>
#pragma GCC visibility pop

#include <dlfcn.h>

#include <cstdarg>
#include <string>

#include "base/check.h"

#undef curl_easy_getinfo
#undef curl_easy_setopt

namespace salvor::net {

namespace {

constexpr const char* kLibrary = "libcurl.so.4";

struct Functions {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_getdate) getdate;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_wakeup) multi_wakeup;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_multi_strerror) multi_strerror;
};

// The functions, or why there are none.
struct Loaded {
  Functions functions{};
  std::string problem;

  Loaded() {
    void* library = ::dlopen(kLibrary, RTLD_LAZY | RTLD_LOCAL);  // never closed
    if (library == nullptr) {
      problem = ::dlerror();
      return;
    }
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
      if (function == nullptr && problem.empty()) problem = std::string(kLibrary) + " has no " + name;
    };
    find(functions.global_init, "curl_global_init");
    find(functions.getdate, "curl_getdate");
    find(functions.slist_append, "curl_slist_append");
    find(functions.slist_free_all, "curl_slist_free_all");
    find(functions.easy_init, "curl_easy_init");
    find(functions.easy_cleanup, "curl_easy_cleanup");
    find(functions.easy_reset, "curl_easy_reset");
    find(functions.easy_setopt, "curl_easy_setopt");
    find(functions.easy_getinfo, "curl_easy_getinfo");
    find(functions.easy_strerror, "curl_easy_strerror");
    find(functions.multi_init, "curl_multi_init");
    find(functions.multi_cleanup, "curl_multi_cleanup");
    find(functions.multi_add_handle, "curl_multi_add_handle");
    find(functions.multi_remove_handle, "curl_multi_remove_handle");
    find(functions.multi_perform, "curl_multi_perform");
    find(functions.multi_poll, "curl_multi_poll");
    find(functions.multi_wakeup, "curl_multi_wakeup");
    find(functions.multi_info_read, "curl_multi_info_read");
    find(functions.multi_strerror, "curl_multi_strerror");
    if (problem.empty() && functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) problem = "it does not start";
  }
};

const Loaded& loaded() {
  static const Loaded once;
  return once;
}

const Functions& libcurl() {
  CHECK(loaded().problem.empty());
  return loaded().functions;
}

}  // namespace

Result<> load_libcurl() {
  if (loaded().problem.empty()) return {};
  return Error(Code::unsupported, "libcurl cannot be used: " + loaded().problem)
      .hint("Install it; Debian's package is libcurl4.");
}

}  // namespace salvor::net

using salvor::net::libcurl;

// Declared by curl/curl.h.
CURLcode curl_global_init(long flags) { return libcurl().global_init(flags); }
time_t curl_getdate(const char* text, const time_t* unused) { return libcurl().getdate(text, unused); }
curl_slist* curl_slist_append(curl_slist* list, const char* text) { return libcurl().slist_append(list, text); }
void curl_slist_free_all(curl_slist* list) { libcurl().slist_free_all(list); }
CURL* curl_easy_init() { return libcurl().easy_init(); }
void curl_easy_cleanup(CURL* easy) { libcurl().easy_cleanup(easy); }
void curl_easy_reset(CURL* easy) { libcurl().easy_reset(easy); }
const char* curl_easy_strerror(CURLcode code) { return libcurl().easy_strerror(code); }
CURLM* curl_multi_init() { return libcurl().multi_init(); }
CURLMcode curl_multi_cleanup(CURLM* multi) { return libcurl().multi_cleanup(multi); }
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* easy) { return libcurl().multi_add_handle(multi, easy); }
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* easy) { return libcurl().multi_remove_handle(multi, easy); }
CURLMcode curl_multi_perform(CURLM* multi, int* running) { return libcurl().multi_perform(multi, running); }
CURLMcode curl_multi_poll(CURLM* multi, curl_waitfd* extra, unsigned count, int timeout_ms, int* ready) {
  return libcurl().multi_poll(multi, extra, count, timeout_ms, ready);
}
CURLMcode curl_multi_wakeup(CURLM* multi) { return libcurl().multi_wakeup(multi); }
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) { return libcurl().multi_info_read(multi, left); }
const char* curl_multi_strerror(CURLMcode code) { return libcurl().multi_strerror(code); }

// The one argument that follows is a long, a curl_off_t or a pointer (curl/curl.h, CURLOPTTYPE_*): eight bytes each
// here, and passed alike.
static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));
#ifdef __clang__
#pragma clang diagnostic ignored "-Wvarargs"  // an enum before the dots: libcurl's own definition has it so
#endif
CURLcode curl_easy_setopt(CURL* easy, CURLoption option, ...) {
  va_list arguments;
  va_start(arguments, option);
  void* value = va_arg(arguments, void*);
  va_end(arguments);
  return libcurl().easy_setopt(easy, option, value);
}
CURLcode curl_easy_getinfo(CURL* easy, CURLINFO info, ...) {
  va_list arguments;
  va_start(arguments, info);
  void* into = va_arg(arguments, void*);
  va_end(arguments);
  return libcurl().easy_getinfo(easy, info, into);
}
