// salvor snapshot create.
#include <algorithm>

#include "base/units.h"
#include "cli/bodies.h"
#include "cli/memory_limit.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/source_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "repo/compression.h"
#include "snapshot/take_snapshot.h"

namespace salvor::cli {

namespace {

std::string sentence(const snapshot::Manifest& manifest, const snapshot::UploadProgress& progress) {
  const std::string of = escape_controls(manifest.source.path);
  std::string text = manifest.id.empty()
                         ? "Nothing of " + of + " has changed, and its policy wants no second snapshot of that: "
                         : "Snapshot " + manifest.id + " of " + of + ": ";
  text += count_of(progress.files, "file or link", "files and links") + " in " +
          count_of(progress.directories, "directory", "directories") + ", " + format_bytes(manifest.stats.total_size) +
          "; " + format_bytes(progress.bytes) + " were read";
  const std::uint64_t excluded = progress.excluded.files + progress.excluded.directories;
  if (excluded > 0) text += ", " + std::to_string(excluded) + " ignored by rules";
  if (progress.left_out > 0) text += ", " + std::to_string(progress.left_out) + " left out";
  if (progress.ignored > 0) text += ", " + count_of(progress.ignored, "error") + " ignored";
  if (progress.failed > 0) text += ", " + std::to_string(progress.failed) + " could not be read";
  return text + ".\n";
}

// What large files may take of a limit for all: the rest is the program with the indexes of a small repository and
// small files, and three packs, one that is filled and two on their way, where packs are not in the storage already.
std::size_t chunk_memory(std::uint64_t limit, repo::Repository& repository) {
  constexpr std::uint64_t kProgram = 52 * kMiB, kPacks = std::uint64_t{3} * 24 * kMiB, kLeast = 16 * kMiB;
  const std::uint64_t others = kProgram + (repository.blobs().writes_through() ? 0 : kPacks);
  return static_cast<std::size_t>(std::max(kLeast, limit - std::min(limit, others)));
}

// Nothing when the policy decides; `invalid` for what cannot be written.
Result<std::optional<std::uint32_t> > forced_compression(const Arguments& arguments) {
  if (!arguments.given("compression")) return std::optional<std::uint32_t>();
  const std::string& name = arguments.text("compression");
  const auto id = name == "none" ? std::optional(repo::kNoCompression) : repo::compression_id(name);
  if (id && (*id == repo::kNoCompression || repo::Compressor::create(*id).ok())) return id;
  return Error(Code::invalid, "compression \"" + escape_controls(name) + "\" is not offered")
      .hint("zstd, zstd-fastest, zstd-better-compression, s2-default, gzip and none are.");
}

Result<Outcome> save(Wire& wire, const Invocation& invocation, repo::Repository& repository, const std::string& path,
                     const snapshot::SnapshotRequest& request) {
  snapshot::UploadProgress progress;
  Result<snapshot::Manifest> taken = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] {
      return ProgressState{.what = "snapshot",
                           .items = progress.files,
                           .items_total = progress.expected_files,
                           .bytes = progress.bytes + progress.cached_bytes,
                           .bytes_total = progress.expected_bytes,
                           .current = progress.current.with([](const std::string& current) { return current; })};
    });
    const auto problem = [&](const std::string& at, const Error& error) {
      report_warning(invocation.console, escape_controls(at) + ": " + error.message());
    };
    taken = snapshot::take_snapshot(path, request, repository, wire.clock(), wire.rng(), progress, problem,
                                    invocation.stop);
  }
  const snapshot::Manifest manifest = TRY(std::move(taken));
  invocation.console.out(sentence(manifest, progress));
  return progress.failed > 0 ? Outcome::some_items_failed : Outcome::done;
}

}  // namespace

Result<Outcome> run_snapshot_create(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::int64_t threads = arguments.given("parallel") ? arguments.integer("parallel") : 0;
  if (arguments.given("parallel") && (threads < 1 || threads > 256)) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  const Duration checkpoint_every = arguments.duration("checkpoint-interval");
  if (checkpoint_every <= Duration(0) || checkpoint_every > snapshot::kMostCheckpointInterval) {
    return refuse(invocation.console, Error(Code::invalid, "--checkpoint-interval is 45m at most, and not nothing"));
  }
  const auto compression = forced_compression(arguments);
  if (!compression.ok()) return refuse(invocation.console, compression.error());
  const Result<std::uint64_t> memory = memory_limit(arguments);
  if (!memory.ok()) return refuse(invocation.console, memory.error());
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation, Wire::Purpose::write));
  Outcome outcome = Outcome::done;
  for (const std::string& argument : arguments.positionals()) {
    const std::string path = TRY(absolute_path(argument));
    const snapshot::SnapshotRequest request{.source = source_of(invocation, path),
                                            .description = arguments.text("description"),
                                            .tags = {arguments.map("tags").begin(), arguments.map("tags").end()},
                                            .threads = static_cast<unsigned>(threads),
                                            .rules = {.compression = *compression},
                                            .chunk_memory = chunk_memory(*memory, *door.repository),
                                            .checkpoint_every = checkpoint_every,
                                            .expires = !arguments.flag("no-expire"),
                                            .looks_ahead = !arguments.flag("quiet")};
    Result<Outcome> saved = save(wire, invocation, *door.repository, path, request);
    // Of several sources one that cannot be saved does not keep the others from it.
    const bool goes_on = arguments.positionals().size() > 1 && !invocation.stop.stop_requested();
    if (!saved.ok() && !goes_on) return saved;
    if (!saved.ok()) report_error(invocation.console, std::move(saved).error().context(path));
    if (!saved.ok() || *saved != Outcome::done) outcome = Outcome::some_items_failed;
  }
  return outcome;
}

}  // namespace salvor::cli
