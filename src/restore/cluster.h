// Cluster: the little that a restore needs of a Kubernetes API.
//
// One implementation stands on kube::Client, the other (restore_testing.h) is an API server in memory whose refusals
// can be scripted. Objects travel as their JSON text. Errors carry the codes of kube/client.h. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kube/client.h"
#include "kube/discovery.h"

namespace salvor::restore {

class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual Result<kube::Discovery> discover(std::stop_token stop) = 0;
  // Answers when the API server answers, whatever state its parts are in.
  virtual Result<> ping(std::stop_token stop) = 0;

  using ItemSink = std::function<Result<>(std::string_view item)>;
  // Every object of the resource, in `ns` or everywhere when `ns` is empty.
  virtual Result<> list(const kube::Resource& resource, std::string_view ns, const ItemSink& sink,
                        std::stop_token stop) = 0;
  virtual Result<std::string> get(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                  std::stop_token stop) = 0;

  // Writes return what the API server had to say about them.
  virtual Result<kube::Warnings> create(const kube::Resource& resource, std::string_view ns, std::string_view object,
                                        std::stop_token stop) = 0;
  virtual Result<kube::Warnings> patch(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                       std::string_view merge_patch, std::stop_token stop) = 0;
  // Merge-patches the object's status through its own endpoint.
  virtual Result<kube::Warnings> patch_status(const kube::Resource& resource, std::string_view ns,
                                              std::string_view name, std::string_view merge_patch,
                                              std::stop_token stop) = 0;
};

std::unique_ptr<Cluster> make_cluster(kube::Client& client);

}  // namespace salvor::restore
