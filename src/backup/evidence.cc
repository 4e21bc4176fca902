#include "backup/evidence.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/index.h"
#include "backup/catalog.h"
#include "backup/copy_record.h"
#include "codec/gzip.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

using State = Judgement::State;
constexpr std::uint64_t kMaxUnpackedBytes = 1ull << 40;

Judgement bad(Judgement judgement, std::string why) {
  judgement.state = State::bad;
  judgement.why = std::move(why);
  return judgement;
}

Judgement good(Judgement judgement) {
  judgement.state = State::good;
  return judgement;
}

bool means_damage(Code code) { return code == Code::corrupt || code == Code::invalid || code == Code::unsupported; }

std::pair<std::uint64_t, crypto::Sha256Digest> pair_of(const Digest& digest) { return {digest.size, digest.sha256}; }

// Every block of it, by hash.
Result<Digest> read_index(store::Storage& storage, const BackupKeys& keys, std::stop_token stop) {
  const store::Entry entry = TRY(storage.stat(keys.index(), stop));
  const auto index =
      TRY(archive::Index::open(std::make_unique<archive::StoredSource>(storage, keys.index(), entry.size), stop));
  for (const archive::IndexSection& section : index->sections()) {
    TRY(index->records(section, [](const archive::IndexRecord&) -> Result<> { return {}; }, stop));
  }
  return Digest{index->trailer().archive_size, index->trailer().archive_hash};
}

}  // namespace

Result<> Evidence::gather() {
  Result<Digest> index = read_index(storage_, keys_, stop_);
  if (index.ok()) {
    indexed_ = *index;
    archives_.insert(pair_of(*index));
  } else if (means_damage(index.error().code())) {
    why_no_index_ = index.error().message();
  } else if (index.error().code() != Code::not_found) {
    return std::move(index).error();
  }
  const Result<std::optional<CopyRecord>> record = read_copy_record(storage_, keys_, stop_);
  if (!record.ok() && !means_damage(record.error().code())) return record.error().clone();
  if (!record.ok() || !record->has_value()) return {};
  for (const auto& [file, digest] : (*record)->files) recorded_[keys_.folder() + file].insert(pair_of(digest));
  return {};
}

void Evidence::believe(const Evidence& other) {
  for (const auto& [key, digests] : other.recorded_) recorded_[key].insert(digests.begin(), digests.end());
  archives_.insert(other.archives_.begin(), other.archives_.end());
}

std::optional<Digest> Evidence::recorded(const std::string& key) const {
  const auto found = recorded_.find(key);
  if (found == recorded_.end() || found->second.size() != 1) return std::nullopt;
  return Digest{found->second.begin()->first, found->second.begin()->second};
}

Result<Judgement> Evidence::judge(const std::string& key) {
  Judgement judgement;
  const Result<Digest> digest = digest_of(storage_, key, read_, stop_);
  if (!digest.ok() && digest.error().code() == Code::not_found) return judgement;
  if (!digest.ok() && digest.error().code() == Code::corrupt) return bad(judgement, digest.error().message());
  if (!digest.ok()) return digest.error().clone();
  judgement.digest = *digest;
  judgement.state = State::unproven;
  if (const std::optional<Digest> known = recorded(key)) {
    if (*known == *digest) return good(judgement);
    return bad(judgement, "its hash is not the one that the record of the copy names");
  }
  if (key == keys_.index()) return judge_index(std::move(judgement));
  if (key == keys_.contents()) return judge_archive(std::move(judgement));
  if (key == keys_.metadata()) return judge_metadata(std::move(judgement));
  if (key.ends_with(".gz")) return judge_gzip(key, std::move(judgement));
  return judgement;
}

Result<Judgement> Evidence::judge_index(Judgement judgement) {
  if (!indexed_) return bad(std::move(judgement), why_no_index_);
  // Whole, but of another archive than the one it stands beside.
  if (archives_.size() > 1) {
    const Result<Digest> archive = digest_of(storage_, keys_.contents(), read_, stop_);
    if (archive.ok() && *archive != *indexed_) return bad(std::move(judgement), "it names another archive");
  }
  return good(std::move(judgement));
}

Result<Judgement> Evidence::judge_archive(Judgement judgement) {
  if (archives_.contains(pair_of(judgement.digest))) return good(std::move(judgement));
  Judgement packed = TRY(judge_gzip(keys_.contents(), std::move(judgement)));
  if (packed.state == State::bad || archives_.empty()) return packed;
  // Whole as gzip, and not what an index names. Its own index is believed, another location's is not.
  if (indexed_) return bad(std::move(packed), "its hash is not the one that the index names");
  packed.state = State::unproven;
  return packed;
}

Result<Judgement> Evidence::judge_metadata(Judgement judgement) {
  const Result<Json> backup = read_backup(storage_, name_, stop_);
  if (!backup.ok() && !means_damage(backup.error().code())) return backup.error().clone();
  if (!backup.ok()) return bad(std::move(judgement), "it is not a JSON object");
  if (codec::text_at(*backup, {"metadata", "name"}) != name_)
    return bad(std::move(judgement), "it is not of this backup");
  return judgement;  // text that is still JSON may be damaged all the same
}

Result<Judgement> Evidence::judge_gzip(const std::string& key, Judgement judgement) {
  const auto file = TRY(storage_.open(key, {}, stop_));
  codec::GunzipStream text(
      [&](MutableByteView into) -> Result<std::size_t> {
        const std::size_t got = TRY(file->read(into));
        if (read_) read_(got);
        return got;
      },
      kMaxUnpackedBytes);
  Bytes buffer(std::min<std::size_t>(256 << 10, 8 * store::buffer_size(*file, 256 << 10)));
  for (;;) {
    const Result<std::size_t> got = text.read(buffer);
    if (!got.ok() && got.error().code() == Code::corrupt) return bad(std::move(judgement), got.error().message());
    if (!got.ok()) return got.error().clone();
    if (*got == 0) return good(std::move(judgement));
  }
}

}  // namespace salvor::backup
