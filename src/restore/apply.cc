#include "restore/apply.h"

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/channel.h"
#include "base/task_group.h"
#include "base/units.h"
#include "codec/json_access.h"
#include "restore/namespaces.h"
#include "restore/writer.h"

namespace salvor::restore {
namespace {

using namespace std::chrono_literals;

// Below this share of a kind's objects, reading them one by one is cheaper than reading the whole kind.
constexpr std::size_t kSparse = 20;
// How many passes a decision of an admission plugin gets: somebody's controller may still be starting.
constexpr unsigned kDecisionPasses = 2;

bool is_written(const Entry& entry) { return entry.action == Action::create || entry.action == Action::update; }

class Run {
 public:
  Run(const Plan& plan, const Request& request, const archive::Archive& archive, Cluster& cluster, Clock& clock,
      const ApplyOptions& options, backup::Results& results, Progress& progress, const Log& log)
      : plan_(plan),
        request_(request),
        archive_(archive),
        cluster_(cluster),
        clock_(clock),
        options_(options),
        results_(results),
        progress_(progress),
        log_(log),
        patience_(cluster, clock, options.server_timeout),
        namespaces_(request, archive, cluster, clock, patience_, options.namespace_timeout),
        preparer_(request, plan.rules, plan.status_resources),
        writer_(request, preparer_, cluster, patience_, options, results) {}

  Result<std::vector<Written>> run(std::stop_token stop) {
    count();
    for (const PlannedWarning& warning : plan_.warnings)
      results_.warn(request_.spec.mapped(warning.ns), warning.message);
    for (const PlannedKind& kind : plan_.kinds) {
      if (stop.stop_requested()) return Error(Code::cancelled, "the restore was stopped");
      if (kind.section.group_resource == "namespaces") {
        TRY(ensure_namespaces(kind, stop));
        continue;
      }
      settle_unwritten(kind);
      TRY(write_kind(kind, stop).context(kind.section.group_resource));
      if (kind.section.group_resource == kDefinitions) TRY(await_definitions(stop));
    }
    TRY(later_passes(stop));
    return written_.with([](auto& written) { return std::move(written); });
  }

 private:
  struct Job {
    const Entry* entry = nullptr;
    std::string text;
  };
  struct PutOff {
    const PlannedKind* kind = nullptr;
    const Entry* entry = nullptr;
    WriteAttempt attempt;
  };

  void count() {
    const Counts counts = plan_.counts();
    std::uint64_t planned = 0;
    for (const Action action : {Action::create, Action::unchanged, Action::differs, Action::update, Action::skip}) {
      planned += counts[static_cast<std::size_t>(action)];
    }
    progress_.planned = planned;
  }

  // ---- namespaces ----

  Result<> ensure_namespaces(const PlannedKind& kind, std::stop_token stop) {
    std::atomic<std::size_t> next{0};
    TaskGroup group(stop);
    for (std::size_t worker = 0; worker < std::min<std::size_t>(options_.workers, kind.entries.size()); ++worker) {
      group.start([&](std::stop_token inner) -> Result<> {
        for (std::size_t i; (i = next++) < kind.entries.size();) TRY(ensure_namespace(kind, kind.entries[i], inner));
        return {};
      });
    }
    return group.join();
  }

  Result<> ensure_namespace(const PlannedKind& kind, const Entry& entry, std::stop_token stop) {
    if (entry.action != Action::create) {
      settled(kind, entry, Outcome::unchanged);
      return {};
    }
    auto found = namespaces_.ensure(entry.name, stop);
    if (found.ok()) {
      settled(kind, entry, *found == Namespaces::Found::created ? Outcome::created : Outcome::unchanged);
      return {};
    }
    if (is_end(found.error())) return std::move(found).error();
    if (judge_refusal(found.error()) != Refusal::final) {
      late_namespaces_.with([&](auto& late) { late.push_back({&kind, &entry, {.problem = found.error().message()}}); });
      return {};
    }
    lose_namespace(kind, entry, found.error().message());
    return {};
  }

