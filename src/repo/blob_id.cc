#include "repo/blob_id.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/hex.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kMinHashDigits = 32, kMaxHashDigits = 64, kPackDigits = 32, kSetDigits = 16;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_hash(std::string_view text) {
  return text.size() >= kMinHashDigits && text.size() <= kMaxHashDigits && text.size() % 2 == 0 && is_hex(text);
}

// "s", 8 random bytes, and behind them in sessions the number of the month since 2000.
bool is_set(std::string_view text) {
  return text.size() >= 1 + kSetDigits && text.size() <= 1 + 2 * kSetDigits && text[0] == 's' && is_hex(text.substr(1));
}

// The decimal number that `text` is, written without a sign and without leading zeros.
std::optional<std::int64_t> number(std::string_view text) {
  if (text.empty() || text[0] == '-' || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Cuts off what stands before the first `mark`, and the mark; all of it when there is none.
std::string_view take(std::string_view& text, char mark) {
  const std::string_view taken = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

bool is_log(std::string_view text) {
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  text.remove_prefix(kLogPrefix.size());
  const std::string_view time = take(text, '_'), chance = take(text, '_');
  const std::string_view start = take(text, '_'), end = take(text, '_'), chunk = take(text, '_');
  return time.size() == 14 && digits(time) && chance.size() == 4 && is_hex(chance) && digits(start) && digits(end) &&
         digits(chunk) && is_hash(text);
}

std::optional<BlobName> parse_log(std::string_view id) {
  if (!is_log(id)) return std::nullopt;
  const std::size_t hash = id.rfind('_') + 1;
  return BlobName{.kind = BlobKind::log, .hash = std::string(id.substr(hash)), .text = std::string(id.substr(0, hash))};
}

// "<hash>[-<set>]": packs, session markers, and the blobs of format 1.
std::optional<BlobName> parse_hashed(BlobKind kind, std::string_view rest) {
  const bool has_set = rest.find('-') != std::string_view::npos;
  const std::string_view hash = take(rest, '-');
  const bool is_pack = kind == BlobKind::data_pack || kind == BlobKind::metadata_pack;
  if (!is_hash(hash) || (is_pack && hash.size() != kPackDigits)) return std::nullopt;
  if (has_set && (!is_set(rest) || kind == BlobKind::legacy_compaction || kind == BlobKind::legacy_cleanup)) {
    return std::nullopt;
  }
  if (!has_set && kind == BlobKind::session) return std::nullopt;
  return BlobName{.kind = kind, .hash = std::string(hash), .set = std::string(rest)};
}

// "<E>_<hash>-<set>-c<k>", for ranges "<E>_<F>_<hash>-<set>-c<k>".
std::optional<BlobName> parse_index(BlobKind kind, std::string_view rest) {
  const auto epoch = number(take(rest, '_'));
  const auto last = kind == BlobKind::range ? number(take(rest, '_')) : std::optional<std::int64_t>(0);
  const std::string_view hash = take(rest, '-'), set = take(rest, '-');
  if (!epoch || !last || !is_hash(hash) || !is_set(set) || !rest.starts_with('c')) return std::nullopt;
  const auto count = number(rest.substr(1));
  if (!count || *count < 1 || (kind == BlobKind::range && *last < *epoch)) return std::nullopt;
  return BlobName{.kind = kind,
                  .epoch = *epoch,
                  .last_epoch = *last,
                  .count = *count,
                  .hash = std::string(hash),
                  .set = std::string(set)};
}

std::optional<BlobName> parse_of_epochs(std::string_view id) {
  const std::string_view rest = id.substr(std::min<std::size_t>(id.size(), 2));
  if (id.starts_with(kIndexPrefix)) return parse_index(BlobKind::index, rest);
  if (id.starts_with(kCompactionPrefix)) return parse_index(BlobKind::compaction, rest);
  if (id.starts_with(kRangePrefix)) return parse_index(BlobKind::range, rest);
  const auto value = number(rest);
  if (value && id.starts_with(kEpochMarkerPrefix)) return BlobName{.kind = BlobKind::epoch_marker, .epoch = *value};
  if (value && id.starts_with(kWatermarkPrefix)) return BlobName{.kind = BlobKind::watermark, .seconds = *value};
  return std::nullopt;
}

bool is_fixed(std::string_view id) {
  if (id.starts_with(kRepositoryBackupPrefix)) return id.size() > kRepositoryBackupPrefix.size();
  return id == kRepositoryBlob || id == kBlobConfigBlob || id == kMaintenanceBlob || id == kVeleroBlob ||
         id == kLegacyPoisonBlob;
}

std::string_view prefix_of(BlobKind kind) {
  switch (kind) {
    case BlobKind::data_pack: return kDataPackPrefix;
    case BlobKind::metadata_pack: return kMetadataPackPrefix;
    case BlobKind::session: return kSessionPrefix;
    case BlobKind::legacy_index: return kLegacyIndexPrefix;
    case BlobKind::legacy_compaction: return kLegacyCompactionPrefix;
    case BlobKind::legacy_cleanup: return kLegacyCleanupPrefix;
    case BlobKind::index: return kIndexPrefix;
    case BlobKind::compaction: return kCompactionPrefix;
    case BlobKind::range: return kRangePrefix;
    case BlobKind::epoch_marker: return kEpochMarkerPrefix;
    case BlobKind::watermark: return kWatermarkPrefix;
    case BlobKind::log:
    case BlobKind::fixed: return "";  // their text has it
  }
  return "";
}

}  // namespace

std::optional<BlobName> parse_blob_id(std::string_view id) {
  if (is_fixed(id)) return BlobName{.kind = BlobKind::fixed, .text = std::string(id)};
  if (id.empty()) return std::nullopt;
  if (id.starts_with(kLogPrefix)) return parse_log(id);
  const std::string_view rest = id.substr(1);
  switch (id[0]) {
    case 'x': return parse_of_epochs(id);
    case 'p': return parse_hashed(BlobKind::data_pack, rest);
    case 'q': return parse_hashed(BlobKind::metadata_pack, rest);
    case 's': return parse_hashed(BlobKind::session, rest);
    case 'n': return parse_hashed(BlobKind::legacy_index, rest);
    case 'm': return parse_hashed(BlobKind::legacy_compaction, rest);
    case 'l': return parse_hashed(BlobKind::legacy_cleanup, rest);
    default: return std::nullopt;
  }
}

std::string encode(const BlobName& name) {
  std::string id(prefix_of(name.kind));
  switch (name.kind) {
    case BlobKind::fixed: return name.text;
    case BlobKind::log: return name.text + name.hash;
    case BlobKind::epoch_marker: return id + std::to_string(name.epoch);
    case BlobKind::watermark: return id + std::to_string(name.seconds);
    case BlobKind::range: id += std::to_string(name.epoch) + "_" + std::to_string(name.last_epoch) + "_"; break;
    case BlobKind::index:
    case BlobKind::compaction: id += std::to_string(name.epoch) + "_"; break;
    default: break;
  }
  CHECK(is_hash(name.hash));
  id += name.hash;
  if (!name.set.empty()) id += "-" + name.set;
  if (name.count > 0) id += "-c" + std::to_string(name.count);
  return id;
}

std::string_view session_of(std::string_view id) {
  (void)take(id, '-');
  while (!id.empty()) {
    const std::string_view part = take(id, '-');
    if (part.starts_with('s')) return part;
  }
  return {};
}

Result<BlobIv> blob_iv(std::string_view id) {
  const std::string_view named = id.substr(0, id.find('-'));
  BlobIv iv;
  const std::size_t digits = 2 * iv.size();
  if (named.size() < digits || !parse_hex(named.substr(named.size() - digits), iv)) {
    return Error(Code::invalid, "the name of the blob does not end in the hash of what it holds");
  }
  return iv;
}

}  // namespace salvor::repo
