#include "repo/format_reader.h"

#include <optional>

#include "repo/blob_id.h"

namespace salvor::repo {
namespace {

Result<std::optional<Bytes>> get_if_there(BlobStore& store, std::string_view id, std::stop_token stop) {
  Result<Bytes> bytes = store.get(id, kMaxFormatBlobBytes, std::move(stop));
  if (bytes.ok()) return std::optional(*std::move(bytes));
  if (bytes.error().code() == Code::not_found) return std::optional<Bytes>();
  return std::move(bytes).error();
}

// By a password or by a key.
template <class Opener>
Result<RepositoryFormat> read_with(BlobStore& store, const Opener& opener, std::stop_token stop) {
  const std::optional<Bytes> blob = TRY(get_if_there(store, kRepositoryBlob, stop));
  if (!blob) {
    return Error(Code::not_found, "there is no Kopia repository in " + store.describe())
        .hint("Is the prefix the one that it was made with?");
  }
  const std::optional<Bytes> blobcfg = TRY(get_if_there(store, kBlobConfigBlob, std::move(stop)));
  return open_format(*blob, blobcfg ? std::optional<ByteView>(*blobcfg) : std::nullopt, opener)
      .context("repository in " + store.describe());
}

}  // namespace

Result<RepositoryFormat> read_format(BlobStore& store, const os::Secret& password, std::stop_token stop) {
  return read_with(store, password, std::move(stop));
}

Result<RepositoryFormat> read_format(BlobStore& store, const FormatKey& key, std::stop_token stop) {
  return read_with(store, key, std::move(stop));
}

}  // namespace salvor::repo