  void lose_namespace(const PlannedKind& kind, const Entry& entry, const std::string& problem) {
    results_.error_general(problem);
    lost_namespaces_.with([&](auto& lost) { lost.insert(entry.name); });
    settled(kind, entry, Outcome::failed);
  }

  bool is_lost(const std::string& ns) {
    return lost_namespaces_.with([&](const auto& lost) { return lost.contains(ns); });
  }

  // True for errors after which going on is pointless: nobody answers, or nobody wants us to.
  bool is_end(const Error& error) const {
    return judge_refusal(error) == Refusal::fatal || error.code() == Code::corrupt || patience_.gave_up();
  }

  // ---- one kind ----

  // Objects that are not written: counted, and reported where somebody should know.
  void settle_unwritten(const PlannedKind& kind) {
    for (const Entry& entry : kind.entries) {
      const std::string& ns = request_.spec.mapped(entry.ns);
      if (entry.action == Action::differs) {
        results_.warn(
            ns, kind.section.kind + " \"" + entry.name + "\" exists and differs from the backup; it is left as it is");
        settled(kind, entry, Outcome::left_alone);
      } else if (entry.action == Action::skip) {
        if (entry.broken) results_.error(ns, described(kind, ns, entry.name) + " is not restored: " + entry.reason);
        settled(kind, entry, entry.broken ? Outcome::failed : Outcome::skipped);
      } else if (entry.action == Action::unchanged) {
        settled(kind, entry, Outcome::unchanged);
      } else if (is_written(entry) && is_lost(entry.ns)) {
        results_.error(ns, described(kind, ns, entry.name) + " is not restored: its namespace could not be made");
        settled(kind, entry, Outcome::failed);
      }
    }
  }

  Result<> write_kind(const PlannedKind& kind, std::stop_token stop) {
    std::unordered_map<std::string, const Entry*> wanted;
    for (const Entry& entry : kind.entries) {
      if (is_written(entry) && !is_lost(entry.ns)) wanted.emplace(entry.ns + "/" + entry.name, &entry);
    }
    if (wanted.empty()) return {};
    Channel<Job> queue(options_.queue_bytes);
    TaskGroup group(stop);
    group.start([&](std::stop_token inner) -> Result<> {
      auto read = read_jobs(kind, wanted, queue, inner);
      queue.close();
      return read;
    });
    for (std::size_t worker = 0; worker < std::min<std::size_t>(options_.workers, wanted.size()); ++worker) {
      group.start([&](std::stop_token inner) -> Result<> {
        while (auto job = queue.pop(inner)) TRY(attempt(kind, *job->entry, job->text, 0, inner));
        return {};
      });
    }
    TRY(group.join());
    if (stop.stop_requested()) return Error(Code::cancelled, "the restore was stopped");
    return {};
  }

  Result<> read_jobs(const PlannedKind& kind, const std::unordered_map<std::string, const Entry*>& wanted,
                     Channel<Job>& queue, std::stop_token stop) const {
    const auto push = [&](const Entry* entry, std::string text) -> Result<> {
      const std::size_t weight = text.size();
      if (!queue.push({entry, std::move(text)}, stop, weight)) return Error(Code::cancelled, "the restore was stopped");
      return {};
    };
    if (wanted.size() * kSparse < kind.section.objects) {
      for (const auto& [key, entry] : wanted) TRY(push(entry, TRY(read_one(kind, *entry, stop))));
      return {};
    }
    std::string key;
    const auto visit = [&](const archive::Record& record, std::string_view text) -> Result<> {
      key.assign(record.ns).append("/").append(record.name);
      const auto found = wanted.find(key);
      if (found == wanted.end()) return {};
      return push(found->second, std::string(text));
    };
    return archive_.read_all(kind.section, visit, stop);
  }

