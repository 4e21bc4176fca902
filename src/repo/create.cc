#include "repo/create.h"

#include "repo/blob_id.h"
#include "repo/maintenance_parameters.h"
#include "repo/manifest_writer.h"

namespace salvor::repo {

namespace {

Result<BlobStore> lay_out(store::Storage& storage, BlobLayout layout, std::stop_token stop) {
  if (layout == BlobLayout::flat) return BlobStore::flat(storage, "");
  Result<BlobStore> created = BlobStore::create_sharded(storage, "", Shards{}, stop);
  if (created.ok() || created.error().code() != Code::already_exists) return created;
  return BlobStore::open_sharded(storage, "", std::move(stop));
}

Result<> put_new(BlobStore& blobs, std::string_view id, ByteView bytes, std::stop_token stop) {
  Result<> put = blobs.put(id, bytes, store::Exists::refuse, std::move(stop));
  if (put.ok() || put.error().code() != Code::already_exists) return put;
  if (id == kRepositoryBlob) return Error(Code::already_exists, "there is a Kopia repository in " + blobs.describe());
  return Error(Code::already_exists, "there is a " + std::string(id) + " in " + blobs.describe() +
                                         ", of a repository whose creation was cut off or still runs")
      .hint("If nobody is making one, remove that blob and try again: nothing needs it.");
}

}  // namespace

Result<std::unique_ptr<Repository> > create_repository(store::Storage& storage, BlobLayout layout,
                                                       const NewRepository& wanted, const os::Secret& password,
                                                       const Maintainer& maintainer, Clock& clock, Rng& rng,
                                                       std::stop_token stop) {
  if (password.empty()) return Error(Code::invalid, "the repository's password is empty");
  RepositoryFormat format = TRY(create_format(wanted, password, rng));
  const FormatBytes bytes = TRY(encode(format, rng));
  BlobStore blobs = TRY(lay_out(storage, layout, stop));
  if (format.blob_config.is_retention_enabled()) blobs.retain_new(format.blob_config.retention());
  const Result<BlobMetadata> there = blobs.stat(kRepositoryBlob, stop);
  if (there.ok()) return Error(Code::already_exists, "there is a Kopia repository in " + blobs.describe());
  if (there.error().code() != Code::not_found) return there.error().clone();
  TRY(put_new(blobs, kBlobConfigBlob, bytes.blobcfg, stop));
  TRY(put_new(blobs, kRepositoryBlob, bytes.repository, stop));

  auto repository = TRY(Repository::open(std::move(blobs), std::move(format), clock, stop));
  if (repository->format().config.index_format() < 2) return repository;  // format 1 is not written to
  const auto contents =
      TRY(ContentWriter::create(*repository, {.user = maintainer.user, .host = maintainer.host}, clock, rng));
  MaintenanceParameters parameters = default_maintenance_parameters();
  parameters.owner = maintainer.user + "@" + maintainer.host;
  TRY(put_manifest(*contents, {{std::string(kTypeLabel), "maintenance"}}, encode(parameters), clock, rng, stop));
  TRY(contents->flush(stop));
  return repository;
}

}  // namespace salvor::repo
