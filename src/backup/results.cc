#include "backup/results.h"

#include <nlohmann/json.hpp>

namespace salvor::backup {

void Results::add(Guarded<Bucket>& to, std::string_view ns, std::string message) {
  to.with([&](Bucket& bucket) {
    if (++bucket.count > kMostMessages) return;
    std::vector<std::string>& list = ns.empty() ? bucket.cluster : bucket.namespaces[std::string(ns)];
    list.push_back(std::move(message));
  });
}

void Results::add_general(Guarded<Bucket>& to, std::string message) {
  to.with([&](Bucket& bucket) {
    ++bucket.count;
    bucket.general.push_back(std::move(message));
  });
}

void Results::warn(std::string_view ns, std::string message) {
  ns.empty() ? log_.warning(message) : log_.warning(message, {{"namespace", ns}});
  add(warnings_, ns, std::move(message));
}

void Results::error(std::string_view ns, std::string message) {
  ns.empty() ? log_.error(message) : log_.error(message, {{"namespace", ns}});
  add(errors_, ns, std::move(message));
}

void Results::warn_general(std::string message) {
  log_.warning(message);
  add_general(warnings_, std::move(message));
}

void Results::error_general(std::string message) {
  log_.error(message);
  add_general(errors_, std::move(message));
}

std::uint64_t Results::warnings() const {
  return warnings_.with([](const Bucket& b) { return b.count; });
}
std::uint64_t Results::errors() const {
  return errors_.with([](const Bucket& b) { return b.count; });
}

Json Results::bucket_json(const Guarded<Bucket>& from) {
  return from.with([](const Bucket& bucket) {
    Json out = Json::object();
    std::vector<std::string> general = bucket.general;
    if (bucket.count > kMostMessages) {
      general.push_back(std::to_string(bucket.count - kMostMessages) + " more messages are not listed; see the log");
    }
    if (!general.empty()) out["velero"] = general;
    if (!bucket.cluster.empty()) out["cluster"] = bucket.cluster;
    if (!bucket.namespaces.empty()) out["namespaces"] = bucket.namespaces;
    return out;
  });
}

Json Results::to_json() const { return Json{{"warnings", bucket_json(warnings_)}, {"errors", bucket_json(errors_)}}; }

}  // namespace salvor::backup
