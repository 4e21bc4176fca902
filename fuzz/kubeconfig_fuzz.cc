// Any text as a kubeconfig: it is refused or read, and what was read can be merged, chosen from and written as YAML
// that reads back the same.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.h"
#include "codec/yaml.h"
#include "kube/exec_plugin.h"
#include "kube/kubeconfig.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto document = codec::parse_yaml(text, {.max_depth = 64, .max_values = 20'000}); document.ok()) {
    const auto again = codec::parse_yaml(codec::dump_yaml(*document));
    CHECK(again.ok() && *again == *document);
  }
  if (auto config = kube::parse_kubeconfig(text, "/etc/kubeconfig"); config.ok()) {
    kube::Kubeconfig all;
    kube::merge_kubeconfig(all, std::move(*config));
    for (const auto& [name, context] : all.contexts) (void)kube::choose_context(all, name).ok();
  }
  (void)kube::parse_exec_credential(text, "client.authentication.k8s.io/v1").ok();
  return 0;
}
