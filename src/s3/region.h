// The region by the same variables and files as the credentials, and where STS is in it.
#pragma once

#include <string>

#include "s3/credential_plan.h"

namespace salvor::s3 {

// The option, AWS_REGION, AWS_DEFAULT_REGION, else the profile's `region`; "" when none says. Errors: invalid (a
// malformed file, a region that is no host name part).
Result<std::string> find_region(const CredentialOptions& options, const net::Environment& environment,
                                const ReadFile& files);

// The name of the profile that counts: the option, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". The last three do not
// count with options.credentials_file.
std::string profile_name(const CredentialOptions& options, const net::Environment& environment);

// Where STS is: the option; unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL,
// the profile's services section and its endpoint_url; else the region's own STS, for no region the global one.
// Errors: invalid (no http or https address).
Result<StsEndpoint> find_sts(const CredentialOptions& options, const net::Environment& environment,
                             const SharedConfig& config);

}  // namespace salvor::s3
