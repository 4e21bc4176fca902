#include "backup/copy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "backup/claim.h"
#include "backup/verify.h"
#include "base/units.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

class Copy {
 public:
  Copy(store::Storage& from, store::Storage& to, const std::string& name, const CopyOptions& options, Clock& clock,
       CopyProgress& progress, std::stop_token stop)
      : from_(from),
        to_(to),
        name_(name),
        keys_(name),
        options_(options),
        clock_(clock),
        progress_(progress),
        stop_(std::move(stop)) {}

  Result<Copied> run();

 private:
  Result<> read_near();
  // Whether the same backup is listed at the far end.
  Result<bool> is_there();
  Result<> check_there();
  Result<> send_files();
  Result<> send(const store::Entry& file, const store::Entry* there);
  Result<Digest> near_digest(const store::Entry& file);
  Result<> read_back(const store::Entry& file, const Digest& sent);
  Result<> verify_there();
  Result<> publish();
  Result<> note_volume_data();

  bool is_indexed_archive(const std::string& key) const { return key == keys_.contents() && indexed_.has_value(); }
  std::string in_folder(const std::string& key) const { return key.substr(keys_.folder().size()); }
  Error arrived_damaged(const std::string& key) const {
    return Error(Code::corrupt, key + " in " + to_.describe() + " is not what was sent there")
        .hint("The copy was not published. Check the disk, mount or store behind the location, then run it again.");
  }
  Counter counter() {
    return [this](std::uint64_t bytes) { progress_.bytes += bytes; };
  }

  store::Storage& from_;
  store::Storage& to_;
  const std::string name_;
  const BackupKeys keys_;
  const CopyOptions& options_;
  Clock& clock_;
  CopyProgress& progress_;
  const std::stop_token stop_;
  Bytes metadata_;                   // velero-backup.json at the near end
  std::vector<store::Entry> files_;  // all others that belong to the backup there
  std::optional<Digest> indexed_;    // of the archive, by the index
  CopyRecord record_;
  Copied copied_;
};

// Files of ours that describe one location's copy and not the backup.
bool is_local(const BackupKeys& keys, const std::string& key) {
  return key == keys.claim() || key == keys.copy_record();
}

Result<> Copy::read_near() {
  const Json backup = TRY(read_openable_backup(from_, name_, stop_));
  if (codec::text_at(backup, {"metadata", "name"}) != name_) {
    return Error(Code::corrupt, keys_.metadata() + " in " + from_.describe() + " is that of another backup");
  }
  metadata_ = TRY(store::get(from_, keys_.metadata(), kMaxMetadataBytes, stop_));
  for (store::Entry& file : TRY(files_of(from_, keys_, stop_))) {
    if (!is_local(keys_, file.key) && file.key != keys_.metadata()) files_.push_back(std::move(file));
  }
  indexed_ = TRY(indexed_digest(from_, keys_, stop_));
  progress_.bytes_total += 2 * metadata_.size();
  for (const store::Entry& file : files_) progress_.bytes_total += 2 * file.size;
  return {};
}

Result<bool> Copy::is_there() {
  const Result<Bytes> there = store::get(to_, keys_.metadata(), kMaxMetadataBytes, stop_);
  if (!there.ok() && there.error().code() == Code::not_found) return false;
  if (!there.ok()) return there.error().clone();
  if (*there == metadata_) return true;
  return Error(Code::already_exists, "there is another backup \"" + name_ + "\" in " + to_.describe())
      .hint("It is not the one in " + from_.describe() +
            ", and is left as it is. If it should be the same and is damaged, "
            "`salvor location repair` tells.");
}

