// Results: the warnings and errors of a backup or a restore, as Velero stores them in <name>-results.gz.
//
//   {"errors":{"velero":[..],"cluster":[..],"namespaces":{"team":[..]}},"warnings":{...}}
//
// Each message is logged as well, so that the log has them in the order of time, and those that are too many for here:
// messages are bounded in number so that a cluster where everything fails cannot exhaust memory; what is left out is
// counted and said. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "codec/json.h"

namespace salvor::backup {

class Results {
 public:
  // `log`: the one that is kept in the location. Whoever runs this shows the results themselves at the end.
  explicit Results(Log log) : log_(std::move(log)) {}

  // `ns` empty: about the cluster's own objects. `general`: about the run itself ("velero" in the file).
  void warn(std::string_view ns, std::string message);
  void warn_general(std::string message);
  void error(std::string_view ns, std::string message);
  void error_general(std::string message);

  std::uint64_t warnings() const;
  std::uint64_t errors() const;
  Json to_json() const;

 private:
  struct Bucket {
    std::vector<std::string> general, cluster;
    std::map<std::string, std::vector<std::string>, std::less<>> namespaces;
    std::uint64_t count = 0;
  };
  static constexpr std::uint64_t kMostMessages = 20'000;
  static void add(Guarded<Bucket>& to, std::string_view ns, std::string message);
  static void add_general(Guarded<Bucket>& to, std::string message);
  static Json bucket_json(const Guarded<Bucket>& from);

  const Log log_;
  Guarded<Bucket> warnings_, errors_;
};

}  // namespace salvor::backup
