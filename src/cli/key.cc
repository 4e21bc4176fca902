// salvor key generate and show: age identities in files.
#include "cli/bodies.h"
#include "cli/wire.h"
#include "cli/wire_encryption.h"
#include "crypto/age_key_files.h"
#include "os/file.h"

namespace salvor::cli {

namespace {

namespace age = crypto::age;

// Status 4 is for backups and objects that are not there.
Error as_failure(Error error) {
  if (error.code() != Code::not_found) return error;
  return Error(Code::invalid, error.message());
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
