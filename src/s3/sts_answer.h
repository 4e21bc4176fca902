// What STS answers, as XML: credentials, or a code and a message.
//
//   <AssumeRoleResponse><AssumeRoleResult><Credentials>
//     <AccessKeyId/> <SecretAccessKey/> <SessionToken/> <Expiration/>
//   <ErrorResponse><Error><Code/><Message/>
//
// Source: AWS STS API Reference, AssumeRole and AssumeRoleWithWebIdentity.
#pragma once

#include <string>
#include <string_view>

#include "s3/credentials.h"

namespace salvor::s3 {

// `action` is "AssumeRole" or "AssumeRoleWithWebIdentity". `invalid` when it is not such an answer, without quoting it.
Result<Credentials> parse_sts_credentials(std::string_view text, const std::string& action);

struct StsRefusal {
  std::string code, message;  // as the server wrote them; both empty when the text is no such answer
};
StsRefusal parse_sts_refusal(std::string_view text);

}  // namespace salvor::s3
