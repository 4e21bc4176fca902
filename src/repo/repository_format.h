// A repository's two format blobs as a whole: opened with a password, made anew, sealed again after a change. Pure
// functions from bytes to bytes; whoever has the storage writes kopia.blobcfg first and kopia.repository after it, so
// that there is no repository before all of it is there. [kopia repo/format/format_manager.go,
// format_change_password.go, repo/initialize.go]
//
// Keys are kept from the password in two steps: the password makes the FormatKey, which seals the configuration, which
// holds the keys of everything else. So a new password means two new blobs and nothing more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "os/secret.h"
#include "repo/blobcfg.h"
#include "repo/encryption.h"
#include "repo/format_blob.h"
#include "repo/format_key.h"
#include "repo/hashing.h"
#include "repo/repository_config.h"
#include "repo/splitter.h"

namespace salvor::repo {

struct RepositoryFormat {
  FormatBlob blob;  // encrypted_config is what was read
  FormatKey key;
  RepositoryConfig config;
  BlobConfig blob_config;

  // 32 bytes for a purpose beside contents, e.g. "maintenance schedule"; a shorter key is their beginning.
  // [kopia repo/repository.go DeriveKey]
  os::Secret derive_key(std::string_view purpose) const;
};

struct FormatBytes {
  Bytes blobcfg;     // written first
  Bytes repository;  // written second
};

// `blobcfg` may be absent. `denied` for a wrong password, `corrupt` for damage, `unsupported` for a format encryption
// or key algorithm that is not known here; whether the rest can be used is check_usable's to say.
Result<RepositoryFormat> open_format(ByteView repository, std::optional<ByteView> blobcfg, const os::Secret& password);
// The same with the key that opened it before, which saves deriving it. `conflict` when another repository lies there
// now, `denied` when the password was changed meanwhile.
Result<RepositoryFormat> open_format(ByteView repository, std::optional<ByteView> blobcfg, const FormatKey& key);

// Both blobs of a format that was changed. Not validated: what kopia opens may be written again.
Result<FormatBytes> encode(const RepositoryFormat& format, Rng& rng);

struct NewRepository {
  std::string hash{kDefaultHash};
  std::string encryption{kDefaultEncryption};
  std::string splitter{kDefaultSplitter};
  std::string key_algorithm{kScryptKeyAlgorithm};
  std::string ecc;                                      // a name of ecc.h; counts with a percentage only
  std::int64_t ecc_overhead_percent = 0;                // 0 for none, to 100
  std::int64_t version = 3;                             // 1 has no epochs and keeps its password for ever
  std::int64_t max_pack_size = std::int64_t{20} << 20;  // bytes
  BlobConfig blob_config;
};

// Whether such a repository can be made: the errors of create_format that need no password.
Result<> check_new(const NewRepository& wanted);

// A new repository with random keys, not yet written. `invalid` for what kopia does not let anybody set, `unsupported`
// for names that are not known here.
Result<RepositoryFormat> create_format(const NewRepository& wanted, const os::Secret& password, Rng& rng);

// The same repository for another password; write both blobs of `encode`. `unsupported` when it was made by kopia 0.8
// or older, whose other keys hang on the password.
Result<RepositoryFormat> change_password(RepositoryFormat format, const os::Secret& password);

}  // namespace salvor::repo
