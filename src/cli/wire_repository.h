// Opening a Kopia repository that lies in a location, with the password from where the flags and variables say it is.
#pragma once

#include <memory>

#include "cli/invocation.h"
#include "cli/wire.h"
#include "repo/repository.h"
#include "snapshot/manifest.h"

namespace salvor::cli {

// The repository's password: --password-file, else SALVOR_PASSWORD, SALVOR_PASSWORD_FILE or SALVOR_PASSWORD_COMMAND,
// else asked for on the terminal. Errors: `invalid` when it is nowhere, or in several variables; those of
// config::resolve.
Result<os::Secret> repository_password(Wire& wire, const Invocation& invocation);

// The password in a file that a flag names.
Result<os::Secret> password_in_file(Wire& wire, const Invocation& invocation, const std::string& path);

// The repository and the storage below it.
struct RepositoryDoor {
  std::unique_ptr<store::Storage> storage;
  std::unique_ptr<repo::Repository> repository;

  // Whether all its indexes could be read.
  bool is_whole() const { return repository->indexes()->damaged().empty(); }
};

// The repository at --location. Errors: the location's, repository_password's, Repository::open's. What it has to warn
// of is shown.
Result<RepositoryDoor> open_repository(Wire& wire, const Invocation& invocation,
                                       Wire::Purpose purpose = Wire::Purpose::read,
                                       repo::OnDamage on_damage = repo::OnDamage::refuse);

// The same before anything but its format is looked at: for what must go on while the repository is locked.
struct FormatDoor {
  std::unique_ptr<store::Storage> storage;
  repo::BlobStore blobs;
  repo::RepositoryFormat format;
};
Result<FormatDoor> open_format_blobs(Wire& wire, const Invocation& invocation, Wire::Purpose purpose);

// Who and where we are by --username and --hostname, else by the system, as stock kopia tells it: the host's first name
// in lower case.
snapshot::Source source_of(const Invocation& invocation, std::string path);

}  // namespace salvor::cli
