// libcurl, loaded when the first request is made.
//
// It brings 28 more libraries along (Kerberos, LDAP, SSH), which take the loader 7 of the 10 ms in which `salvor
// --version` or a completion would otherwise end. Code includes curl/curl.h and calls libcurl as ever: libcurl.cc
// defines the functions that are used here and passes each call on.
#pragma once

#include "base/result.h"

namespace salvor::net {

// Before anything else of libcurl is used; thread-safe and cheap when it was done before. `unsupported` when the
// library is not installed or lacks a function.
Result<> load_libcurl();

}  // namespace salvor::net
