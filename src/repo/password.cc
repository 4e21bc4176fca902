#include "repo/password.h"

#include "repo/blob_id.h"
#include "repo/format_reader.h"

namespace salvor::repo {

namespace {

Result<> write_both(BlobStore& store, const FormatBytes& bytes, bool has_retention, std::stop_token stop) {
  constexpr auto kReplace = store::Exists::replace;
  if (has_retention) {
    TRY(store.put(kBlobConfigBlob, bytes.blobcfg, kReplace, stop));
    return store.put(kRepositoryBlob, bytes.repository, kReplace, std::move(stop));
  }
  TRY(store.remove(kBlobConfigBlob, stop));
  TRY(store.put(kRepositoryBlob, bytes.repository, kReplace, stop));
  return store.put(kBlobConfigBlob, bytes.blobcfg, kReplace, std::move(stop));
}

}  // namespace

Result<> replace_password(BlobStore& store, const RepositoryFormat& format, const os::Secret& password, Rng& rng,
                          std::stop_token stop) {
  if (password.empty()) return Error(Code::invalid, "the new password is empty");
  RepositoryFormat current = TRY(read_format(store, format.key, stop));
  if (current.config.upgrade_lock) {
    return Error(Code::unavailable, "the repository is being upgraded by " + current.config.upgrade_lock->owner_id);
  }
  const bool has_retention = current.blob_config.is_retention_enabled();
  const RepositoryFormat changed = TRY(change_password(std::move(current), password));
  const FormatBytes bytes = TRY(encode(changed, rng));
  const RepositoryFormat tried = TRY(
      open_format(bytes.repository, ByteView(bytes.blobcfg), password).context("the new format blobs, not written"));
  if (!(encode(tried.config) == encode(changed.config)) || tried.blob_config != changed.blob_config) {
    return Error(Code::internal, "the new format blobs do not hold what the old ones do; nothing was written");
  }
  TRY(write_both(store, bytes, has_retention, stop));
  return read_format(store, tried.key, std::move(stop)).ok()
             ? Result<>()
             : Error(Code::corrupt, "the new format blobs were written to " + store.describe() +
                                        " and do not open there with the new password");
}

}  // namespace salvor::repo
