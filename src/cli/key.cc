// salvor key generate and show: age identities in files.
#include "cli/bodies.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "crypto/age_decryptor.h"
#include "crypto/age_key_files.h"
#include "os/file.h"
#include "os/terminal.h"

namespace salvor::cli {

namespace {

namespace age = crypto::age;

// Status 4 is for backups and objects that are not there.
Error as_failure(Error error) {
  if (error.code() != Code::not_found) return error;
  return Error(Code::invalid, error.message());
}

// The text of an identity file, opened with a passphrase when it is locked with one.
Result<os::Secret> read_identity_file(const std::string& file, const Invocation& invocation) {
  auto read = os::read_file(file, age::kMaxKeyFileBytes);
  if (!read.ok()) return as_failure(std::move(read).error());
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

}  // namespace

Result<Outcome> run_key_generate(const Invocation& invocation) {
  Console& console = invocation.console;
  const std::string& file = invocation.arguments.text("output");
  if (file.empty() && console.out_is_terminal()) {
    return Error(Code::invalid, "the key would be shown on this terminal")
        .hint("Name a file with --output FILE, or ask for it with --output -.");
  }
  Wire wire(invocation);
  const age::Identity identity = age::Identity::generate(wire.rng());
  const os::Secret text = age::identity_file(identity, wire.clock().now());
  const std::string recipient = identity.recipient().text();
  if (file.empty() || file == "-") {
    console.out(text.reveal());
    console.err("Recipient: " + recipient + "\n");
    return Outcome::done;
  }
  auto created = os::create_file_durable(file, as_bytes(text.reveal()));
  if (!created.ok()) {
    if (created.error().code() != Code::already_exists) return as_failure(std::move(created).error());
    return Error(Code::already_exists, file + " exists already, and may hold a key that backups need")
        .hint("Choose another name, or move that file away.");
  }
  console.out(recipient + "\n");
  return Outcome::done;
}

Result<Outcome> run_key_show(const Invocation& invocation) {
  const std::string file(invocation.arguments.name());
  const os::Secret text = TRY(read_identity_file(file, invocation));
  for (const age::Identity& identity : TRY(age::parse_identities(text.reveal()).context(file))) {
    invocation.console.out(identity.recipient().text() + "\n");
  }
  return Outcome::done;
}

}  // namespace salvor::cli
