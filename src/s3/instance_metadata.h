// Credentials from the metadata service of an EC2 instance, version 2 only: a session token is fetched by PUT first, so
// that a request smuggled through this machine's programs cannot fetch credentials.
//
// Elsewhere nobody answers at 169.254.169.254; one attempt of one second keeps a laptop from waiting.
// AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT and _ENDPOINT_MODE (IPv6), AWS_METADATA_SERVICE_TIMEOUT
// (seconds) and AWS_METADATA_SERVICE_NUM_ATTEMPTS are followed; the endpoint also by the profile's
// ec2_metadata_service_endpoint and ec2_metadata_service_endpoint_mode.
// Source: EC2 User Guide, "Use the Instance Metadata Service"; botocore/utils.py.
#pragma once

#include <optional>

#include "s3/credential_http.h"
#include "s3/credential_plan.h"

namespace salvor::s3 {

// Nothing when it is disabled; `invalid` when the endpoint is no address or a number is none.
Result<std::optional<AskInstance>> find_instance(const net::Environment& environment, const Settings& profile);

// Errors: unavailable and deadline (nobody answers: most likely this is no instance), unauthenticated (it has no role,
// or refuses), cancelled, invalid. `door` must not use a proxy.
//
// While the service that renews the role is down, the instance goes on with the old credentials; other AWS services
// know that and accept them. Such ones are given ten minutes more.
Result<Credentials> ask_instance(const AskInstance& step, const HttpDoor& door, std::stop_token stop);

}  // namespace salvor::s3
