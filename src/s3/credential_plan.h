// CredentialPlan: who will be asked for credentials, decided from options, variables and files alone.
//
// Nothing is sent and no program runs, so the decision can be tested and compared with other tools. The order is that
// of the AWS SDK for Go v2 (config/resolve_credentials.go), which is Velero's:
//
//   1  keys given in the options
//   2  the profile or credentials file named in the options
//   3  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
//   4  AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (IRSA)
//   5  the profile AWS_PROFILE, else "default", of the shared config and credentials files; a profile with
//   source_profile
//      stands on another one
//   6  the container's endpoint: ECS, EKS Pod Identity
//   7  the EC2 instance's metadata
//
// Within a profile the first of these counts: source_profile, keys, credential_source, web_identity_token_file, SSO,
// credential_process; without any it stands on 6 or 7. A role_arn is assumed on top of that.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/proxy.h"
#include "s3/credentials.h"
#include "s3/shared_config.h"

namespace salvor::s3 {

struct CredentialOptions {
  std::optional<Credentials> keys;
  std::string profile;
  std::string credentials_file;  // instead of the usual two files and of variables, as Velero's credentialsFile
  std::string region;            // of STS, before AWS_REGION
  std::string sts_endpoint;      // "https://minio:9000"; before AWS_ENDPOINT_URL_STS
};

struct CredentialPlan;

struct UseKeys {
  Credentials keys;
};
struct AskContainer {
  std::string url;
  std::string shown;       // its scheme and host: the path of ECS names the task's credentials
  std::string token_file;  // read anew each time; before `token`
  os::Secret token;
};
struct AskInstance {
  std::string endpoint;  // "http://169.254.169.254", without a slash at its end
  std::chrono::milliseconds timeout{1'000};
  int attempts = 1;
};
struct RunProcess {
  os::Secret command_line;
};
struct AssumeRoleWithToken {
  std::string token_file, role_arn, session_name;
};
struct AssumeRole {
  std::string role_arn, session_name, external_id;
  std::optional<std::chrono::seconds> duration;
  std::unique_ptr<CredentialPlan> source;
};

struct StsEndpoint {
  std::string url;     // with "/" at its end
  std::string region;  // that requests are signed for
};

struct CredentialPlan {
  std::variant<UseKeys, AskContainer, AskInstance, RunProcess, AssumeRoleWithToken, AssumeRole> step;
  std::string description;  // for CredentialSource::describe
  StsEndpoint sts;
  // Nobody asked for this source; it is the last resort. When it has nothing, `looked` tells where there was nothing
  // before.
  bool last_resort = false;
  std::vector<std::string> looked;
};

// Errors: unauthenticated (there is nothing to plan with; says where was looked), invalid (a file or a setting is
// malformed or contradicts another), unsupported (SSO, MFA).
Result<CredentialPlan> plan_credentials(const CredentialOptions& options, const net::Environment& environment,
                                        const ReadFile& files);

// "no credentials found", with where was looked and what to do.
Error nothing_found(const std::vector<std::string>& looked);

}  // namespace salvor::s3
