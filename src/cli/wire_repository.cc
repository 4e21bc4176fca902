#include "cli/wire_repository.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/report.h"
#include "cli/source_name.h"
#include "config/secret_reference.h"
#include "os/terminal.h"
#include "repo/format_reader.h"

namespace salvor::cli {

namespace {

struct PasswordVariable {
  const char* name;
  const char* reference;  // what stands before its value in a reference; nullptr: the value is the password
};
constexpr std::array<PasswordVariable, 3> kVariables{
    {{"SALVOR_PASSWORD", nullptr}, {"SALVOR_PASSWORD_FILE", "file:"}, {"SALVOR_PASSWORD_COMMAND", "command:"}}};

Result<os::Secret> resolved(const std::string& reference, const config::SecretSources& sources, std::stop_token stop) {
  return config::resolve(TRY(config::SecretReference::parse(reference)), sources, std::move(stop));
}

Result<os::Secret> ask(const Invocation& invocation) {
  if (!invocation.console.in_is_terminal()) {
    return Error(Code::invalid, "the repository's password is not given")
        .hint("Use --password-file FILE, or set SALVOR_PASSWORD_FILE, SALVOR_PASSWORD_COMMAND or SALVOR_PASSWORD.");
  }
  os::Secret password = TRY(os::read_password(0, "Password of the repository: "));
  invocation.console.err("\n");
  return password;
}

}  // namespace

// A reference in a file must not depend on where a program was started; a path on the command line may.
Result<os::Secret> password_in_file(Wire& wire, const Invocation& invocation, const std::string& path) {
  const std::string whole = path.starts_with("~/") ? path : TRY(absolute_path(path));
  return resolved("file:" + whole, wire.secret_sources(), invocation.stop);
}

Result<os::Secret> repository_password(Wire& wire, const Invocation& invocation) {
  if (invocation.arguments.given("password-file")) {
    return password_in_file(wire, invocation, invocation.arguments.text("password-file"));
  }
  const config::SecretSources sources = wire.secret_sources();
  const PasswordVariable* chosen = nullptr;
  for (const PasswordVariable& variable : kVariables) {
    if (sources.environment(variable.name).value_or("").empty()) continue;
    if (chosen) {
      return Error(Code::invalid, std::string(chosen->name) + " and " + variable.name + " are both set")
          .hint("Keep the one that holds the repository's password.");
    }
    chosen = &variable;
  }
  if (!chosen) return ask(invocation);
  if (!chosen->reference) return resolved("env:" + std::string(chosen->name), sources, invocation.stop);
  return resolved(chosen->reference + sources.environment(chosen->name).value_or(""), sources, invocation.stop)
      .context(chosen->name);
}

Result<FormatDoor> open_format_blobs(Wire& wire, const Invocation& invocation, Wire::Purpose purpose) {
  const ChosenLocation chosen = TRY(wire.choose_location(invocation.arguments.text("location")));
  std::unique_ptr<store::Storage> storage = TRY(wire.open_stored(chosen, purpose));
  const bool is_directory = std::holds_alternative<store::DirectoryLocation>(chosen.location);
  repo::BlobStore blobs = is_directory ? TRY(repo::BlobStore::open_sharded(*storage, "", invocation.stop))
                                       : repo::BlobStore::flat(*storage, "");
  const os::Secret password = TRY(repository_password(wire, invocation));
  repo::RepositoryFormat format = TRY(repo::read_format(blobs, password, invocation.stop));
  return FormatDoor{std::move(storage), std::move(blobs), std::move(format)};
}

Result<RepositoryDoor> open_repository(Wire& wire, const Invocation& invocation, Wire::Purpose purpose,
                                       repo::OnDamage on_damage) {
  FormatDoor format = TRY(open_format_blobs(wire, invocation, purpose));
  RepositoryDoor door;
  door.storage = std::move(format.storage);
  door.repository = TRY(repo::Repository::open(std::move(format.blobs), std::move(format.format), wire.clock(),
                                               invocation.stop, on_damage));
  for (const std::string& warning : door.repository->warnings()) report_warning(invocation.console, warning);
  return door;
}

snapshot::Source source_of(const Invocation& invocation, std::string path) {
  snapshot::Source source{.host = invocation.arguments.text("hostname"),
                          .user = invocation.arguments.text("username"),
                          .path = std::move(path)};
  if (source.host.empty()) {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    source.host = name;
    source.host.resize(std::min(source.host.size(), source.host.find('.')));
    for (char& c : source.host) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  if (source.user.empty()) {
    const passwd* const entry = ::getpwuid(::geteuid());
    source.user = entry ? entry->pw_name : std::to_string(::geteuid());
  }
  return source;
}

}  // namespace salvor::cli
