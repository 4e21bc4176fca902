#include "s3/fixed_credentials.h"

namespace salvor::s3 {

Result<Credentials> FixedCredentials::get(std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped on request");
  return credentials_.copy();
}

}  // namespace salvor::s3
