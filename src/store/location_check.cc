#include "store/location_check.h"

#include <algorithm>
#include <cstring>

#include "store/contract.h"

namespace salvor::store {

namespace {

using Stop = std::stop_token;
using std::chrono::minutes;

constexpr std::size_t kSmallBytes = kKiB;
constexpr std::size_t kProbeBytes = kMiB;
constexpr Duration kSkewWorthSaying = minutes(5);  // stores refuse signed requests from 15 minutes on

class Check {
 public:
  Check(Storage& storage, const CheckOptions& options, Clock& clock, Rng& rng, const CheckProgress& progress, Stop stop)
      : storage_(storage),
        options_(options),
        clock_(clock),
        rng_(rng),
        progress_(progress),
        stop_(std::move(stop)),
        prefix_("plugins/salvor-check-" + rng.hex(8) + "/") {
    report_.location = storage.describe();
    steps_ = 4 + (options_.promises ? static_cast<int>(contract_checks().size()) : 0);
  }

  Result<LocationReport> run() {
    work();
    remove_probes();
    if (stop_.stop_requested()) return Error(Code::cancelled, "stopped on request");
    return std::move(report_);
  }

 private:
  void work() {
    begin("first object");
    if (const auto tried = try_one_object(); !tried.ok()) return problem(tried.error());
    ask();
    if (options_.promises) run_contract();
    look_again();
    begin("latency");
    if (const auto measured = measure_latency(); !measured.ok()) problem(measured.error());
    begin("throughput");
    if (const auto measured = measure_throughput(); !measured.ok()) problem(measured.error());
    begin("rights");
    look_at_rights();
  }

  void begin(const std::string& what) {
    if (progress_) progress_(what, ++step_, steps_);
  }
  void problem(const Error& error) {
    if (error.code() != Code::cancelled) report_.problems.push_back({error.message(), error.hint()});
  }
  void warning(const Error& error) {
    if (error.code() != Code::cancelled) report_.warnings.push_back({error.message(), error.hint()});
  }

  Result<> try_one_object() {
    const std::string key = prefix_ + "first";
    const Bytes bytes = random_bytes(kSmallBytes);
    TRY(put(storage_, key, bytes, Exists::replace, stop_));
    if (TRY(get(storage_, key, 2 * kSmallBytes, stop_)) != bytes) {
      return Error(Code::corrupt, key + " in " + storage_.describe() + " does not hold what was just written");
    }
    return storage_.remove(key, stop_);
  }

  void ask() {
    auto capabilities = storage_.capabilities(stop_);
    if (capabilities.ok()) report_.capabilities = *capabilities;
    if (!capabilities.ok()) warning(capabilities.error());
    const auto space = storage_.free_space(stop_);
    if (space.ok()) report_.free_space = *space;
    if (!space.ok()) warning(space.error());
    const auto threats = storage_.threats("", stop_);
    // Who may not ask for the rules is told about rights elsewhere; it is no fault of the place.
    if (!threats.ok() && threats.error().code() != Code::denied && threats.error().code() != Code::unsupported) {
      warning(threats.error());
    }
    if (threats.ok()) {
      for (const Threat& threat : *threats)
        report_.warnings.push_back({storage_.describe() + " " + threat.what, threat.advice});
    }
    const Time before = clock_.now();
    const auto time = storage_.server_time(stop_);
    if (!time.ok()) return warning(time.error());
    if (!*time) return;
    report_.clock_skew = **time - (before + (clock_.now() - before) / 2);
    const Duration skew = std::chrono::abs(*report_.clock_skew);
    if (skew < kSkewWorthSaying) return;
    report_.warnings.push_back({"the clock of " + storage_.describe() + " is " + format_duration(skew) +
                                    (*report_.clock_skew > Duration(0) ? " ahead of" : " behind") + " this machine's",
                                "Set both by NTP: what expires or is locked is judged by the store's clock."});
  }

  // Whether a store refuses to replace shows only once a write asked for it.
  void look_again() {
    if (report_.capabilities.conditional_put != Offered::unknown) return;
    if (auto capabilities = storage_.capabilities(stop_); capabilities.ok()) report_.capabilities = *capabilities;
  }

  void run_contract() {
    for (const ContractCheck& check : contract_checks()) {
      if (stop_.stop_requested()) return;
      begin(std::string(check.name));
      PromiseResult result{std::string(check.name), Verdict::kept, {}};
      if (check.needs_conditional_put && report_.capabilities.conditional_put == Offered::no) {
        result.verdict = Verdict::not_offered;
      } else if (const auto outcome =
                     check.run(storage_, prefix_ + "promise/" + std::string(check.name) + "/", rng_, stop_);
                 !outcome.ok() && outcome.error().code() != Code::cancelled) {
        result.verdict = Verdict::broken;
        result.problem = outcome.error().message();
        report_.problems.push_back({result.name + ": " + result.problem, outcome.error().hint()});
      }
      report_.promises.push_back(std::move(result));
    }
  }