Result<> Copy::check_there() {
  const auto incomplete = [&](const std::string& key) {
    return Error(Code::corrupt, "the copy of backup \"" + name_ + "\" in " + to_.describe() + " is damaged: " + key)
        .hint("`salvor location repair TO --from FROM` heals it.");
  };
  const std::vector<store::Entry> there = TRY(files_of(to_, keys_, stop_));
  for (const store::Entry& file : files_) {
    const auto found = std::find_if(there.begin(), there.end(), [&](const auto& one) { return one.key == file.key; });
    if (found == there.end() || found->size != file.size) return incomplete(file.key);
    if (!options_.reread_existing) continue;
    if (TRY(digest_of(to_, file.key, counter(), stop_)) != TRY(near_digest(file))) return incomplete(file.key);
  }
  copied_.was_there = true;
  copied_.files_kept = files_.size() + 1;
  // A run that was killed between publishing and giving its claim back has left it here.
  if (TRY(store::exists(to_, keys_.claim(), stop_))) (void)Claim::take(to_, name_, stop_);
  return {};
}

Result<Digest> Copy::near_digest(const store::Entry& file) {
  if (is_indexed_archive(file.key)) return *indexed_;
  return digest_of(from_, file.key, counter(), stop_);
}

Result<> Copy::send(const store::Entry& file, const store::Entry* there) {
  progress_.current.with([&](std::string& text) { text = in_folder(file.key); });
  if (there && there->size == file.size) {
    const Digest digest = TRY(digest_of(to_, file.key, counter(), stop_));
    if (digest == TRY(near_digest(file))) {
      record_.files[in_folder(file.key)] = digest;
      ++copied_.files_kept;
      return {};
    }
  }
  Digest sent;
  const bool done = TRY(transfer(
      from_, to_, file.key, store::Exists::resume, counter(),
      [&](const Digest& read) {
        sent = read;
        return read.size == file.size && (!is_indexed_archive(file.key) || read == *indexed_);
      },
      stop_));
  if (!done) {
    return Error(Code::corrupt, file.key + " in " + from_.describe() + " is not what its size and the index say")
        .hint("`salvor backup verify " + name_ + "` tells more; a damaged backup is not copied.");
  }
  ++copied_.files_sent;
  copied_.bytes_sent += sent.size;
  record_.files[in_folder(file.key)] = sent;
  return read_back(file, sent);
}

// The indexed archive is read at the far end by its verification.
Result<> Copy::read_back(const store::Entry& file, const Digest& sent) {
  if (is_indexed_archive(file.key)) return {};
  if (TRY(digest_of(to_, file.key, counter(), stop_)) != sent) {
    TRY(to_.remove(file.key, stop_));
    return arrived_damaged(file.key);
  }
  if (TRY(digest_of(from_, file.key, counter(), stop_)) == sent) return {};
  TRY(to_.remove(file.key, stop_));
  return Error(Code::corrupt, file.key + " in " + from_.describe() + " reads differently each time")
      .hint("The copy was not published. If nobody writes there, check the disk or memory behind it.");
}

Result<> Copy::send_files() {
  std::vector<store::Entry> there = TRY(files_of(to_, keys_, stop_));
  for (const store::Entry& file : files_) {
    const auto found = std::find_if(there.begin(), there.end(), [&](const auto& one) { return one.key == file.key; });
    TRY(send(file, found == there.end() ? nullptr : &*found));
    if (found != there.end()) there.erase(found);
  }
  for (const store::Entry& left : there) {  // of an interrupted run of another kind
    if (!is_local(keys_, left.key)) TRY(to_.remove(left.key, stop_));
  }
  return {};
}

Result<> Copy::verify_there() {
  progress_.current.with([&](std::string& text) { text = "reading back"; });
  std::vector<std::string> problems;
  std::uint64_t before = 0;
  TRY(verify_files(
      to_, name_, options_.spool_directory, [&](const std::string& problem) { problems.push_back(problem); },
      [&](std::uint64_t done, std::uint64_t) {
        progress_.bytes += done - std::min(before, done);
        before = done;
      },
      stop_));
  if (problems.empty()) return {};
  // Which end is it?
  const auto archive = record_.files.find(in_folder(keys_.contents()));
  if (archive != record_.files.end() && TRY(digest_of(to_, keys_.contents(), {}, stop_)) != archive->second) {
    TRY(to_.remove(keys_.contents(), stop_));
    return arrived_damaged(keys_.contents());
  }
  const std::string more = problems.size() > 1 ? " (and " + std::to_string(problems.size() - 1) + " more)" : "";
  return Error(Code::corrupt,
               "backup \"" + name_ + "\" in " + from_.describe() + " is damaged: " + problems.front() + more)
      .hint("A damaged backup is not copied. `salvor backup verify` tells more; `salvor location repair` may heal it.");
}

