// The archive is read by one thread and the live objects are listed by another. Both go through the names in nearly the
// same order, so most live objects find their counterpart waiting. One that does not is parked until the reader has got
// there; what was never found in the archive is an extra.
#include "restore/plan_kind.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <unordered_map>

#include "codec/json_access.h"
#include "restore/judge.h"

namespace salvor::restore {
namespace {

using archive::Record;

// Up to this many namespaces are listed one by one, unless they are half of all; beyond, one LIST is cheaper than many.
constexpr std::size_t kSingleLists = 8;
// Fewer objects are not worth a thread.
constexpr std::uint64_t kWorthAThread = 500;
constexpr std::size_t kMostParkedBytes = 4 << 20;
constexpr std::size_t kReportEvery = 128;  // objects, from the reader to who waits for it

std::string key(std::string_view ns, std::string_view name) {
  std::string text(ns);
  text += '/';
  return text += name;
}

class KindPlanner {
 public:
  KindPlanner(const Ground& ground, Digester digester, const ScopedKind& kind, PlannedKind& out)
      : ground_(ground),
        archive_digester_(digester.twin()),
        live_digester_(std::move(digester)),
        kind_(kind),
        name_(kind.section.group_resource),
        out_(out) {}

  Result<> run() {
    if (kind_.section.objects >= kWorthAThread && kind_.served) {
      TRY(read_both());
    } else {
      TRY(read_archive(ground_.stop));
      archive_done_ = true;  // no other thread yet
      if (kind_.served) TRY(read_live());
    }
    out_.entries.insert(out_.entries.end(), std::make_move_iterator(extras_.begin()),
                        std::make_move_iterator(extras_.end()));
    std::sort(out_.entries.begin(), out_.entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.ns, a.name, a.action) < std::tie(b.ns, b.name, b.action);
    });
    return {};
  }

 private:
  struct Known {
    std::uint32_t entry = 0;
    Digest digest{};
  };
  // What the archive holds under a live object's name.
  struct Counterpart {
    std::optional<Known> known;
    std::optional<std::size_t> skipped;
    bool settled = false;  // false: the archive has not been read far enough to tell
  };
  // A live object whose counterpart is still to come.
  struct Parked {
    std::string key, text;
  };

  // --- the archive's side -------------------------------------------------------------------------------------------

  Result<> read_archive(std::stop_token stop) {
    if (kind_.section.objects == 0) return {};
    const auto visit = [&](const Record& record, std::string_view text) -> Result<> {
      auto included = ground_.scope.includes(kind_, record.ns, record.name, text);
      if (included.ok() && !*included) return {};
      Entry entry{.ns = record.ns, .name = record.name};
      auto known =
          included.ok() ? digest_of(text, entry) : Result<std::pair<std::string, Digest>>(included.error().clone());
      take(std::move(entry), std::move(known));
      return {};
    };
    return ground_.archive.read_all(kind_.section, visit, stop);
  }

  void take(Entry entry, Result<std::pair<std::string, Digest>> known) {
    std::lock_guard hold(mutex_);
    if (!known.ok()) {
      entry.action = Action::skip;
      entry.reason = known.error().message();
      entry.broken = true;
    } else if (entry.action == Action::create) {
      known_.emplace(std::move(known->first), Known{static_cast<std::uint32_t>(out_.entries.size()), known->second});
      if (!kind_.served && !kind_.defined_here) {
        entry.action = Action::skip;
        entry.reason = "the cluster does not offer " + name_ + " in version " + kind_.section.version;
        entry.broken = true;
      }
    }
    if (entry.action == Action::skip) {
      skipped_.emplace(key(ground_.request.spec.mapped(entry.ns), entry.name), out_.entries.size());
    }
    out_.entries.push_back(std::move(entry));
    if (out_.entries.size() % kReportEvery == 0) read_on_.notify_one();
  }

