// Collector: acts on a backup's plan. Reads what the plan lists, by several threads at once, and puts what the ledger
// takes into the archive; then what those objects need; then their namespaces.
//
// What cannot be read is an error in the results and the backup goes on, so that one forbidden kind does not cost all
// the others. Only three things end it: the archive cannot be written, the server is gone for good, or a stop.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "backup/ledger.h"
#include "backup/plan.h"
#include "backup/progress.h"
#include "backup/results.h"
#include "backup/volume_info.h"
#include "base/log.h"
#include "kube/client.h"

namespace salvor::backup {

struct CollectOptions {
  unsigned threads = 4;          // LISTs at the same time
  std::uint32_t page_limit = 0;  // 0: adaptive
};

class Collector {
 public:
  // Everything passed in must outlive the collector.
  Collector(kube::Client& client, const Plan& plan, Ledger& ledger, archive::Writer& writer, VolumeInfo& volumes,
            Results& results, Progress& progress, Log log, CollectOptions options);

  Result<> run(std::stop_token stop);

 private:
  struct Unit {
    const Listing* listing;
    std::string ns;
    std::size_t selector;
  };
  class Worker;

  std::vector<Unit> units() const;
  Result<> read_listings(std::stop_token stop);
  Result<> read_first(const Listing& listing, Worker& worker, std::stop_token stop);
  Result<> read_unit(const Unit& unit, Worker& worker, std::stop_token stop);
  Result<> read_related(std::stop_token stop);
  Result<> read_kind(const std::vector<Wanted>& wanted, Worker& worker, std::stop_token stop);
  Result<> read_many(const kube::Resource& resource, const std::vector<Wanted>& wanted, Worker& worker,
                     std::stop_token stop);
  Result<> missing(const Wanted& item, Error error, std::stop_token stop);
  Result<> object_error(const kube::Resource& resource, const kube::ObjectHead& head, const Error& error);
  // Records a failed call and decides whether the backup can go on.
  Result<> survive(std::string_view ns, Error error, std::stop_token stop);

  kube::Client& client_;
  const Plan& plan_;
  Ledger& ledger_;
  archive::Writer& writer_;
  VolumeInfo& volumes_;
  Results& results_;
  Progress& progress_;
  Log log_;
  const CollectOptions options_;
};

}  // namespace salvor::backup
