// The names of the blobs of a repository: what a name says about its blob, and how names are made.
//
//   p<32 hex>-<session>                        pack of data            p0123...-s00112233445566771a7
//   q<32 hex>-<session>                        pack of metadata
//   s<hash>-<session>                          session marker
//   n<hash>[-<session>]  m<hash>  l<hash>      index, compaction log and cleanup of format 1
//   xn<E>_<hash>-<set>-c<k>                    index written in epoch E; k blobs of one set belong together
//   xs<E>_<hash>-<set>-c<k>                    all indexes of epoch E in one
//   xr<E>_<F>_<hash>-<set>-c<k>                all indexes of the epochs E to F, both included
//   xe<E>  xw<seconds>                         marks the start of epoch E; watermark of deletions
//   _log_<time>_<4 hex>_<start>_<end>_<n>_<hash>   what a client did
//   kopia.repository  kopia.blobcfg  ...       fixed names
//
// A session, and the set of index blobs, is "s", 16 hexadecimal digits and for sessions the number of their month.
// Every name that is read is printed again as the same text. Names that only look alike are no names here; stock
// readers take some of them, and where that decides what a repository holds (repo/epoch_view.h) it is done there.
//
// Kopia: repo/content/content_manager.go, sessions.go, indexblob/*.go, internal/epoch, internal/repodiag, repo/format.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::repo {

enum class BlobKind {
  data_pack,          // p: hash (16 random bytes), set may be empty
  metadata_pack,      // q: the same
  session,            // s: hash, set
  legacy_index,       // n: hash, set may be empty
  legacy_compaction,  // m: hash
  legacy_cleanup,     // l: hash
  index,              // xn: epoch, hash, set, count
  compaction,         // xs: the same
  range,              // xr: epoch, last_epoch, hash, set, count
  epoch_marker,       // xe: epoch
  watermark,          // xw: seconds
  log,                // _log_: hash; the rest is kept as text
  fixed,              // text: kopia.repository and its like
};

struct BlobName {
  BlobKind kind = BlobKind::fixed;
  std::int64_t epoch = 0;
  std::int64_t last_epoch = 0;
  std::int64_t seconds = 0;  // since 1970
  std::int64_t count = 0;    // of blobs in the set, at least 1
  std::string hash = {};     // lower-case hexadecimal
  std::string set = {};      // with its "s"
  std::string text = {};     // log: what stands before the hash; fixed: the name

  bool operator==(const BlobName&) const = default;
};

// The prefixes by which blobs are listed.
inline constexpr std::string_view kDataPackPrefix = "p", kMetadataPackPrefix = "q", kSessionPrefix = "s";
inline constexpr std::string_view kLegacyIndexPrefix = "n", kLegacyCompactionPrefix = "m", kLegacyCleanupPrefix = "l";
inline constexpr std::string_view kEpochPrefix = "x", kIndexPrefix = "xn", kCompactionPrefix = "xs";
inline constexpr std::string_view kRangePrefix = "xr", kEpochMarkerPrefix = "xe", kWatermarkPrefix = "xw";
inline constexpr std::string_view kLogPrefix = "_log_";

inline constexpr std::string_view kRepositoryBlob = "kopia.repository", kBlobConfigBlob = "kopia.blobcfg";
inline constexpr std::string_view kMaintenanceBlob = "kopia.maintenance";
inline constexpr std::string_view kVeleroBlob = "udmrepo.Repository";  // Velero 1.18 and later
// Before the id of who upgrades: the format blob as it was.
inline constexpr std::string_view kRepositoryBackupPrefix = "kopia.repository.backup.";
// An index of format 1 that is none: it keeps old clients out of an upgraded repository.
inline constexpr std::string_view kLegacyPoisonBlob =
    "n00000000000000000000000000000000-repository_unreadable_by_this_kopia_version_upgrade_required";

// What an epoch marker and a watermark hold.
inline constexpr std::string_view kEpochMarkerBody = "epoch-marker", kWatermarkBody = "deletion-watermark";

// Nothing when it is no name of a blob.
std::optional<BlobName> parse_blob_id(std::string_view id);
// Requires: the fields of its kind are filled as parse_blob_id fills them.
std::string encode(const BlobName& name);

// The session that wrote a blob: the first part behind a '-' that begins with 's', as stock looks for it; empty when
// there is none. Of any text.
std::string_view session_of(std::string_view id);

// The initialisation vector of a blob that is encrypted whole: the 32 hexadecimal digits before the first '-', the last
// half of the hash of what it holds. `invalid` when the name has none. (internal/blobcrypto)
using BlobIv = std::array<std::byte, 16>;
Result<BlobIv> blob_iv(std::string_view id);

}  // namespace salvor::repo
