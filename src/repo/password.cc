#include "repo/password.h"

#include <optional>

#include "repo/blob_id.h"

namespace salvor::repo {

namespace {

Result<std::optional<Bytes> > format_blob_if_there(BlobStore& store, std::string_view id, std::stop_token stop) {
  Result<Bytes> bytes = store.get(id, kMaxFormatBlobBytes, std::move(stop));
  if (bytes.ok()) return std::optional(*std::move(bytes));
  if (bytes.error().code() == Code::not_found) return std::optional<Bytes>();
  return std::move(bytes).error();
}

// The format as it is now: parameters may have changed since the repository was opened.
Result<RepositoryFormat> read_again(BlobStore& store, const FormatKey& key, std::stop_token stop) {
  const Bytes repository = TRY(store.get(kRepositoryBlob, kMaxFormatBlobBytes, stop));
  const std::optional<Bytes> blobcfg = TRY(format_blob_if_there(store, kBlobConfigBlob, std::move(stop)));
  return open_format(repository, blobcfg ? std::optional<ByteView>(*blobcfg) : std::nullopt, key);
}

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
  RepositoryFormat current = TRY(read_again(store, format.key, stop));
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
  return read_again(store, tried.key, std::move(stop)).ok()
             ? Result<>()
             : Error(Code::corrupt, "the new format blobs were written to " + store.describe() +
                                        " and do not open there with the new password");
}

}  // namespace salvor::repo
