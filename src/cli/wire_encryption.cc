#include "cli/wire_encryption.h"

#include "backup/encryption_mark.h"
#include "cli/text.h"
#include "crypto/age_decryptor.h"
#include "crypto/age_key_files.h"
#include "os/file.h"
#include "os/terminal.h"

namespace salvor::cli {

namespace age = crypto::age;

Result<os::Secret> read_identity_file(const std::string& file, const Invocation& invocation) {
  auto read = os::read_file(file, age::kMaxKeyFileBytes);
  if (!read.ok()) {
    // Status 4 is for backups and objects that are not there.
    if (read.error().code() != Code::not_found) return std::move(read).error();
    return Error(Code::invalid, "the identity file " + file + " does not exist")
        .hint("Without it, what was encrypted cannot be read. Is the disk that holds it mounted?");
  }
  os::Secret text = os::Secret::take(*std::move(read));
  if (!age::is_age_file(text.reveal())) return text;
  if (!invocation.console.in_is_terminal()) {
    return Error(Code::invalid, file + " is locked with a passphrase, and there is no terminal to ask for it")
        .hint("Run the command on a terminal, or unlock the file with `age --decrypt`.");
  }
  age::Keyring keyring;
  keyring.passphrases.push_back(TRY(os::read_password(0, "Passphrase of " + escape_controls(file) + ": ")));
  invocation.console.err("\n");
  return age::decrypt_small(as_bytes(text.reveal()), keyring).context(file);
}

Result<store::Encryption> encryption_of(const config::LocationSettings& settings, const config::SecretSources& secrets,
                                        const Invocation& invocation) {
  store::Encryption encryption;
  encryption.covers = [](std::string_view key) { return !backup::is_metadata(key); };
  encryption.plain = store::PlainObjects::read;
  for (const std::string& recipient : settings.encrypt) {
    encryption.lock.recipients.push_back(TRY(age::Recipient::parse(recipient).context("encrypt: " + recipient)));
  }
  if (settings.passphrase) {
    encryption.lock.passphrase = TRY(config::resolve(*settings.passphrase, secrets, invocation.stop));
    encryption.keyring.passphrases.push_back(encryption.lock.passphrase.copy());
  }
  if (!settings.identity_file.empty()) {
    const std::string file = TRY(config::expand_home(settings.identity_file, secrets.environment));
    const os::Secret text = TRY(read_identity_file(file, invocation));
    encryption.keyring.identities = TRY(age::parse_identities(text.reveal()).context(file));
    if (settings.encrypted()) return encryption;
    for (const age::Identity& identity : encryption.keyring.identities) {
      encryption.lock.recipients.push_back(identity.recipient());
    }
  }
  return encryption;
}

}  // namespace salvor::cli
