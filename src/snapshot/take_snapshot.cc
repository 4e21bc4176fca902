#include "snapshot/take_snapshot.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "repo/manifest_writer.h"
#include "snapshot/estimate.h"
#include "snapshot/expire.h"
#include "snapshot/policies.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

unsigned threads_of(const SnapshotRequest& request, const Policy& policy) {
  constexpr std::int64_t kMost = 256;
  const std::int64_t usual =
      std::clamp(static_cast<std::int64_t>(std::thread::hardware_concurrency()), std::int64_t{2}, std::int64_t{8});
  if (request.threads > 0) return request.threads;
  const std::int64_t wanted = policy.parallel_file_reads.value_or(0);
  return static_cast<unsigned>(wanted > 0 ? std::min(wanted, kMost) : usual);
}

Stats stats_of(const DirectorySummary& summary, const UploadProgress& progress) {
  return {.total_size = summary.total_size,
          .excluded_total_size = progress.excluded.bytes,
          .files = summary.files,
          .cached_files = progress.cached,
          .non_cached_files = progress.files - progress.cached,
          .directories = summary.directories,
          .excluded_files = progress.excluded.files,
          .excluded_directories = progress.excluded.directories,
          .ignored_errors = summary.ignored_errors,
          .errors = summary.failed};
}

// The latest complete snapshot first, if there is one, then the incomplete ones behind it.
std::vector<Manifest> earlier_snapshots(const repo::ManifestSet& manifests, const Source& source) {
  std::vector<Manifest> all = snapshots_among(manifests, source).all;
  std::erase_if(all, [&](const Manifest& one) { return one.source != source || !one.root; });
  const auto is_complete = [](const Manifest& one) { return one.incomplete.empty(); };
  const auto last = std::find_if(all.rbegin(), all.rend(), is_complete);
  if (last == all.rend()) return all;
  const std::string id = last->id;
  const Time start = last->start;
  std::erase_if(all, [&](const Manifest& one) { return one.id != id && (is_complete(one) || one.start <= start); });
  return all;
}

// The manifests of one run.
class SnapshotRun {
 public:
  SnapshotRun(const SnapshotRequest& request, repo::Repository& repository, repo::ContentWriter& contents, Clock& clock,
              Rng& rng, const UploadProgress& progress, const UploadProblem& problem)
      : request_(request),
        repository_(repository),
        contents_(contents),
        clock_(clock),
        rng_(rng),
        progress_(progress),
        problem_(problem),
        start_(clock.now()) {}

  Manifest manifest_of(DirEntry root, std::string_view incomplete) const {
    Manifest manifest{.source = request_.source,
                      .description = request_.description,
                      .start = start_,
                      .end = clock_.now(),
                      .incomplete = std::string(incomplete),
                      .root = std::move(root),
                      .tags = request_.tags};
    if (manifest.root->summary) manifest.stats = stats_of(*manifest.root->summary, progress_);
    return manifest;
  }

  // It is there, in the place of the last checkpoint, when this returns.
  Result<> put(Manifest& manifest, std::stop_token stop) {
    // The data before what refers to it: a manifest that others see has all that it names.
    TRY(contents_.flush(stop));
    manifest.id = TRY(repo::put_manifest(contents_, TRY(labels_of(manifest)), encode(manifest), clock_, rng_, stop));
    const Checkpoint put{manifest.id, clock_.now()};
    TRY(remove_checkpoint(stop));
    if (request_.expires) {
      std::string damage;
      TRY(remove_expired(repository_, contents_, manifest, clock_, damage, stop));
      if (!damage.empty()) problem_(request_.source.path, Error(Code::corrupt, "no snapshot of it expires: " + damage));
    }
    TRY(contents_.flush(std::move(stop)));
    if (!manifest.incomplete.empty()) checkpoint_ = put;
    return {};
  }

  // When no manifest comes any more.
  Result<> end_without(std::stop_token stop) {
    TRY(remove_checkpoint(stop));
    return contents_.flush(std::move(stop));
  }

  // The id of the last checkpoint, empty when there is none.
  std::string checkpoint() const { return checkpoint_ ? checkpoint_->id : ""; }

 private:
  struct Checkpoint {
    std::string id;
    Time put;
  };

  Result<> remove_checkpoint(std::stop_token stop) {
    if (!checkpoint_) return {};
    const Checkpoint old = *std::exchange(checkpoint_, std::nullopt);
    return repo::remove_manifest(contents_, old.id, old.put, clock_, std::move(stop));
  }

