#include "repo/sealed_blob.h"

#include "repo/blob_id.h"

namespace salvor::repo {

Result<Bytes> read_sealed_blob(BlobStore& store, const BlobMetadata& blob, Sealer& sealer, std::stop_token stop) {
  const BlobIv iv = TRY(blob_iv(blob.id));
  Bytes stored = TRY(store.get(blob.id, blob.size, stop));
  return sealer.open_in_place(std::move(stored), iv).context("blob " + blob.id + " in " + store.describe());
}

}  // namespace salvor::repo
