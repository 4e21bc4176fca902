#include "repo/maintenance_turn.h"

#include <algorithm>

#include "base/units.h"
#include "repo/blob_id.h"
#include "repo/saturating.h"

namespace salvor::repo {
namespace {

// Fifty runs of a dozen tasks are some 200 KiB; an error message in one may be long.
constexpr std::uint64_t kMostScheduleBytes = 64 << 20;

Result<Bytes> get_or_empty(BlobStore& store, std::stop_token stop) {
  Result<Bytes> bytes = store.get(kMaintenanceBlob, kMostScheduleBytes, std::move(stop));
  if (!bytes.ok() && bytes.error().code() == Code::not_found) return Bytes();
  return bytes;
}

Result<> check_owner(const MaintenanceParameters& parameters, const MaintenanceCaller& caller) {
  if (parameters.owner == caller.name()) return {};
  const std::string whose =
      parameters.owner.empty() ? "nobody has been named to maintain it" : "it is maintained by " + parameters.owner;
  return Error(Code::denied, whose + ", and this is " + caller.name())
      .hint(
          "Two who maintain one repository at the same time can lose data. When the other one no longer does, "
          "--take-ownership makes it yours; --username and --hostname say who you are.");
}

Result<> check_clock(Time here, Time there) {
  const Duration apart = difference_of(here.time_since_epoch(), there.time_since_epoch());
  if (apart <= MaintenanceTurn::kMostClockSkew && apart >= -MaintenanceTurn::kMostClockSkew) return {};
  return Error(Code::invalid, "this computer's clock says " + format_rfc3339(here) + " and the storage's " +
                                  format_rfc3339(there) +
                                  ": more than 5 minutes apart, and ages decide what maintenance takes away")
      .hint("Set the clock of whichever is wrong.");
}

Result<> check_format(Repository& repository, std::stop_token stop) {
  const Bytes bytes = TRY(repository.blobs().get(kRepositoryBlob, kMaxFormatBlobBytes, std::move(stop)));
  const FormatBlob blob = TRY(parse_format_blob(bytes));
  if (blob == repository.format().blob) return {};
  return Error(Code::conflict, "kopia.repository was changed while maintenance ran: its password, parameters or format")
      .hint("What was done so far is whole. Run it again.");
}

}  // namespace

Result<> MaintenanceTurn::read(std::stop_token stop) {
  const RepositoryConfig& config = repository_->format().config;
  if (!config.epoch_parameters.enabled || config.index_format() < 2) {
    return Error(Code::unsupported, "a repository of format " + std::to_string(config.version) + " is only read")
        .hint("`salvor repo upgrade` brings it to format 3.");
  }
  parameters_ = TRY(maintenance_parameters_in(TRY(repository_->manifests(stop))));
  written_ = TRY(get_or_empty(repository_->blobs(), std::move(stop)));
  if (!written_.empty()) schedule_ = TRY(open_maintenance_schedule(repository_->format(), written_));
  return {};
}

Result<> MaintenanceTurn::write(std::stop_token stop) {
  written_ = seal(repository_->format(), schedule_, *rng_);
  return repository_->blobs().put(kMaintenanceBlob, written_, store::Exists::replace, std::move(stop));
}

Result<MaintenanceTurn> MaintenanceTurn::begin(Repository& repository, const MaintenanceCaller& caller,
                                               MaintenanceMode mode, Clock& clock, Rng& rng, std::stop_token stop) {
  MaintenanceTurn turn(repository, clock, rng);
  TRY(turn.read(stop));
  TRY(check_owner(turn.parameters_, caller));
  const Time now = clock.now();
  if (mode == MaintenanceMode::full) turn.schedule_.next_full = sum_of(now, turn.parameters_.full.interval);
  turn.schedule_.next_quick = sum_of(now, turn.parameters_.quick.interval);
  TRY(turn.write(stop));
  turn.writes_ = true;
  turn.started_ = TRY(repository.blobs().stat(kMaintenanceBlob, stop)).modified;
  TRY(check_clock(clock.now(), turn.started_));
  TRY(repository.refresh(std::move(stop)));
  return turn;
}

Result<MaintenanceTurn> MaintenanceTurn::look(Repository& repository, Clock& clock, Rng& rng, std::stop_token stop) {
  MaintenanceTurn turn(repository, clock, rng);
  TRY(turn.read(std::move(stop)));
  turn.started_ = clock.now();
  return turn;
}

Result<> MaintenanceTurn::check_still_ours(std::stop_token stop) {
  if (!writes_) return {};
  TRY(check_format(*repository_, stop));
  const Bytes now = TRY(get_or_empty(repository_->blobs(), std::move(stop)));
  if (std::ranges::equal(now, written_)) return {};
  return Error(Code::conflict, "somebody else maintains this repository at the same time: " +
                                   std::string(kMaintenanceBlob) + " is no longer what was written here")
      .hint("What was done so far is whole. Let the other one finish, and see that only one runs it.");
}

Result<TaskStats> MaintenanceTurn::report(std::string_view name, const Task& task, std::stop_token stop) {
  TRY(check_still_ours(stop));
  TaskRun run{.start = clock_->now()};
  Result<TaskStats> outcome = task();
  if (!writes_) return outcome;
  run.end = clock_->now();
  run.success = outcome.ok();
  if (outcome.ok()) {
    run.extra = encode_extra(*outcome);
  } else {
    run.error = outcome.error().message();
  }
  schedule_.add_run(name, std::move(run));
  // A turn that was lost is not written down over what the other one did.
  Result<> noted = check_still_ours(stop);
  if (noted.ok()) noted = write(std::move(stop));
  if (outcome.ok() && !noted.ok()) return std::move(noted).error();
  return outcome;
}

}  // namespace salvor::repo
