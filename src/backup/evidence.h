// Evidence: what is known about the bytes that a backup's files should have, gathered from both of its copies, and the
// judgement of a file by it. Only repair.cc uses this; the rules stand in repair.h.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "backup/digest.h"

namespace salvor::backup {

struct Judgement {
  enum class State { good, bad, missing, unproven };
  State state = State::missing;
  Digest digest;    // unless missing
  std::string why;  // of bad
};

// One copy of a backup, with what has been found out about it.
class Evidence {
 public:
  Evidence(store::Storage& storage, std::string name, const Counter& read, std::stop_token stop)
      : storage_(storage), name_(std::move(name)), keys_(name_), read_(read), stop_(std::move(stop)) {}

  // Reads the index and the record of the copy. Errors: the storage does not answer.
  Result<> gather();
  // Takes the other copy's index and record into account. To be called when both are the same backup.
  void believe(const Evidence& other);

  Result<Judgement> judge(const std::string& key);
  // The digest that a record of a copy names; nothing when none does, or two disagree.
  std::optional<Digest> recorded(const std::string& key) const;
  // The archive that the index names, when the index is whole.
  const std::optional<Digest>& indexed() const { return indexed_; }

  store::Storage& storage() const { return storage_; }

 private:
  Result<Judgement> judge_index(Judgement judgement);
  Result<Judgement> judge_archive(Judgement judgement);
  Result<Judgement> judge_metadata(Judgement judgement);
  Result<Judgement> judge_gzip(const std::string& key, Judgement judgement);

  store::Storage& storage_;
  const std::string name_;
  const BackupKeys keys_;
  const Counter& read_;
  const std::stop_token stop_;
  std::optional<Digest> indexed_;
  std::string why_no_index_;
  std::map<std::string, std::set<std::pair<std::uint64_t, crypto::Sha256Digest>>> recorded_;  // by key
  std::set<std::pair<std::uint64_t, crypto::Sha256Digest>> archives_;                         // that whole indexes name
};

}  // namespace salvor::backup
