// Twins for tests of a restore: an archive and an API server in memory.
//
// The server keeps objects as JSON and does the little that a restore depends on: uids and resource versions, lists in
// order, merge patches, namespaces that must exist, definitions that make kinds, a Service's clusterIP. Any call can be
// made to fail, once or many times, with the error that a real server gives.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "base/guarded.h"
#include "codec/json.h"
#include "restore/cluster.h"

namespace salvor::restore::testing {

class MemoryArchive final : public archive::Archive {
 public:
  // The section is made from the object's apiVersion, kind and namespace.
  void add(const Json& object);
  void add_text(const archive::Section& section, const std::string& ns, const std::string& name, std::string text);

  const std::vector<archive::Section>& sections() const override { return sections_; }
  bool has_index() const override { return true; }
  const std::string& why_no_index() const override {
    static const std::string none;
    return none;
  }
  Result<> records(const archive::Section& section, const std::function<Result<>(const archive::Record&)>& visit,
                   std::stop_token stop) const override;
  Result<std::optional<archive::Record>> find(const archive::Section& section, std::string_view ns,
                                              std::string_view name, std::stop_token stop) const override;
  Result<std::string> read(const archive::Section& section, const archive::Record& record,
                           std::stop_token stop) const override;
  Result<> read_all(const archive::Section& section,
                    const std::function<Result<>(const archive::Record&, std::string_view)>& visit,
                    std::stop_token stop) const override;
  Result<Verified> verify(const std::function<void(const std::string&)>&,
                          const std::function<void(std::uint64_t, std::uint64_t)>&, std::stop_token) const override;

 private:
  using Objects = std::map<std::pair<std::string, std::string>, std::string>;
  const Objects& objects(const archive::Section& section) const;
  std::vector<archive::Section> sections_;
  std::map<std::string, Objects> objects_;  // by group resource
};

class MemoryCluster final : public Cluster {
 public:
  MemoryCluster();

  // Which resource an object belongs to; built-in kinds and those of definitions that were put.
  const kube::Resource* resource_of(const Json& object) const;
  // Puts an object as the server would hold it. Makes its namespace.
  void put(Json object);
  void erase(const std::string& group_resource, const std::string& ns, const std::string& name);
  // The object, null when there is none.
  Json object(const std::string& group_resource, const std::string& ns, const std::string& name) const;
  std::size_t size() const;
  // Marks a namespace as being deleted; it and its objects are gone after so many more looks at it.
  void terminate(const std::string& ns, int looks);

  // Called before every request with its verb ("list", "get", "create", "patch", "patch_status", "ping", "discover"),
  // group resource, namespace and name; an Error is the request's answer.
  using Fault = std::function<std::optional<Error>(std::string_view verb, std::string_view group_resource,
                                                   std::string_view ns, std::string_view name)>;
  void set_fault(Fault fault);
  // What every write is answered with beside its success.
  void set_warnings(kube::Warnings warnings);
  // Requests so far, by verb.
  std::map<std::string, int> requests() const;

  Result<kube::Discovery> discover(std::stop_token stop) override;
  Result<> ping(std::stop_token stop) override;
  Result<> list(const kube::Resource& resource, std::string_view ns, const ItemSink& sink,
                std::stop_token stop) override;
  Result<std::string> get(const kube::Resource& resource, std::string_view ns, std::string_view name,
                          std::stop_token stop) override;
  Result<kube::Warnings> create(const kube::Resource& resource, std::string_view ns, std::string_view object,
                                std::stop_token stop) override;
  Result<kube::Warnings> patch(const kube::Resource& resource, std::string_view ns, std::string_view name,
                               std::string_view merge_patch, std::stop_token stop) override;
  Result<kube::Warnings> patch_status(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                      std::string_view merge_patch, std::stop_token stop) override;

 private:
  using Key = std::pair<std::string, std::string>;
  struct State {
    std::vector<kube::Resource> resources;
    std::map<std::string, std::map<Key, Json>> objects;
    std::map<std::string, int> looks_left;  // of namespaces on their way out
    std::map<std::string, int> requests;
    int next_version = 1;
    Fault fault;
    kube::Warnings warnings;
  };
  Result<> before(State& state, std::string_view verb, const kube::Resource& resource, std::string_view ns,
                  std::string_view name) const;
  Json stored(State& state, const kube::Resource& resource, Json object) const;
  static void look(State& state, const std::string& ns);
  Result<kube::Warnings> change(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                std::string_view verb, std::string_view merge_patch);

  mutable Guarded<State> state_;
};

// An object: make("v1", "Secret", "team", "db", {{"data", ...}}).
Json make(const std::string& api_version, const std::string& kind, const std::string& ns, const std::string& name,
          Json members = Json::object());

}  // namespace salvor::restore::testing
