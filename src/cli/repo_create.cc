// salvor repo create.
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "repo/create.h"

namespace salvor::cli {

Result<Outcome> run_repo_create(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Wire wire(invocation);
  const ChosenLocation chosen = TRY(wire.choose_location(arguments.text("location")));
  const bool is_directory = std::holds_alternative<store::DirectoryLocation>(chosen.location);
  const repo::NewRepository wanted{.hash = arguments.text("hash"),
                                   .encryption = arguments.text("encryption"),
                                   .splitter = arguments.text("splitter"),
                                   .ecc = arguments.text("ecc"),
                                   .ecc_overhead_percent = arguments.integer("ecc-overhead-percent"),
                                   .version = arguments.text("format-version").front() - '0',
                                   .blob_config = {.retention_mode = arguments.text("retention-mode"),
                                                   .retention_period = arguments.duration("retention-period"),
                                                   .unknown = {}}};
  if (const Result<> good = repo::validate(wanted.blob_config); !good.ok()) {
    return refuse(invocation.console, good.error());
  }
  // Before the directory is made, which would stay.
  TRY(repo::check_new(wanted));
  const os::Secret password = TRY(repository_password(wire, invocation));
  const auto storage = TRY(wire.open_stored(chosen, Wire::Purpose::write));
  const snapshot::Source us = source_of(invocation, {});
  const auto repository = TRY(
      repo::create_repository(*storage, is_directory ? repo::BlobLayout::sharded : repo::BlobLayout::flat, wanted,
                              password, {.user = us.user, .host = us.host}, wire.clock(), wire.rng(), invocation.stop));
  invocation.console.out("Repository created in " + escape_controls(storage->describe()) + ": " + wanted.hash + ", " +
                         wanted.encryption + ", " + wanted.splitter + ".\n");
  if (wanted.version == 1) {
    report_warning(
        invocation.console,
        "a repository of format 1 is only read here: stock kopia writes it, `salvor repo upgrade` ends that");
  }
  invocation.console.err("Without its password nobody reads it. Keep a copy of that elsewhere.\n");
  return Outcome::done;
}

}  // namespace salvor::cli
