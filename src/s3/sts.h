// STS: other credentials for those that one has, or for a token of an identity provider.
//
// AssumeRole is signed with the credentials of the source; AssumeRoleWithWebIdentity is not signed, its token is the
// proof and is read from its file anew each time, because the kubelet renews it.
// Source: AWS STS API Reference, version 2011-06-15.
#pragma once

#include "s3/credential_http.h"
#include "s3/credential_plan.h"

namespace salvor::s3 {

// Errors: unauthenticated (refused; a token that cannot be read), unavailable, throttled, deadline, cancelled, invalid
// (an answer that is none).
Result<Credentials> assume_role(const AssumeRole& step, const Credentials& source, const StsEndpoint& sts,
                                const HttpDoor& door, std::stop_token stop);
Result<Credentials> assume_role_with_token(const AssumeRoleWithToken& step, const StsEndpoint& sts,
                                           const ReadFile& files, const HttpDoor& door, std::stop_token stop);

}  // namespace salvor::s3