  Result<std::string> read_one(const PlannedKind& kind, const Entry& entry, std::stop_token stop) const {
    const auto record = TRY(archive_.find(kind.section, entry.ns, entry.name, stop));
    if (!record) return Error(Code::corrupt, described(kind, entry.ns, entry.name) + " is not in the archive any more");
    return archive_.read(kind.section, *record, stop);
  }

  Result<> attempt(const PlannedKind& kind, const Entry& entry, std::string_view text, unsigned pass,
                   std::stop_token stop) {
    WriteAttempt attempt = TRY(writer_.write(kind, entry, text, stop));
    const unsigned passes =
        attempt.refusal == Refusal::decision ? std::min(kDecisionPasses, options_.passes) : options_.passes;
    if (attempt.outcome == Outcome::put_off && pass < passes) {
      ++progress_.waiting;
      put_off_.with([&](auto& list) { list.push_back({&kind, &entry, std::move(attempt)}); });
      return {};
    }
    if (attempt.outcome == Outcome::put_off) attempt.outcome = Outcome::failed;
    if (attempt.outcome == Outcome::failed) results_.error(request_.spec.mapped(entry.ns), attempt.problem);
    settled(kind, entry, attempt.outcome);
    if (attempt.outcome == Outcome::created && kind.section.group_resource == kDefinitions) {
      new_definitions_.with([&](auto& names) { names.push_back(entry.name); });
    }
    return {};
  }

  void settled(const PlannedKind& kind, const Entry& entry, Outcome outcome) {
    const auto note = [&](std::atomic<std::uint64_t>& counter, std::string_view what) {
      ++counter;
      const bool is_namespace = kind.section.group_resource == "namespaces";
      Written written{kind.resource.api_version(), kind.section.kind, request_.spec.mapped(entry.ns),
                      is_namespace ? request_.spec.mapped(entry.name) : entry.name, what};
      written_.with([&](auto& list) { list.push_back(std::move(written)); });
    };
    switch (outcome) {
      case Outcome::created: note(progress_.created, "created"); break;
      case Outcome::updated: note(progress_.updated, "updated"); break;
      case Outcome::failed: note(progress_.failed, "failed"); break;
      case Outcome::left_alone: note(progress_.skipped, "failed"); break;
      case Outcome::unchanged: note(progress_.unchanged, "skipped"); break;
      default: note(progress_.skipped, "skipped"); break;
    }
    ++progress_.done;
  }

  // ---- definitions ----

  static bool is_established(const Json& definition) {
    bool established = false, accepted = false;
    for (const Json& condition : codec::array_member(codec::object_member(definition, "status"), "conditions")) {
      const bool holds = codec::text_member(condition, "status") == "True";
      established = established || (holds && codec::text_member(condition, "type") == "Established");
      accepted = accepted || (holds && codec::text_member(condition, "type") == "NamesAccepted");
    }
    return established && accepted;
  }

  // Custom resources need their definition served.
  Result<> await_definitions(std::stop_token stop) {
    kube::Resource resource;
    resource.group = "apiextensions.k8s.io";
    resource.version = "v1";
    resource.plural = "customresourcedefinitions";
    const Duration start = clock_.monotonic();
    for (const std::string& name : new_definitions_.with([](auto& names) { return std::move(names); })) {
      for (Duration wait = 50ms;; wait = std::min<Duration>(wait * 2, 2s)) {
        const auto text = patience_.over([&] { return cluster_.get(resource, "", name, stop); }, stop);
        if (!text.ok() && is_end(text.error())) return text.error().clone();
        const auto definition = text.ok() ? codec::parse_json(*text) : Result<Json>(text.error().clone());
        if (definition.ok() && is_established(*definition)) break;
        if (!definition.ok() || clock_.monotonic() - start > options_.definition_timeout) {
          results_.error("", "definition " + name + " is not established: " +
                                 (definition.ok() ? "no answer within " + format_duration(options_.definition_timeout)
                                                  : definition.error().message()));
          break;
        }
        if (!clock_.wait(wait, stop)) return Error(Code::cancelled, "stopped while waiting for definitions");
      }
    }
    return {};
  }