  // Where the object goes, and its digest; sets the entry to skip when the rules say so.
  Result<std::pair<std::string, Digest>> digest_of(std::string_view text, Entry& entry) {
    if (ground_.preparer.is_plain(name_, text)) {
      Digester::FromText found = TRY(archive_digester_.of(text));
      if (found.name != entry.name || found.ns != entry.ns) return other_object(found.ns, found.name);
      return std::pair(key(ground_.request.spec.mapped(entry.ns), entry.name), found.digest);
    }
    Prepared prepared = TRY(ground_.preparer.prepare(name_, entry.ns, entry.name, text));
    if (prepared.skip) {
      entry.action = Action::skip;
      entry.reason = *prepared.skip;
      return std::pair(std::string(), Digest{});
    }
    if (!prepared.errors.empty()) entry.reason = prepared.errors.front().message();
    normalise_account(prepared);
    const Json& metadata = prepared.object["metadata"];
    std::string where = key(codec::text_member(metadata, "namespace"), codec::text_member(metadata, "name"));
    normalise(prepared.object, name_);
    return std::pair(std::move(where), archive_digester_.of(prepared.object));
  }

  // A ServiceAccount is merged with the live one and a status may have to be written: no digest answers that.
  void normalise_account(Prepared& prepared) const {
    if (name_ == "serviceaccounts" || !prepared.status.is_null()) prepared.object["$judge"] = true;
  }

  // --- the live side ------------------------------------------------------------------------------------------------

  Result<> read_both() {
    Result<> archived;
    std::jthread reader([&](std::stop_token stop) {
      archived = read_archive(std::move(stop));
      std::lock_guard hold(mutex_);
      archive_done_ = true;
      read_on_.notify_one();
    });
    const std::stop_callback follow(ground_.stop, [&] { reader.request_stop(); });
    Result<> live = read_live();
    if (!live.ok()) {
      reader.request_stop();
      return live;
    }
    reader.join();
    TRY(std::move(archived));
    return settle_parked();
  }

  Result<> read_live() {
    const auto visit = [this](std::string_view text) { return meet(text); };
    const auto note = [this](Result<> listed) -> Result<> {
      if (listed.ok()) return {};
      const Code code = listed.error().code();
      if (code == Code::cancelled || code == Code::unauthenticated || failure_) return std::move(listed).error();
      ground_.unknowns.with([&](auto& unknowns) {
        unknowns.push_back(name_ + " cannot be listed, what exists of them is not known: " + listed.error().message());
      });
      return {};
    };
    const std::set<std::string>& targets = ground_.live_targets;
    if (!kind_.section.namespaced) return note(ground_.cluster.list(kind_.resource, "", visit, ground_.stop));
    if (targets.size() > kSingleLists || 2 * targets.size() > ground_.live_namespaces) {
      Result<> listed = ground_.cluster.list(kind_.resource, "", visit, ground_.stop);
      if (listed.ok() || listed.error().code() != Code::denied || failure_) return note(std::move(listed));
    }
    for (const std::string& ns : targets) TRY(note(ground_.cluster.list(kind_.resource, ns, visit, ground_.stop)));
    return {};
  }

  // A live object: does the backup have it, and is it the same?
  Result<> meet(std::string_view live) {
    Digester::FromText found = TRY(failing(live_digester_.of(live)));
    if (kind_.section.namespaced && !ground_.live_targets.contains(found.ns)) return {};
    std::string where = key(found.ns, found.name);
    const Counterpart counterpart = counterpart_of(where);
    if (counterpart.settled) return failing(settle(live, found, counterpart));
    parked_bytes_ += where.size() + live.size();
    parked_.push_back({std::move(where), std::string(live)});
    if (parked_bytes_ > kMostParkedBytes) TRY(failing(settle_some()));
    return {};
  }

  Counterpart counterpart_of(const std::string& where) const {
    std::lock_guard hold(mutex_);
    return look_up(where);
  }
  Counterpart look_up(const std::string& where) const {
    Counterpart found;
    if (const auto known = known_.find(where); known != known_.end()) found.known = known->second;
    if (const auto skipped = skipped_.find(where); skipped != skipped_.end()) found.skipped = skipped->second;
    found.settled = found.known || found.skipped || archive_done_;
    return found;
  }

  // Waits for the reader until at least one parked object can be settled.
  Result<> settle_some() {
    {
      std::unique_lock hold(mutex_);
      read_on_.wait(hold, [&] {
        return std::ranges::any_of(parked_, [&](const Parked& one) { return look_up(one.key).settled; });
      });
    }
    return settle_parked();
  }