// Pod volume backups and moved snapshots have their data in a repository beside backups/, which copying does not touch.
Result<> Copy::note_volume_data() {
  const Result<Json> pods = read_gzip_json(to_, keys_.pod_volume_backups(), stop_);
  const Result<Json> volumes = read_gzip_json(to_, keys_.volume_info(), stop_);
  for (const auto* document : {&pods, &volumes}) {
    if (!document->ok() && document->error().code() != Code::not_found) return document->error().clone();
  }
  std::size_t count = pods.ok() && pods->is_array() ? pods->size() : 0;
  if (volumes.ok() && volumes->is_array()) {
    for (const Json& volume : *volumes) {
      if (codec::bool_member(volume, "snapshotDataMoved", false)) ++count;
    }
  }
  if (count == 0) return {};
  copied_.warnings.push_back("backup \"" + name_ + "\" has the data of " + std::to_string(count) +
                             " volumes in the repository under kopia/ of " + from_.describe() +
                             ", which is not copied: the copy restores objects, not these volumes");
  return {};
}

Result<> Copy::publish() {
  record_.from = from_.describe();
  record_.at = std::chrono::floor<std::chrono::seconds>(clock_.now());
  record_.files[in_folder(keys_.metadata())] = {metadata_.size(), crypto::sha256(metadata_)};
  const std::string text = encode(record_);
  TRY(store::put(to_, keys_.copy_record(), as_bytes(text), store::Exists::replace, stop_));
  const std::optional<CopyRecord> written = TRY(read_copy_record(to_, keys_, stop_));
  if (!written || !(*written == record_)) return arrived_damaged(keys_.copy_record());

  const Result<Bytes> now = store::get(from_, keys_.metadata(), kMaxMetadataBytes, stop_);
  if (!now.ok() && now.error().code() != Code::not_found) return now.error().clone();
  if (!now.ok() || *now != metadata_) {
    return Error(Code::conflict, "backup \"" + name_ + "\" in " + from_.describe() + " was changed while it was copied")
        .hint("Nothing was published. Run it again.");
  }
  TRY(store::put(to_, keys_.metadata(), metadata_, store::Exists::refuse, stop_));
  const Result<Bytes> published = store::get(to_, keys_.metadata(), kMaxMetadataBytes, stop_);
  if (published.ok() && *published == metadata_) return {};
  TRY(to_.remove(keys_.metadata(), {}));
  return published.ok() ? arrived_damaged(keys_.metadata()) : published.error().clone();
}

Result<Copied> Copy::run() {
  TRY(check_name("backup", name_));
  TRY(read_near());
  if (TRY(is_there())) {
    TRY(check_there());
    return std::move(copied_);
  }
  const Claim claim = TRY(Claim::take(to_, name_, stop_));
  if (TRY(store::exists(to_, keys_.metadata(), stop_))) {
    return Error(Code::conflict, "another run published backup \"" + name_ + "\" meanwhile").hint("Run it again.");
  }
  TRY(send_files());
  TRY(verify_there());
  TRY(note_volume_data());
  TRY(claim.check(stop_));
  TRY(publish());
  ++copied_.files_sent;
  copied_.bytes_sent += metadata_.size();
  return std::move(copied_);
}

}  // namespace

Result<Copied> copy_backup(store::Storage& from, store::Storage& to, const std::string& name,
                           const CopyOptions& options, Clock& clock, CopyProgress& progress, std::stop_token stop) {
  return Copy(from, to, name, options, clock, progress, std::move(stop)).run();
}

}  // namespace salvor::backup