  // ---- later passes ----

  Result<> later_passes(std::stop_token stop) {
    Duration wait = 1s;
    for (unsigned pass = 1; pass <= options_.passes; ++pass, wait = std::min<Duration>(wait * 2, 30s)) {
      std::vector<PutOff> due = put_off_.with([](auto& list) { return std::exchange(list, {}); });
      std::vector<PutOff> late = late_namespaces_.with([](auto& list) { return std::exchange(list, {}); });
      if (due.empty() && late.empty()) return {};
      log_.info("trying refused objects again", {{"pass", pass}, {"objects", due.size()}});
      if (!clock_.wait(wait, stop)) return Error(Code::cancelled, "the restore was stopped");
      progress_.waiting = 0;
      for (const PutOff& item : late) TRY(ensure_namespace(*item.kind, *item.entry, stop));
      TRY(ensure_again(due, stop));
      const auto rank = [&](const PutOff& item) { return item.kind - plan_.kinds.data(); };
      std::stable_sort(due.begin(), due.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
      for (auto begin = due.begin(); begin != due.end();) {
        const auto end = std::find_if(begin, due.end(), [&](const auto& item) { return item.kind != begin->kind; });
        TRY(retry({begin, end}, pass, stop));
        if (begin->kind->section.group_resource == kDefinitions) TRY(await_definitions(stop));
        begin = end;
      }
    }
    for (const PutOff& item : late_namespaces_.with([](auto& list) { return std::exchange(list, {}); })) {
      lose_namespace(*item.kind, *item.entry, item.attempt.problem);
    }
    return {};
  }

  Result<> ensure_again(const std::vector<PutOff>& due, std::stop_token stop) {
    std::set<std::string> names;
    for (const PutOff& item : due) {
      if (item.attempt.about_namespace && !item.entry->ns.empty()) names.insert(item.entry->ns);
    }
    for (const std::string& name : names) {
      const auto found = namespaces_.ensure(name, stop);
      if (found.ok()) continue;
      if (is_end(found.error())) return found.error().clone();
      if (judge_refusal(found.error()) == Refusal::final) results_.error_general(found.error().message());
    }
    return {};
  }

  Result<> retry(std::span<const PutOff> items, unsigned pass, std::stop_token stop) {
    std::atomic<std::size_t> next{0};
    TaskGroup group(stop);
    for (std::size_t worker = 0; worker < std::min<std::size_t>(options_.workers, items.size()); ++worker) {
      group.start([&](std::stop_token inner) -> Result<> {
        for (std::size_t i; (i = next++) < items.size();) {
          if (inner.stop_requested()) return Error(Code::cancelled, "the restore was stopped");
          const std::string text = TRY(read_one(*items[i].kind, *items[i].entry, inner));
          TRY(attempt(*items[i].kind, *items[i].entry, text, pass, inner));
        }
        return {};
      });
    }
    return group.join();
  }

  const Plan& plan_;
  const Request& request_;
  const archive::Archive& archive_;
  Cluster& cluster_;
  Clock& clock_;
  const ApplyOptions& options_;
  backup::Results& results_;
  Progress& progress_;
  const Log& log_;
  ServerPatience patience_;
  Namespaces namespaces_;
  const Preparer preparer_;
  Writer writer_;
  Guarded<std::vector<Written>> written_;
  Guarded<std::vector<PutOff>> put_off_;
  Guarded<std::vector<PutOff>> late_namespaces_;
  Guarded<std::vector<std::string>> new_definitions_;
  Guarded<std::set<std::string>> lost_namespaces_;
};

}  // namespace

Result<std::vector<Written>> apply(const Plan& plan, const Request& request, const archive::Archive& archive,
                                   Cluster& cluster, Clock& clock, const ApplyOptions& options,
                                   backup::Results& results, Progress& progress, const Log& log, std::stop_token stop) {
  return Run(plan, request, archive, cluster, clock, options, results, progress, log).run(stop);
}

}  // namespace salvor::restore
