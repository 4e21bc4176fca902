#include "cli/repo_passwd.h"

#include "cli/text.h"
#include "cli/wire_repository.h"
#include "os/terminal.h"
#include "repo/password.h"

namespace salvor::cli {

namespace {

Result<os::Secret> new_password(Wire& wire, const Invocation& invocation) {
  if (invocation.arguments.given("new-password-file")) {
    return password_in_file(wire, invocation, invocation.arguments.text("new-password-file"));
  }
  if (!invocation.console.in_is_terminal()) {
    return Error(Code::invalid, "the new password is not given").hint("Use --new-password-file FILE.");
  }
  os::Secret password = TRY(os::read_password(0, "New password of the repository: "));
  invocation.console.err("\n");
  const os::Secret again = TRY(os::read_password(0, "The same again: "));
  invocation.console.err("\n");
  if (password == again) return password;
  return Error(Code::invalid, "the two passwords differ; nothing was changed");
}

}  // namespace

Result<Outcome> run_repo_passwd(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation, Wire::Purpose::write));
  const os::Secret password = TRY(new_password(wire, invocation));
  repo::Repository& repository = *door.repository;
  TRY(repo::replace_password(repository.blobs(), repository.format(), password, wire.rng(), invocation.stop));
  invocation.console.out("The repository in " + escape_controls(repository.blobs().describe()) +
                         " has the new password.\n");
  invocation.console.err("Without its password nobody reads it. Keep a copy of that elsewhere.\n");
  return Outcome::done;
}

}  // namespace salvor::cli