  template <class Request>
  Result<> measure(const std::string& name, Request&& request) {
    std::vector<Duration> times;
    for (int i = 0; i < options_.samples; ++i) {
      const Duration before = clock_.monotonic();
      TRY(request(prefix_ + "small/" + std::to_string(i)));
      times.push_back(clock_.monotonic() - before);
    }
    if (times.empty()) return {};
    std::ranges::sort(times);
    report_.latencies.push_back({name, options_.samples, times[times.size() / 2], times.back()});
    return {};
  }

  Result<> measure_latency() {
    const Bytes bytes = random_bytes(kSmallBytes);
    TRY(measure("put", [&](const std::string& key) { return put(storage_, key, bytes, Exists::replace, stop_); }));
    TRY(measure("get", [&](const std::string& key) -> Result<> {
      TRY(get(storage_, key, 2 * kSmallBytes, stop_));
      return {};
    }));
    TRY(measure("stat", [&](const std::string& key) -> Result<> {
      TRY(storage_.stat(key, stop_));
      return {};
    }));
    TRY(measure("list", [&](const std::string&) {
      return storage_.list(prefix_ + "small/", [](const Entry&) { return Result<>{}; }, stop_);
    }));
    return measure("remove", [&](const std::string& key) { return storage_.remove(key, stop_); });
  }

  // The same random piece again and again, each with its number in front.
  Result<> measure_throughput() {
    const std::uint64_t size = options_.throughput_bytes;
    if (size == 0) return {};
    if (report_.free_space && *report_.free_space / 2 < size) {
      report_.warnings.push_back({"throughput was not measured: there is too little free space", {}});
      return {};
    }
    const std::string key = prefix_ + "large";
    Bytes piece = random_bytes(kProbeBytes);
    const auto number = [&](std::uint64_t offset) { std::memcpy(piece.data(), &offset, sizeof offset); };
    Throughput measured{size, {}, {}};
    const Duration begun = clock_.monotonic();
    const auto writer = TRY(storage_.create(key, Exists::replace, stop_));
    for (std::uint64_t at = 0; at < size; at += kProbeBytes) {
      number(at);
      TRY(writer->write(ByteView(piece).first(std::min<std::uint64_t>(kProbeBytes, size - at))));
    }
    TRY(writer->commit());
    measured.up = clock_.monotonic() - begun;
    const Duration stored = clock_.monotonic();
    const auto reader = TRY(storage_.open(key, {}, stop_));
    Bytes found(kProbeBytes);
    for (std::uint64_t at = 0; at < size; at += kProbeBytes) {
      number(at);
      const auto wanted = ByteView(piece).first(std::min<std::uint64_t>(kProbeBytes, size - at));
      if (!TRY(delivers(*reader, wanted, found))) {
        return Error(Code::corrupt, key + " in " + storage_.describe() + " does not hold what was written at byte " +
                                        std::to_string(at));
      }
    }
    measured.down = clock_.monotonic() - stored;
    report_.throughput = measured;
    return storage_.remove(key, stop_);
  }

  static Result<bool> delivers(ReadStream& reader, ByteView wanted, MutableByteView buffer) {
    std::size_t size = 0;
    while (size < wanted.size()) {
      const std::size_t got = TRY(reader.read(buffer.subspan(size, wanted.size() - size)));
      if (got == 0) return false;
      size += got;
    }
    return std::memcmp(buffer.data(), wanted.data(), wanted.size()) == 0;
  }

  void look_at_rights() {
    auto rights = storage_.excess_rights(prefix_ + "rights/", stop_);
    if (!rights.ok()) return warning(rights.error());
    report_.rights = std::move(*rights);
    for (const Right& right : report_.rights) {
      if (right.granted != Offered::yes) continue;
      report_.warnings.push_back({"these credentials can " + right.action, right.advice});
    }
  }

  // Without the stop of the caller: who stops a check wants no probes either.
  void remove_probes() {
    std::vector<std::string> left;
    Result<> outcome;
    for (int round = 0; round == 0 || (round < 5 && outcome.ok() && !left.empty()); ++round) {
      left.clear();
      outcome = storage_.list(prefix_, [&](const Entry& entry) { return (left.push_back(entry.key), Result<>{}); }, {});
      for (const std::string& key : left) {
        if (auto removed = storage_.remove(key, {}); !removed.ok() && outcome.ok()) outcome = std::move(removed);
      }
    }
    if (outcome.ok()) return;
    // Where not even the first object could be written nothing is left, and one problem is enough.
    if (!report_.problems.empty() && left.empty()) return;
    report_.problems.push_back(
        {"probes may be left below " + prefix_ + " in " + storage_.describe() + ": " + outcome.error().message(),
         "Remove them by hand."});
  }

  Bytes random_bytes(std::size_t size) {
    Bytes bytes(size);
    rng_.fill(bytes);
    return bytes;
  }

  Storage& storage_;
  const CheckOptions options_;
  Clock& clock_;
  Rng& rng_;
  const CheckProgress& progress_;
  const Stop stop_;
  const std::string prefix_;
  int step_ = 0, steps_ = 0;
  LocationReport report_;
};

}  // namespace

Result<LocationReport> check_location(Storage& storage, const CheckOptions& options, Clock& clock, Rng& rng,
                                      const CheckProgress& progress, Stop stop) {
  return Check(storage, options, clock, rng, progress, std::move(stop)).run();
}

}  // namespace salvor::store