  const SnapshotRequest& request_;
  repo::Repository& repository_;
  repo::ContentWriter& contents_;
  Clock& clock_;
  Rng& rng_;
  const UploadProgress& progress_;
  const UploadProblem& problem_;
  const Time start_;
  std::optional<Checkpoint> checkpoint_;
};

// Tells how much there is to save: what the last snapshot held, or else what a walk finds that goes ahead of the
// saving. [kopia snapshot/upload/upload_estimator.go]
class Expectation {
 public:
  Expectation(const SourceTree& tree, const EntryRules& rules, const std::optional<DirectorySummary>& before,
              UploadProgress& progress) {
    if (before) {
      progress.expected_files = before->files + before->symlinks;
      progress.expected_bytes = before->total_size;
    } else if (!tree.is_file()) {
      walker_ = std::jthread([&tree, &rules, &progress](std::stop_token stop) {
        Estimate sum;
        const auto pass_over = [](const std::string&, const Error&) {};  // who saves it will tell
        if (!estimate(tree, rules, sum, pass_over, std::move(stop)).ok()) return;
        progress.expected_bytes = sum.bytes.load();
        progress.expected_files = sum.files + sum.symlinks;
      });
    } else if (const Result<DirEntry> file = tree.root(); file.ok()) {
      progress.expected_files = 1;
      progress.expected_bytes = file->size;
    }
  }

 private:
  std::jthread walker_;
};

Error with_what_is_kept(const Error& error, const std::string& checkpoint) {
  if (checkpoint.empty()) return error.clone();
  return Error(error.code(), error.message())
      .hint("What was saved of it is there as incomplete snapshot " + checkpoint +
            ", and the next snapshot of the source does not read that again.");
}

}  // namespace

Result<Manifest> take_snapshot(const std::string& path, const SnapshotRequest& request, repo::Repository& repository,
                               Clock& clock, Rng& rng, UploadProgress& progress, const UploadProblem& problem,
                               std::stop_token stop) {
  const SourceTree tree = TRY(SourceTree::open(path));
  const auto contents = TRY(
      repo::ContentWriter::create(repository, {.user = request.source.user, .host = request.source.host}, clock, rng));
  std::vector<DirEntry> previous;
  std::string complete;  // the root of the latest complete snapshot, and what it held
  std::optional<DirectorySummary> held;
  std::unique_ptr<EntryRules> rules;
  {
    const repo::ManifestSet manifests = TRY(repository.manifests(stop));
    rules = TRY(EntryRules::make(Policies(manifests), request.source, request.rules));
    for (Manifest& one : earlier_snapshots(manifests, request.source)) {
      if (one.incomplete.empty()) {
        complete = one.root->object;
        held = one.root->summary;
      }
      previous.push_back(*std::move(one.root));
    }
  }
  for (const std::string& warning : rules->warnings()) problem(path, Error(Code::unsupported, warning));
  SnapshotRun run(request, repository, *contents, clock, rng, progress, problem);
  const UploadJob job{.tree = tree,
                      .repository = repository,
                      .contents = *contents,
                      .rules = *rules,
                      .previous = std::move(previous),
                      .options = {.threads = threads_of(request, rules->root_policy()),
                                  .chunk_memory = request.chunk_memory,
                                  .checkpoint_every = request.checkpoint_every},
                      .progress = progress,
                      .problem = problem,
                      .clock = clock,
                      .rng = rng,
                      .save = [&](DirEntry root, std::string_view reason, std::stop_token stopped) {
                        Manifest manifest = run.manifest_of(std::move(root), reason);
                        return run.put(manifest, std::move(stopped));
                      }};
  std::optional<Expectation> expectation;
  if (request.looks_ahead) expectation.emplace(tree, *rules, held, progress);
  Result<DirEntry> root = upload(job, stop);
  expectation.reset();
  if (!root.ok()) return with_what_is_kept(root.error(), run.checkpoint());
  // All is read; a stop that comes now would only lose it.
  Manifest manifest = run.manifest_of(*std::move(root), "");
  if (manifest.root->object == complete && rules->root_policy().ignore_identical.value_or(false)) {
    TRY(run.end_without({}));
    return manifest;
  }
  TRY(run.put(manifest, {}));
  return manifest;
}

}  // namespace salvor::snapshot
