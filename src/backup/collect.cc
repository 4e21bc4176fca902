#include "backup/collect.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "base/task_group.h"

namespace salvor::backup {

namespace {

// More objects than this of one kind are read by one LIST instead of one GET each.
constexpr std::size_t kMostGets = 32;

std::string where(const kube::Resource& resource, std::string_view ns) {
  return resource.group_resource() + (ns.empty() ? "" : " in " + std::string(ns));
}

std::string object_name(const kube::Resource& resource, const kube::ObjectHead& head) {
  return resource.group_resource() + " " + (head.ns.empty() ? "" : head.ns + "/") + head.name;
}

archive::Section section_of(const kube::Resource& resource) {
  return {resource.group_resource(), resource.version, resource.kind, resource.preferred, resource.namespaced, 0};
}

// "ns/name" or "name", as orderedResources writes it.
std::pair<std::string, std::string> split_name(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {"", text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace

// What one thread needs to take objects: its lane into the archive and reusable buffers.
class Collector::Worker {
 public:
  explicit Worker(Collector& owner) : owner_(owner), lane_(owner.writer_.lane()) {}

  kube::HeadReader& heads() { return heads_; }
  Result<> flush() { return lane_->flush(); }

  // Writes the object if it was taken. An Error ends the backup; what is wrong with one object is only recorded.
  Result<> put(const kube::Resource& resource, const kube::ObjectHead& head, std::string_view text, Result<Seen> seen) {
    if (!seen.ok()) return owner_.object_error(resource, head, seen.error());
    if (!seen->take) {
      owner_.log_.debug("skipped", {{"object", object_name(resource, head)}, {"reason", seen->reason}});
      return {};
    }
    const std::string_view stored = with_type(resource, head, seen->stored ? *seen->stored : text);
    if (Result<> noted = owner_.volumes_.note(resource, head, stored); !noted.ok()) {
      return owner_.object_error(resource, head, noted.error());
    }
    Result<> added = lane_->add(section_of(resource), head.ns, head.name, stored);
    if (!added.ok() && added.error().code() == Code::invalid) return owner_.object_error(resource, head, added.error());
    if (added.ok()) {
      owner_.progress_.items.fetch_add(1, std::memory_order_relaxed);
      owner_.progress_.bytes.fetch_add(stored.size(), std::memory_order_relaxed);
    }
    return added;
  }

 private:
  // Items of a list of built-in kinds come without apiVersion and kind; a stored object has both.
  std::string_view with_type(const kube::Resource& resource, const kube::ObjectHead& head, std::string_view text) {
    if (!head.kind.empty() && !head.api_version.empty()) return text;
    buffer_ = "{\"apiVersion\":\"" + resource.api_version() + "\",\"kind\":\"" + resource.kind + "\",";
    buffer_ += text.substr(text.find('{') + 1);
    return buffer_;
  }

  Collector& owner_;
  std::unique_ptr<archive::Writer::Lane> lane_;
  kube::HeadReader heads_;
  std::string buffer_;
};

Collector::Collector(kube::Client& client, const Plan& plan, Ledger& ledger, archive::Writer& writer,
                     VolumeInfo& volumes, Results& results, Progress& progress, Log log, CollectOptions options)
    : client_(client),
      plan_(plan),
      ledger_(ledger),
      writer_(writer),
      volumes_(volumes),
      results_(results),
      progress_(progress),
      log_(std::move(log)),
      options_(options) {}

Result<> Collector::object_error(const kube::Resource& resource, const kube::ObjectHead& head, const Error& error) {
  results_.error(head.ns, object_name(resource, head) + ": " + error.message());
  return {};
}

Result<> Collector::survive(std::string_view ns, Error error, std::stop_token stop) {
  if (stop.stop_requested() || error.code() == Code::cancelled) return error;
  if (error.code() == Code::unavailable || error.code() == Code::deadline) {
    if (Result<kube::ServerVersion> alive = client_.version(stop); !alive.ok()) {
      return std::move(alive).error().context("the API server stopped answering");
    }
  }
  results_.error(ns, error.message());
  return {};
}

Result<> Collector::run(std::stop_token stop) {
  TRY(read_listings(stop));
  TRY(read_related(stop));
  if (!plan_.namespaces_listing) return {};
  Worker worker(*this);
  TRY(read_unit({&*plan_.namespaces_listing, "", 0}, worker, stop));
  return worker.flush();
}

std::vector<Collector::Unit> Collector::units() const {
  std::vector<Unit> units;
  for (const Listing& listing : plan_.listings) {
    for (const std::string& ns : listing.namespaces) {
      const std::size_t selectors = std::max<std::size_t>(listing.selectors.size(), 1);
      for (std::size_t selector = 0; selector < selectors; ++selector) units.push_back({&listing, ns, selector});
    }
  }
  return units;
}

Result<> Collector::read_listings(std::stop_token stop) {
  const std::vector<Unit> units = this->units();
  progress_.steps_total = units.size() + 1;
  {
    Worker worker(*this);
    for (const Listing& listing : plan_.listings) TRY(read_first(listing, worker, stop));
    TRY(worker.flush());
  }
  std::atomic<std::size_t> next{0};
  TaskGroup group(stop);
  const std::size_t threads =
      std::min<std::size_t>(std::max(options_.threads, 1u), std::max<std::size_t>(units.size(), 1));
  for (std::size_t i = 0; i < threads; ++i) {
    group.start([&](std::stop_token token) -> Result<> {
      Worker worker(*this);
      for (std::size_t at; (at = next.fetch_add(1)) < units.size();) {
        TRY(read_unit(units[at], worker, token));
        progress_.steps.fetch_add(1);
      }
      return worker.flush();
    });
  }
  return group.join();
}

Result<> Collector::read_unit(const Unit& unit, Worker& worker, std::stop_token stop) {
  const kube::Resource& resource = unit.listing->resource;
  progress_.now(where(resource, unit.ns));
  kube::ListOptions options{.ns = unit.ns, .page_limit = options_.page_limit};
  if (!unit.listing->selectors.empty()) options.label_selector = to_string(unit.listing->selectors[unit.selector]);
  bool archive_failed = false;
  Result<kube::ListEnd> end = client_.list(
      resource, options,
      [&](std::string_view item) -> Result<> {
        Result<kube::ObjectHead> head = worker.heads().read(item);
        if (!head.ok()) {
          results_.error(unit.ns, where(resource, unit.ns) + ": an object cannot be read: " + head.error().message());
          return {};
        }
        Result<> put = worker.put(resource, *head, item, ledger_.see(*unit.listing, *head, item, unit.selector));
        archive_failed = !put.ok();
        return put;
      },
      stop);
  if (!end.ok()) {
    if (archive_failed) return std::move(end).error();
    return survive(unit.ns, std::move(end).error(), stop);
  }
  if (!end->one_snapshot) {
    results_.warn(unit.ns,
                  where(resource, unit.ns) +
                      ": read in more than one snapshot, because reading took longer than the server keeps one");
  }
  log_.info("listed", {{"resource", resource.group_resource()},
                       {"namespace", unit.ns},
                       {"objects", end->items},
                       {"resource_version", end->resource_version}});
  return {};
}

Result<> Collector::read_first(const Listing& listing, Worker& worker, std::stop_token stop) {
  for (const std::string& text : listing.first) {
    const auto [ns, name] = split_name(text);
    Result<std::string> object = client_.get(listing.resource, ns, name, stop);
    if (!object.ok() && object.error().code() == Code::not_found) {  // as in Velero: an order, not a promise
      results_.warn_general("orderedResources: there is no " + listing.resource.group_resource() + " " + text);
      continue;
    }
    if (!object.ok()) {
      TRY(survive(ns, std::move(object).error(), stop));
      continue;
    }
    const kube::ObjectHead head = TRY(worker.heads().read(*object));
    TRY(worker.put(listing.resource, head, *object, ledger_.see_first(listing, head, *object)));
  }
  return {};
}

Result<> Collector::read_related(std::stop_token stop) {
  Worker worker(*this);
  for (;;) {
    const std::vector<Wanted> wanted = ledger_.take_wanted();
    if (wanted.empty()) break;
    std::map<std::string, std::vector<Wanted>> by_kind;
    for (const Wanted& item : wanted) by_kind[item.ref.group_resource].push_back(item);
    for (const auto& [kind, items] : by_kind) TRY(read_kind(items, worker, stop));
  }
  progress_.steps.fetch_add(1);
  return worker.flush();
}

Result<> Collector::read_kind(const std::vector<Wanted>& wanted, Worker& worker, std::stop_token stop) {
  const kube::Resource* resource = wanted.front().resource;
  if (!resource) return {};
  progress_.now(resource->group_resource() + " that others need");
  if (wanted.size() > kMostGets) return read_many(*resource, wanted, worker, stop);
  for (const Wanted& item : wanted) {
    Result<std::string> object = client_.get(*resource, item.ref.ns, item.ref.name, stop);
    if (!object.ok()) {
      TRY(missing(item, std::move(object).error(), stop));
      continue;
    }
    const kube::ObjectHead head = TRY(worker.heads().read(*object));
    TRY(worker.put(*resource, head, *object, ledger_.see_related(item, head, *object)));
  }
  return {};
}

Result<> Collector::read_many(const kube::Resource& resource, const std::vector<Wanted>& wanted, Worker& worker,
                              std::stop_token stop) {
  std::map<ObjectRef, const Wanted*> missing_items;
  for (const Wanted& item : wanted) missing_items.emplace(item.ref, &item);
  bool archive_failed = false;
  Result<kube::ListEnd> end = client_.list(
      resource, {},
      [&](std::string_view text) -> Result<> {
        const kube::ObjectHead head = TRY(worker.heads().read(text));
        const auto found = missing_items.find({resource.group_resource(), head.ns, head.name});
        if (found == missing_items.end()) return {};
        Result<> put = worker.put(resource, head, text, ledger_.see_related(*found->second, head, text));
        missing_items.erase(found);
        archive_failed = !put.ok();
        return put;
      },
      stop);
  if (!end.ok() && archive_failed) return std::move(end).error();
  if (!end.ok()) return survive("", std::move(end).error(), stop);
  for (const auto& [ref, item] : missing_items) {
    TRY(missing(*item, Error(Code::not_found, where(resource, ref.ns) + ": " + ref.name + " not found"), stop));
  }
  return {};
}

Result<> Collector::missing(const Wanted& item, Error error, std::stop_token stop) {
  if (error.code() != Code::not_found) return survive(item.ref.ns, std::move(error), stop);
  if (item.may_be_missing) return {};
  results_.warn(item.ref.ns, error.message() + " (" + item.why + ")");
  return {};
}

}  // namespace salvor::backup
