#include "restore/cluster.h"

namespace salvor::restore {
namespace {

class LiveCluster final : public Cluster {
 public:
  explicit LiveCluster(kube::Client& client) : client_(client) {}

  Result<kube::Discovery> discover(std::stop_token stop) override { return client_.discover(stop); }

  Result<> ping(std::stop_token stop) override {
    TRY(client_.version(stop));
    return {};
  }

  Result<> list(const kube::Resource& resource, std::string_view ns, const ItemSink& sink,
                std::stop_token stop) override {
    kube::ListOptions options;
    options.ns = ns;
    TRY(client_.list(resource, options, sink, stop));
    return {};
  }

  Result<std::string> get(const kube::Resource& resource, std::string_view ns, std::string_view name,
                          std::stop_token stop) override {
    return client_.get(resource, ns, name, stop);
  }

  Result<kube::Warnings> create(const kube::Resource& resource, std::string_view ns, std::string_view object,
                                std::stop_token stop) override {
    kube::Warnings warnings;
    TRY(client_.create(resource, ns, object, {.warnings = &warnings}, stop));
    return warnings;
  }

  Result<kube::Warnings> patch(const kube::Resource& resource, std::string_view ns, std::string_view name,
                               std::string_view merge_patch, std::stop_token stop) override {
    return merge(resource, ns, name, merge_patch, {}, stop);
  }

  Result<kube::Warnings> patch_status(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                      std::string_view merge_patch, std::stop_token stop) override {
    return merge(resource, ns, name, merge_patch, "status", stop);
  }

 private:
  Result<kube::Warnings> merge(const kube::Resource& resource, std::string_view ns, std::string_view name,
                               std::string_view merge_patch, const std::string& subresource, std::stop_token stop) {
    kube::Warnings warnings;
    const kube::WriteOptions options{.subresource = subresource, .warnings = &warnings};
    TRY(client_.patch(resource, ns, name, kube::PatchType::merge, merge_patch, options, stop));
    return warnings;
  }

  kube::Client& client_;
};

}  // namespace

std::unique_ptr<Cluster> make_cluster(kube::Client& client) { return std::make_unique<LiveCluster>(client); }

}  // namespace salvor::restore
