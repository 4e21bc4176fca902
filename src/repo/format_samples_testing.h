// Format blobs that stock kopia 0.23.1 wrote: repo.Initialize and format.Manager over a directory. The unique id is 00
// 01
// .. 1f, the secret 20 .. 3f, the master key 40 .. 5f.
#pragma once

#include <string>

#include "base/bytes.h"
#include "repo/repository_format.h"

namespace salvor::repo {

struct FormatSample {
  std::string password;
  std::string repository;  // kopia.repository
  Bytes blobcfg;           // kopia.blobcfg
};

// Version 3, scrypt, all as kopia does by default.
FormatSample usual_sample();
// Version 2, PBKDF2, other algorithms, objects that are locked.
FormatSample retention_sample();
// Version 1, scrypt.
FormatSample oldest_sample();
// Somebody upgrades it.
FormatSample upgrade_sample();
// Version 3, PBKDF2, error correction; then other parameters, required features and another password.
FormatSample before_change_sample();
FormatSample after_change_sample();

// A new format of that version with keys that are always the same. Its key was made of no password, because that takes
// long.
RepositoryFormat keyed_format(std::int64_t version);

}  // namespace salvor::repo