  // Settles what can be settled now.
  Result<> settle_parked() {
    std::vector<Parked> waiting;
    parked_bytes_ = 0;
    for (Parked& one : std::exchange(parked_, {})) {
      const Counterpart counterpart = counterpart_of(one.key);
      if (counterpart.settled) {
        Digester::FromText found = TRY(live_digester_.of(one.text));
        TRY(settle(one.text, found, counterpart));
      } else {
        parked_bytes_ += one.key.size() + one.text.size();
        waiting.push_back(std::move(one));
      }
    }
    parked_ = std::move(waiting);
    return {};
  }

  Result<> settle(std::string_view live, Digester::FromText& found, const Counterpart& counterpart) {
    if (!counterpart.known) {
      if (!counterpart.skipped) return meet_extra(live, found);
      std::lock_guard hold(mutex_);
      out_.entries[*counterpart.skipped].exists = true;
      return {};
    }
    if (!ground_.preparer.is_plain(name_, live)) {
      Json object = TRY(ground_.preparer.comparable(name_, live));
      normalise(object, name_);
      found.digest = live_digester_.of(object);
    }
    const bool labelled = ground_.request.spec.policy() == ExistingPolicy::none ||
                          (found.backup_label == label_value(ground_.request.spec.backup) &&
                           found.restore_label == label_value(ground_.request.name));
    const std::uint32_t at = counterpart.known->entry;
    if (found.digest == counterpart.known->digest) {
      std::lock_guard hold(mutex_);
      out_.entries[at].action = labelled ? Action::unchanged : Action::update;
      if (!labelled) out_.entries[at].reason = kOnlyLabels;  // as judge() words it
      return {};
    }
    return look_closer(at, live);
  }

  Result<> look_closer(std::uint32_t at, std::string_view live) {
    const auto [ns, name] = [&] {
      std::lock_guard hold(mutex_);
      return std::pair(out_.entries[at].ns, out_.entries[at].name);
    }();
    const auto record = TRY(ground_.archive.find(kind_.section, ns, name, ground_.stop));
    if (!record) return Error(Code::corrupt, name_ + " " + key(ns, name) + " vanished from the archive");
    const std::string text = TRY(ground_.archive.read(kind_.section, *record, ground_.stop));
    const Prepared prepared = TRY(ground_.preparer.prepare(name_, ns, name, text));
    Verdict verdict = TRY(judge(ground_.preparer, ground_.request, name_, prepared, live));
    std::lock_guard hold(mutex_);
    Entry& entry = out_.entries[at];
    entry.action = verdict.action;
    entry.reason = std::move(verdict.reason);
    entry.changes = std::move(verdict.changes);
    return {};
  }

  Result<> meet_extra(std::string_view live, const Digester::FromText& found) {
    if (!ground_.list_extras || !ground_.scope.includes_live(kind_.resource)) return {};
    if (ground_.scope.has_selectors() && !ground_.scope.labels_fit(TRY(codec::parse_json(live)))) return {};
    // The API server makes and keeps its own roles and bindings, marked with this label.
    const bool bootstrapped = live.find("\"kubernetes.io/bootstrapping\"") != std::string_view::npos;
    if (found.controlled || bootstrapped) {
      ++out_.owned_extras;
    } else {
      extras_.push_back({.ns = found.ns, .name = found.name, .action = Action::extra});
    }
    return {};
  }

  // Marks errors that are ours, not the LIST's: those end the plan.
  template <class T>
  Result<T> failing(Result<T> result) {
    if (!result.ok()) failure_ = true;
    return result;
  }

  const Ground& ground_;
  Digester archive_digester_, live_digester_;
  const ScopedKind& kind_;
  const std::string name_;
  PlannedKind& out_;

  // Of the thread that lists.
  std::vector<Entry> extras_;
  std::vector<Parked> parked_;
  std::size_t parked_bytes_ = 0;
  bool failure_ = false;

  mutable std::mutex mutex_;  // guards what follows, and out_.entries
  std::condition_variable read_on_;
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, std::size_t> skipped_;  // the entry of each
  bool archive_done_ = false;
};

}  // namespace

Result<> plan_kind(const Ground& ground, Digester digester, const ScopedKind& kind, PlannedKind& out) {
  return KindPlanner(ground, std::move(digester), kind, out).run();
}

}  // namespace salvor::restore
