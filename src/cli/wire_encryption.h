// What encryption a location has by its configuration: recipients, passphrase, and the identities that open it.
#pragma once

#include <string>

#include "cli/invocation.h"
#include "config/config.h"
#include "config/secret_reference.h"
#include "store/encrypted.h"

namespace salvor::cli {

// The text of an identity file. One that is locked with a passphrase asks for that on the terminal.
Result<os::Secret> read_identity_file(const std::string& file, const Invocation& invocation);

// Reads the identity file and the passphrase. Where only an identity is given, what is written is for that identity:
// who restores needs to write its record, and nothing is written in the clear beside what was encrypted. Everything but
// velero-backup.json is covered; what was written before the location was encrypted stays readable (`salvor key check`
// names it).
Result<store::Encryption> encryption_of(const config::LocationSettings& settings, const config::SecretSources& secrets,
                                        const Invocation& invocation);

}  // namespace salvor::cli
