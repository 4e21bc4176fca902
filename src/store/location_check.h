// check_location: is this a good place for backups? Tried out, measured, and said plainly.
//
// One small object is written, read and removed first: where that fails the report holds nothing else. Then every check
// of the storage contract runs (store/contract.h), latencies and throughput are measured, and the store is asked what
// it offers, what time it has, and what these credentials can do that writing backups does not need.
//
// Everything happens below "plugins/salvor-check-<random>/", because stock Velero takes a location with a directory of
// its own at the top for damaged, and "plugins" is a name that it tolerates. The probes are removed in the end whatever
// happened, also after a stop; what could not be removed is a problem that names it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "base/units.h"
#include "store/storage.h"

namespace salvor::store {

struct CheckOptions {
  std::uint64_t throughput_bytes = 64 * kMiB;  // 0: not measured
  int samples = 20;                            // per kind of request
  bool promises = true;                        // run the contract
};

enum class Verdict { kept, broken, not_offered };

struct PromiseResult {
  std::string name;  // "ListsInByteOrder"
  Verdict verdict = Verdict::kept;
  std::string problem;
};

struct Latency {
  std::string request;  // put, get, stat, list, remove; of an object of 1 KiB
  int samples = 0;
  Duration median{}, worst{};
};

struct Throughput {
  std::uint64_t bytes = 0;  // one object
  Duration up{}, down{};
};

// What went wrong, and what to do about it.
struct Finding {
  std::string what;
  std::string hint;  // may be empty
};

struct LocationReport {
  std::string location;
  std::vector<PromiseResult> promises;
  std::vector<Latency> latencies;
  std::optional<Throughput> throughput;
  Capabilities capabilities;
  std::optional<std::uint64_t> free_space;
  std::optional<Duration> clock_skew;  // of the store against this machine; positive when it is ahead
  std::vector<Right> rights;
  std::vector<Finding> problems;  // why this is no place for backups
  std::vector<Finding> warnings;  // what can be lived with

  bool is_good() const { return problems.empty(); }
};

// `step` of `steps` begins; on the calling thread.
using CheckProgress = std::function<void(const std::string& what, int step, int steps)>;

// Errors: cancelled only; everything else is in the report.
Result<LocationReport> check_location(Storage& storage, const CheckOptions& options, Clock& clock, Rng& rng,
                                      const CheckProgress& progress, std::stop_token stop);

}  // namespace salvor::store
