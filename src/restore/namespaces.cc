#include "restore/namespaces.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "codec/json_access.h"

namespace salvor::restore {

using namespace std::chrono_literals;

Namespaces::Namespaces(const Request& request, const archive::Archive& archive, Cluster& cluster, Clock& clock,
                       ServerPatience& patience, Duration terminating_timeout)
    : request_(request),
      archive_(archive),
      cluster_(cluster),
      clock_(clock),
      patience_(patience),
      timeout_(terminating_timeout) {
  resource_.version = "v1";
  resource_.plural = "namespaces";
  resource_.kind = "Namespace";
}

Result<Namespaces::Found> Namespaces::ensure(const std::string& name, std::stop_token stop) {
  const std::string& target = request_.spec.mapped(name);
  const std::string object = TRY(object_for(name, target, stop));
  for (int attempt = 0;; ++attempt) {
    auto created = patience_.over([&] { return cluster_.create(resource_, "", object, stop); }, stop);
    if (created.ok()) return Found::created;
    if (created.error().code() != Code::already_exists || attempt == 2) {
      return std::move(created).error().context("create namespace " + target);
    }
    if (TRY(stays(target, stop))) return Found::existed;
  }
}

Result<std::string> Namespaces::object_for(const std::string& name, const std::string& target,
                                           std::stop_token stop) const {
  Json metadata = {{"name", target}};
  Json object = {{"apiVersion", "v1"}, {"kind", "Namespace"}};
  for (const archive::Section& section : archive_.sections()) {
    if (section.group_resource != "namespaces") continue;
    const auto record = TRY(archive_.find(section, "", name, stop));
    if (!record) break;
    const auto saved = codec::parse_json(TRY(archive_.read(section, *record, stop)));
    if (!saved.ok()) break;
    for (const char* key : {"labels", "annotations"}) {
      if (const Json* map = codec::at(*saved, {"metadata", key})) metadata[key] = *map;
    }
    if (const Json* spec = codec::member(*saved, "spec")) object["spec"] = *spec;
    // The server sets this label to the namespace's own name and refuses another.
    if (Json* labels = codec::member(metadata, "labels"); labels != nullptr && labels->is_object()) {
      labels->erase("kubernetes.io/metadata.name");
    }
    break;
  }
  object["metadata"] = std::move(metadata);
  return codec::dump_json(object);
}

Result<bool> Namespaces::stays(const std::string& target, std::stop_token stop) {
  const Duration start = clock_.monotonic();
  for (Duration wait = 200ms;; wait = std::min<Duration>(wait * 2, 5s)) {
    auto text = patience_.over([&] { return cluster_.get(resource_, "", target, stop); }, stop);
    if (!text.ok() && text.error().code() == Code::not_found) return false;
    if (!text.ok()) return std::move(text).error().context("get namespace " + target);
    const Json live = TRY(codec::parse_json(*text));
    const bool leaves = codec::at(live, {"metadata", "deletionTimestamp"}) != nullptr ||
                        codec::text_at(live, {"status", "phase"}) == "Terminating";
    if (!leaves) return true;
    if (clock_.monotonic() - start > timeout_) {
      return Error(Code::already_exists,
                   "namespace " + target + " is still being deleted after " + format_duration(timeout_))
          .hint("See what holds it: kubectl get namespace " + target + " -o yaml, status.conditions.");
    }
    if (!clock_.wait(wait, stop))
      return Error(Code::cancelled, "stopped while namespace " + target + " was being deleted");
  }
}

}  // namespace salvor::restore
