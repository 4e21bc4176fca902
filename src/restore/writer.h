// Writer: brings one object into the cluster.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "backup/results.h"
#include "restore/apply.h"
#include "restore/judge.h"
#include "restore/patience.h"

namespace salvor::restore {

enum class Outcome { created, updated, unchanged, left_alone, skipped, failed, put_off };

struct WriteAttempt {
  Outcome outcome = Outcome::failed;
  std::string problem;               // why it failed or was put off
  Refusal refusal = Refusal::final;  // for put_off: how long to go on
  bool about_namespace = false;      // the namespace has to be made sure of first
};

// Thread-safe.
class Writer {
 public:
  Writer(const Request& request, const Preparer& preparer, Cluster& cluster, ServerPatience& patience,
         const ApplyOptions& options, backup::Results& results)
      : request_(request),
        preparer_(preparer),
        cluster_(cluster),
        patience_(patience),
        options_(options),
        results_(results) {}

  // Writes the object with this text, or says why not. Warnings go to the results; the problem of an attempt that
  // failed is left to the caller, who may try again. The returned Error ends the restore.
  Result<WriteAttempt> write(const PlannedKind& kind, const Entry& entry, std::string_view text, std::stop_token stop);

 private:
  struct Item;
  std::string text_to_create(Prepared& prepared) const;
  Result<WriteAttempt> create(const Item& item, std::stop_token stop);
  Result<WriteAttempt> meet_existing(const Item& item, std::stop_token stop);
  Result<WriteAttempt> update(const Item& item, const Verdict& verdict, std::stop_token stop);
  Result<WriteAttempt> patch(const Item& item, const Verdict& verdict, std::stop_token stop);
  Result<> write_status(const Item& item, std::stop_token stop);
  std::optional<Result<kube::Warnings>> create_plain(const PlannedKind& kind, const Entry& entry, std::string_view text,
                                                     std::stop_token stop);
  Result<WriteAttempt> not_created(const Item& item, const Error& error, std::stop_token stop);
  void tell_losses(const PlannedKind& kind, std::string_view ns, std::string_view name, const kube::Warnings& warnings);
  Result<WriteAttempt> refused(const Item& item, std::string_view verb, const Error& error) const;

  const Request& request_;
  const Preparer& preparer_;
  Cluster& cluster_;
  ServerPatience& patience_;
  const ApplyOptions& options_;
  backup::Results& results_;
};

// "secrets team/db", for messages.
std::string described(const PlannedKind& kind, std::string_view ns, std::string_view name);

}  // namespace salvor::restore
