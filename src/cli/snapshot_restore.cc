// salvor snapshot restore.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "base/units.h"
#include "cli/bodies.h"
#include "cli/damage.h"
#include "cli/memory_limit.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/snapshot_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "repo/splitter.h"
#include "snapshot/restore.h"
#include "snapshot/restore_archive.h"

namespace salvor::cli {

namespace {

snapshot::Existing existing_of(const std::string& policy) {
  if (policy == "skip") return snapshot::Existing::skip;
  if (policy == "resume") return snapshot::Existing::resume;
  return policy == "overwrite" ? snapshot::Existing::overwrite : snapshot::Existing::refuse;
}

std::string sentence(const snapshot::RestoreProgress& progress) {
  std::string text = count_of(progress.files, "file") + ", " +
                     count_of(progress.directories, "directory", "directories") + ", " +
                     count_of(progress.symlinks, "link") + " restored, " + format_bytes(progress.bytes);
  if (progress.kept > 0) text += ", " + std::to_string(progress.kept) + " kept as they were";
  if (progress.failed > 0) text += ", " + std::to_string(progress.failed) + " failed";
  return text + ".\n";
}

Result<std::uint32_t> id_of(const std::string& text, const std::string& flag) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  // The last number means "leave it" to chown(2).
  if (error == std::errc() && end == text.data() + text.size() && id != UINT32_MAX) return id;
  return Error(Code::invalid, flag + ": \"" + escape_controls(text) + "\" is no number of a user or group");
}

Result<snapshot::IdMap> id_map(const Arguments& arguments, const std::string& flag) {
  snapshot::IdMap map;
  for (const auto& [from, to] : arguments.map(flag)) {
    const std::uint32_t id = TRY(id_of(to, "--" + flag));
    if (from == "*") {
      map.others = id;
    } else {
      map.ids[TRY(id_of(from, "--" + flag))] = id;
    }
  }
  return map;
}

// Who restored files belong to.
Result<> read_owners(const Arguments& arguments, bool is_archive, snapshot::RestoreOptions& options) {
  options.uids = TRY(id_map(arguments, "map-uid"));
  options.gids = TRY(id_map(arguments, "map-gid"));
  options.target.owners = ::geteuid() == 0 && !arguments.flag("skip-owners");
  if (is_archive || options.target.owners || (options.uids.is_empty() && options.gids.is_empty())) return {};
  return Error(Code::invalid, "owners are mapped where they are set: by root, and without --skip-owners");
}

// A thread holds a content as it is stored and as it is, each as long as chunks may be.
unsigned threads_within(std::uint64_t limit, std::uint64_t wanted, const std::string& splitter) {
  constexpr std::uint64_t kOthers = 24 * kMiB, kUsual = 8 * kMiB;
  const auto known = repo::make_splitter(splitter);
  const std::uint64_t a_thread = 2 * (known.ok() ? (*known)->max_chunk_bytes() : kUsual);
  return static_cast<unsigned>(std::clamp<std::uint64_t>((limit - std::min(limit, kOthers)) / a_thread, 1, wanted));
}

// Nothing for a directory. By the target's name, as stock has it, when nobody says.
std::optional<snapshot::ArchiveFormat> format_of(const std::string& said, const std::string& target) {
  using snapshot::ArchiveFormat;
  if (said == "zip" || (said.empty() && target.ends_with(".zip"))) return ArchiveFormat::zip;
  if (said == "tgz" || (said.empty() && (target.ends_with(".tgz") || target.ends_with(".tar.gz")))) {
    return ArchiveFormat::tgz;
  }
  if (said == "tar" || (said.empty() && (target.ends_with(".tar") || target == "-"))) return ArchiveFormat::tar;
  return std::nullopt;
}

// An archive is a file of its own, so that what is asked about files in a directory means nothing here.
Result<> check_archive(const Invocation& invocation, const std::string& target) {
  const std::string& existing = invocation.arguments.text("existing");
  if (existing == "skip" || existing == "resume") {
    return Error(Code::invalid, "--existing " + existing + " is for directories; an archive is written as a whole");
  }
  if (target == "-" && invocation.console.out_is_terminal()) {
    return Error(Code::invalid, "an archive is not for a terminal")
        .hint("Send standard output to a program or a file.");
  }
  return {};
}

Result<> into_archive(const Invocation& invocation, Rng& rng, snapshot::ArchiveFormat format,
                      const std::function<Result<>(snapshot::ArchiveWriter&)>& restore) {
  const std::string& target = invocation.arguments.positionals()[1];
  const bool may_replace = invocation.arguments.text("existing") == "overwrite";
  snapshot::ArchiveFile file = target == "-"
                                   ? snapshot::ArchiveFile::stream(os::Fd(::dup(STDOUT_FILENO)), "standard output")
                                   : TRY(snapshot::ArchiveFile::create(target, may_replace, rng));
  const auto archive = TRY(snapshot::make_archive_writer(format, file));
  TRY(restore(*archive));
  return file.commit();
}

}  // namespace

Result<Outcome> run_snapshot_restore(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::uint64_t threads = arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  const Result<std::uint64_t> memory = memory_limit(arguments);
  if (!memory.ok()) return refuse(invocation.console, memory.error());
  const std::string& target = arguments.positionals()[1];
  const auto format = format_of(arguments.text("format"), target);
  if (format) {
    if (const Result<> fine = check_archive(invocation, target); !fine.ok())
      return refuse(invocation.console, fine.error());
  }
  snapshot::RestoreOptions options{.target = {.existing = existing_of(arguments.text("existing"))}};
  if (const Result<> fine = read_owners(arguments, format.has_value(), options); !fine.ok()) {
    return refuse(invocation.console, fine.error());
  }
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  const snapshot::DirEntry root = TRY(named_entry(*door.repository, arguments.positionals()[0], invocation.stop));
  const std::string& splitter = door.repository->format().config.splitter;
  options.threads = threads_within(*memory, threads, splitter);
  snapshot::RestoreProgress progress;
  Result<> restored;
  {
    const ProgressView view(invocation, wire.clock(), [&] {
      return ProgressState{.what = "restore",
                           .items = progress.files + progress.symlinks + progress.kept,
                           .items_total = root.summary ? root.summary->files + root.summary->symlinks : 0,
                           .bytes = progress.bytes,
                           .bytes_total = root.summary ? root.summary->total_size : root.size,
                           .current = progress.current.with([](const std::string& current) { return current; })};
    });
    const auto problem = [&](const std::string& path, const Error& error) {
      report_error(invocation.console, error.clone().context(path.empty() ? "the snapshot's root" : path));
    };
    if (format) {
      restored = into_archive(invocation, wire.rng(), *format, [&](snapshot::ArchiveWriter& archive) {
        return snapshot::restore_archive(*door.repository, root, archive, options, progress, problem, invocation.stop);
      });
    } else {
      restored =
          snapshot::restore(*door.repository, root, target, options, wire.rng(), progress, problem, invocation.stop);
    }
  }
  if (restored.ok() || progress.files > 0) invocation.console.err(sentence(progress));
  TRY(std::move(restored));
  return outcome_of_reading(door, progress.failed == 0);
}

}  // namespace salvor::cli
