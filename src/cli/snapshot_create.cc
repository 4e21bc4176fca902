// salvor snapshot create.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/bodies.h"
#include "cli/memory_limit.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "repo/compression.h"
#include "snapshot/upload.h"

namespace salvor::cli {

namespace {

// As stock names sources: absolute, without "." and "..", links kept.
Result<std::string> absolute(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  if (failed) return Error(Code::invalid, path + ": " + failed.message());
  std::string text = whole.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::string sentence(const snapshot::Manifest& manifest, const snapshot::UploadProgress& progress) {
  std::string text = "Snapshot " + manifest.id + " of " + escape_controls(manifest.source.path) + ": " +
                     std::to_string(progress.files) + " files and links in " + std::to_string(progress.directories) +
                     " directories, " + format_bytes(manifest.stats.total_size) + "; " + format_bytes(progress.bytes) +
                     " were read";
  if (progress.left_out > 0) text += ", " + std::to_string(progress.left_out) + " left out";
  if (progress.failed > 0) text += ", " + std::to_string(progress.failed) + " could not be read";
  return text + ".\n";
}

// What large files may take of a limit for all: the rest is the program with the indexes of a small repository and
// small files, and three packs, one that is filled and two on their way.
std::size_t chunk_memory(std::uint64_t limit) {
  constexpr std::uint64_t kOthers = 24 * kMiB + std::uint64_t{3} * 24 * kMiB, kLeast = 16 * kMiB;
  return static_cast<std::size_t>(std::max(kLeast, limit - std::min(limit, kOthers)));
}

}  // namespace

Result<Outcome> run_snapshot_create(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::int64_t threads = arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  const std::string& name = arguments.text("compression");
  const auto compression = name == "none" ? std::optional(repo::kNoCompression) : repo::compression_id(name);
  if (!compression || (*compression != repo::kNoCompression && !repo::Compressor::create(*compression).ok())) {
    return refuse(invocation.console,
                  Error(Code::invalid, "compression \"" + escape_controls(name) + "\" is not offered")
                      .hint("zstd, zstd-fastest, zstd-better-compression, s2-default, gzip and none are."));
  }
  const Result<std::uint64_t> memory = memory_limit(arguments);
  if (!memory.ok()) return refuse(invocation.console, memory.error());
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation, Wire::Purpose::write));
  Outcome outcome = Outcome::done;
  for (const std::string& argument : arguments.positionals()) {
    const std::string path = TRY(absolute(argument));
    const snapshot::SnapshotRequest request{.source = source_of(invocation, path),
                                            .description = arguments.text("description"),
                                            .tags = {arguments.map("tags").begin(), arguments.map("tags").end()},
                                            .upload = {.threads = static_cast<unsigned>(threads),
                                                       .compression = *compression,
                                                       .chunk_memory = chunk_memory(*memory)}};
    snapshot::UploadProgress progress;
    Result<snapshot::Manifest> taken = Error(Code::internal, "not run");
    {
      const ProgressView view(invocation, wire.clock(), [&] {
        return ProgressState{.what = "snapshot",
                             .items = progress.files,
                             .bytes = progress.bytes,
                             .current = progress.current.with([](const std::string& current) { return current; })};
      });
      const auto problem = [&](const std::string& at, const Error& error) {
        report_warning(invocation.console, escape_controls(at) + ": " + error.message());
      };
      taken = snapshot::take_snapshot(path, request, *door.repository, wire.clock(), wire.rng(), progress, problem,
                                      invocation.stop);
    }
    const snapshot::Manifest manifest = TRY(std::move(taken));
    invocation.console.out(sentence(manifest, progress));
    if (progress.failed > 0) outcome = Outcome::some_items_failed;
  }
  return outcome;
}

}  // namespace salvor::cli
