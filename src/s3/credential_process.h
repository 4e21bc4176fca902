// credential_process: a program that prints credentials.
//
// No shell is involved: the line is cut into words (s3/words.h). The program has one minute and no terminal. What it
// prints, on either stream, is never part of a message.
// Source: AWS SDKs Reference Guide, "Process credential provider".
#pragma once

#include <stop_token>
#include <string_view>

#include "s3/credentials.h"

namespace salvor::s3 {

// Errors: unauthenticated (cannot be run, failed, printed something else), deadline, cancelled.
Result<Credentials> run_credential_process(const os::Secret& command_line, std::stop_token stop);

// {"Version":1,"AccessKeyId":..,"SecretAccessKey":..,"SessionToken":..,"Expiration":..}; the last two may be absent.
Result<Credentials> parse_process_output(std::string_view output);

}  // namespace salvor::s3
