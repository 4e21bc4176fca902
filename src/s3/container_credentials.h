// Credentials from the container's endpoint: ECS tasks, EKS Pod Identity.
//
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is a path on 169.254.170.2; else AWS_CONTAINER_CREDENTIALS_FULL_URI is a whole
// address, over plain http only on this machine or at the addresses of ECS and EKS, so that a variable cannot send the
// authorization token over the network. AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (read anew each time, the kubelet
// renews it) or AWS_CONTAINER_AUTHORIZATION_TOKEN is shown as Authorization.
// Source: AWS SDKs Reference Guide, "Container credential provider"; aws-sdk-go-v2 config/resolve_credentials.go.
#pragma once

#include <optional>

#include "s3/credential_http.h"
#include "s3/credential_plan.h"

namespace salvor::s3 {

// Nothing when neither variable is set; `invalid` when one holds no address that may be asked.
Result<std::optional<AskContainer>> find_container(const net::Environment& environment);

// Errors: unauthenticated (refused, an unreadable token), unavailable, deadline, cancelled, invalid. `door` must not
// use a proxy.
Result<Credentials> ask_container(const AskContainer& step, const ReadFile& files, const HttpDoor& door,
                                  std::stop_token stop);

}  // namespace salvor::s3
